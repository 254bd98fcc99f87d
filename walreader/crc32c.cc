#include "walreader/crc32c.h"

#include <algorithm>
#include <ranges>

#include "walreader/bytes.h"
#include "walreader/crc32c_kernels.h"

namespace walkit {
namespace crc32c {
namespace {

/// Row n advances a state over one byte that is followed by n zero bytes.
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables kTables = [] {
  Tables tables{};
  for (unsigned zeros = 0; zeros < tables.size(); ++zeros)
    for (std::uint32_t byte = 0; byte < 256; ++byte)
      tables[zeros][byte] = zeros == 0 ? times_x_to(byte, 8) : times_x_to(tables[zeros - 1][byte], 8);
  return tables;
}();

}  // namespace

std::uint32_t extend_portable(std::uint32_t state, const std::byte* bytes, std::size_t size) {
  for (; size >= 8; bytes += 8, size -= 8) {
    const std::uint64_t word = load_le<std::uint64_t>(bytes) ^ state;
    state = 0;
    for (unsigned i = 0; i < 8; ++i) state ^= kTables[7 - i][(word >> (8 * i)) & 0xFF];
  }
  for (; size > 0; ++bytes, --size)
    state = (state >> 8) ^ kTables[0][(state ^ std::to_integer<std::uint32_t>(*bytes)) & 0xFF];
  return state;
}

}  // namespace crc32c

std::span<const Crc32cKernel> crc32c_kernels() {
  static const auto kernels = std::to_array<Crc32cKernel>({
      {"portable", crc32c::extend_portable, true},
#if defined(__x86_64__)
      {"sse4.2", crc32c::extend_sse42, crc32c::supports_sse42()},
      {"avx512", crc32c::extend_avx512, crc32c::supports_avx512()},
#elif defined(__aarch64__)
      {"armv8", crc32c::extend_armv8, crc32c::supports_armv8()},
#endif
  });
  return kernels;
}

namespace {

auto fastest_kernel() {
  auto fastest_first = crc32c_kernels() | std::views::reverse;
  return std::ranges::find_if(fastest_first, &Crc32cKernel::supported)->extend;
}

// Chosen before main() begins: a static in crc32c_extend() would be asked at every record whether it is there
// yet.
const auto kExtend = fastest_kernel();

}  // namespace

std::uint32_t crc32c_extend(std::uint32_t state, ByteSpan bytes) {
  return kExtend(state, bytes.data(), bytes.size());
}

}  // namespace walkit
