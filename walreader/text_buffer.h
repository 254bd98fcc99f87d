// A growing buffer of text with the few conversions that WAL output consists of. Printing is where most of the
// time of a dump goes, so these are small, inline and free of locales and format strings.
#pragma once

#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <string_view>

#include "walreader/types.h"

namespace walkit {

/// Owns its text; one thread at a time. Growing throws std::bad_alloc only when memory is exhausted.
class TextBuffer {
 public:
  std::string_view view() const { return {data_.get(), size_}; }
  std::size_t size() const { return size_; }
  void clear() { size_ = 0; }
  /// Forgets what was written after the buffer had `size` bytes.
  void truncate(std::size_t size) { size_ = size; }

  void append(std::string_view text) {
    if (text.empty()) return;
    std::memcpy(room(text.size()), text.data(), text.size());
    size_ += text.size();
  }
  void append(char c) {
    *room(1) = c;
    ++size_;
  }

  /// %u
  void append_uint(std::uint64_t value) {
    char digits[kMaxDigits];
    const char* begin = write_decimal(digits + kMaxDigits, value);
    append({begin, static_cast<std::size_t>(digits + kMaxDigits - begin)});
  }
  /// %d
  void append_sint(std::int64_t value) {
    if (value < 0) append('-');
    append_uint(value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value));
  }
  /// %<width>u, for widths up to 20
  void append_padded(std::uint64_t value, std::size_t width) {
    char digits[kMaxDigits];
    std::memset(digits, ' ', kMaxDigits);
    const char* begin = write_decimal(digits + kMaxDigits, value);
    const auto length = static_cast<std::size_t>(digits + kMaxDigits - begin);
    const std::size_t size = length < width ? width : length;
    append({digits + kMaxDigits - size, size});
  }
  /// %0<digits>X
  void append_hex(std::uint64_t value, int digits = 1) {
    const int needed = (static_cast<int>(std::bit_width(value)) + 3) / 4;
    const int length = needed > digits ? needed : digits;
    char* out = room(static_cast<std::size_t>(length));
    for (int i = length - 1; i >= 0; --i, value >>= 4) out[i] = kHexDigits[value & 0xF];
    size_ += static_cast<std::size_t>(length);
  }
  /// %X/%X, as descriptions and messages of PostgreSQL 13 to 18 have it
  void append_lsn(Lsn lsn) {
    append_hex(lsn.high());
    append('/');
    append_hex(lsn.low());
  }
  /// %X/%08X, as the record line has it
  void append_padded_lsn(Lsn lsn) {
    append_hex(lsn.high());
    append('/');
    append_hex(lsn.low(), 8);
  }

 private:
  static constexpr std::size_t kMaxDigits = 20;
  static constexpr char kHexDigits[] = "0123456789ABCDEF";
  static constexpr std::array<char, 200> kPairs = [] {
    std::array<char, 200> pairs{};
    for (std::size_t i = 0; i < 100; ++i) {
      pairs[2 * i] = static_cast<char>('0' + i / 10);
      pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return pairs;
  }();

  // Writes `value` so that it ends before `end`; returns its first digit.
  static char* write_decimal(char* end, std::uint64_t value) {
    while (value >= 100) {
      end -= 2;
      std::memcpy(end, kPairs.data() + 2 * (value % 100), 2);
      value /= 100;
    }
    if (value < 10) {
      *--end = static_cast<char>('0' + value);
    } else {
      end -= 2;
      std::memcpy(end, kPairs.data() + 2 * value, 2);
    }
    return end;
  }

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
