// Private to the CRC-32C kernels: the arithmetic behind their constants, and their declarations.
//
// A CRC is arithmetic with polynomials over GF(2): appending a zero bit to a message multiplies its checksum
// by x, modulo the polynomial P. CRC-32C is "reflected": the lowest bit of a word belongs to the highest
// power.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace walkit::crc32c {

/// P without its leading term, reflected: bit 31 is the coefficient of x^0, bit 0 that of x^31.
inline constexpr std::uint32_t kPolynomial = 0x82F63B78;

constexpr std::uint32_t times_x(std::uint32_t value) {
  return (value >> 1) ^ ((value & 1) != 0 ? kPolynomial : 0);
}

/// value * x^power mod P.
constexpr std::uint32_t times_x_to(std::uint32_t value, unsigned power) {
  for (; power > 0; --power) value = times_x(value);
  return value;
}

/// x^power mod P.
constexpr std::uint32_t x_to(unsigned power) { return times_x_to(0x80000000, power); }

std::uint32_t extend_portable(std::uint32_t state, const std::byte* bytes, std::size_t size);

#if defined(__x86_64__)
bool supports_sse42();
std::uint32_t extend_sse42(std::uint32_t state, const std::byte* bytes, std::size_t size);
bool supports_avx512();
std::uint32_t extend_avx512(std::uint32_t state, const std::byte* bytes, std::size_t size);
#elif defined(__aarch64__)
bool supports_armv8();
std::uint32_t extend_armv8(std::uint32_t state, const std::byte* bytes, std::size_t size);
#endif

}  // namespace walkit::crc32c
