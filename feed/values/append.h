// Numbers into a std::string that is being built.
#pragma once

#include <string>

#include "walreader/text_buffer.h"
#include "walreader/types.h"

namespace walkit::values {

/// %u
inline void append_uint(std::string& out, std::uint64_t value) {
  char digits[text::kMaxDigits];
  const char* const end = text::put_uint(digits, value);
  out.append(digits, static_cast<std::size_t>(end - digits));
}

constexpr std::uint64_t magnitude(std::int64_t value) {
  return value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
}

/// %d
inline void append_int(std::string& out, std::int64_t value) {
  char digits[text::kMaxDigits + 1] = {'-'};
  const char* const end = text::put_uint(digits + (value < 0), magnitude(value));
  out.append(digits, static_cast<std::size_t>(end - digits));
}

/// %02u of what is less than 100
inline void append_two_digits(std::string& out, std::uint64_t value) {
  out.append(&text::kDecimalPairs[2 * value], 2);
}

/// %0<width>u, width at most 20
inline void append_padded(std::string& out, std::uint64_t value, std::size_t width) {
  const std::size_t digits = text::decimal_digits(value);
  if (digits < width) out.append(width - digits, '0');
  append_uint(out, value);
}

/// %02x of each byte
void append_hex(std::string& out, ByteSpan bytes);

}  // namespace walkit::values
