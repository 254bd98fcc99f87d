// A growing buffer of text with the few conversions that WAL output consists of. Printing is where most of
// the time of a dump goes, so these are small, inline and free of locales and format strings.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstring>
#include <limits>
#include <memory>
#include <string_view>

#include "walreader/types.h"

namespace walkit {

/// Conversions that write to memory the caller has made room in, and return the end of what they wrote. A
/// chain of them keeps its position in a register, where a chain of TextBuffer's members would store and load
/// it each time.
namespace text {

inline constexpr std::size_t kMaxDigits = 20;  ///< of a 64-bit number in decimal
inline constexpr std::size_t kMaxHexDigits = 16;
inline constexpr std::size_t kMaxLsn = 17;  ///< two numbers of 8 hexadecimal digits and what separates them
inline constexpr std::size_t kMaxRelation = 32;

inline constexpr auto kHexPairs = [] {  // "00" to "FF"
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::array<char, 512> pairs{};
  for (std::size_t i = 0; i < 256; ++i) {
    pairs[2 * i] = kDigits[i / 16];
    pairs[2 * i + 1] = kDigits[i % 16];
  }
  return pairs;
}();

inline constexpr auto kDecimalPairs = [] {  // "00" to "99"
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

inline constexpr auto kPowersOf10 = [] {
  std::array<std::uint64_t, kMaxDigits> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = 10 * powers[i - 1];
  return powers;
}();

constexpr std::size_t decimal_digits(std::uint64_t value) {
  constexpr std::size_t kLog2Of10 = 1233;  // its reciprocal times 4096
  const std::size_t at_least = static_cast<std::size_t>(std::bit_width(value | 1)) * kLog2Of10 >> 12;
  return at_least + ((value | 1) >= kPowersOf10[at_least] ? 1 : 0);
}

template <std::size_t N>
char* put(char* to, const char (&literal)[N]) {
  std::memcpy(to, literal, N - 1);  // of a size known when compiled: a few stores
  return to + N - 1;
}
inline char* put(char* to, std::string_view text) {
  const std::size_t size = text.size();
  const char* const from = text.data();
  // Most are short, and a call would cost more than copying them as pieces that may overlap.
  if (size > 16) {
    std::memcpy(to, from, size);
  } else if (size >= 8) {
    std::memcpy(to, from, 8);
    std::memcpy(to + size - 8, from + size - 8, 8);
  } else if (size >= 4) {
    std::memcpy(to, from, 4);
    std::memcpy(to + size - 4, from + size - 4, 4);
  } else if (size > 0) {
    to[0] = from[0];
    to[size / 2] = from[size / 2];
    to[size - 1] = from[size - 1];
  }
  return to + size;
}
inline char* put(char* to, char c) {
  *to = c;
  return to + 1;
}

/// The decimal digits of `value`, the last one before `end`; returns the first.
template <std::unsigned_integral T>
char* put_digits_before(char* end, T value) {
  for (; value >= 100; value /= 100) std::memcpy(end -= 2, &kDecimalPairs[2 * (value % 100)], 2);
  if (value < 10)
    *--end = static_cast<char>('0' + value);
  else
    std::memcpy(end -= 2, &kDecimalPairs[2 * value], 2);
  return end;
}

/// %u
inline char* put_uint(char* to, std::uint64_t value) {
  if (value < 10) return put(to, static_cast<char>('0' + value));
  char* const end = to + decimal_digits(value);
  if (value <= std::numeric_limits<std::uint32_t>::max())
    put_digits_before(end, static_cast<std::uint32_t>(value));  // which divides faster
  else
    put_digits_before(end, value);
  return end;
}
/// %<Width>u
template <std::size_t Width>
char* put_padded(char* to, std::uint32_t value) {
  if (value >= kPowersOf10[Width]) return put_uint(to, value);
  std::memset(to, ' ', Width);
  put_digits_before(to + Width, value);
  return to + Width;
}
/// %0<digits>X
inline char* put_hex(char* to, std::uint64_t value, int digits = 1) {
  const int needed = (static_cast<int>(std::bit_width(value)) + 3) / 4;
  char* const end = to + std::max(needed, digits);
  char* digit = end;
  for (; digit - to >= 2; value >>= 8) std::memcpy(digit -= 2, &kHexPairs[2 * (value & 0xFF)], 2);
  if (digit > to) *to = kHexPairs[2 * (value & 0xF) + 1];
  return end;
}
/// %08X
inline char* put_hex32(char* to, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8, to += 2)
    std::memcpy(to, &kHexPairs[2 * (value >> shift & 0xFF)], 2);
  return to;
}
/// %X/%X, as descriptions and messages of PostgreSQL 13 to 18 have it
inline char* put_lsn(char* to, Lsn lsn) { return put_hex(put(put_hex(to, lsn.high()), '/'), lsn.low()); }
/// %X/%08X, as the record line has it
inline char* put_padded_lsn(char* to, Lsn lsn) {
  return put_hex32(put(put_hex(to, lsn.high()), '/'), lsn.low());
}
/// %u/%u/%u
inline char* put_relation(char* to, RelFileLocator relation) {
  to = put(put_uint(to, relation.tablespace), '/');
  to = put(put_uint(to, relation.database), '/');
  return put_uint(to, relation.relation);
}

}  // namespace text

/// Owns its text; one thread at a time. Growing throws std::bad_alloc only when memory is exhausted.
class TextBuffer {
 public:
  std::string_view view() const { return {data_.get(), size_}; }
  std::size_t size() const { return size_; }
  void clear() { size_ = 0; }
  /// Forgets what was written after the buffer had `size` bytes.
  void truncate(std::size_t size) { size_ = size; }

  /// Appends what `write(char* to)` writes, which returns its end; that is at most `most` bytes.
  template <typename Write>
  void append_with(std::size_t most, Write write) {
    char* const begin = room(most);
    size_ += static_cast<std::size_t>(write(begin) - begin);
  }

  void append(std::string_view text) {
    append_with(text.size(), [text](char* to) { return text::put(to, text); });
  }
  void append(char c) {
    *room(1) = c;
    ++size_;
  }

  /// %u
  void append_uint(std::uint64_t value) {
    append_with(text::kMaxDigits, [value](char* to) { return text::put_uint(to, value); });
  }
  /// %d
  void append_sint(std::int64_t value) {
    if (value < 0) append('-');
    append_uint(value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value));
  }
  /// %0<digits>X
  void append_hex(std::uint64_t value, int digits = 1) {
    const std::size_t most = std::max(static_cast<std::size_t>(digits), text::kMaxHexDigits);
    append_with(most, [=](char* to) { return text::put_hex(to, value, digits); });
  }
  /// %X/%X
  void append_lsn(Lsn lsn) {
    append_with(text::kMaxLsn, [lsn](char* to) { return text::put_lsn(to, lsn); });
  }

 private:
  char* room(std::size_t bytes) {
    if (capacity_ - size_ < bytes) grow(bytes);
    return data_.get() + size_;
  }
  void grow(std::size_t bytes);

  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace walkit
