// numeric.
//
// Format: utils/adt/numeric.c. A header of 16 bits, and where that is the long form a weight of 16; then
// digits of base 10000, each 16 bits. The first of them stands for digit * 10000^weight.
//
//   11nn............   special: 1100 NaN, 1101 infinity, 1111 -infinity (14 and later)
//   10sddddddwwwwwww   short: sign, decimals to print, weight (signed)
//   0sdddddddddddddd   long: sign, decimals to print
#include <algorithm>
#include <array>

#include "feed/values/append.h"
#include "feed/values/printers.h"
#include "walreader/bytes.h"

namespace walkit::values {
namespace {

constexpr int kDigitsEach = 4;
constexpr std::uint16_t kBase = 10000;

struct Number {
  bool negative = false;
  int decimals = 0;
  int weight = 0;
  ByteSpan digits;

  /// The one that stands for 10000^power.
  std::uint16_t digit(int power) const {
    const int index = weight - power;
    const auto count = static_cast<int>(digits.size() / sizeof(std::uint16_t));
    return index >= 0 && index < count ? load_le<std::uint16_t>(&digits[2 * static_cast<std::size_t>(index)])
                                       : 0;
  }
};

bool digits_valid(ByteSpan digits) {
  if (digits.size() % sizeof(std::uint16_t) != 0) return false;
  for (std::size_t i = 0; i < digits.size(); i += sizeof(std::uint16_t))
    if (load_le<std::uint16_t>(&digits[i]) >= kBase) return false;
  return true;
}

Number read_number(std::uint16_t header, Cursor& in) {
  Number number;
  if ((header & 0x8000) != 0) {
    number.negative = (header & 0x2000) != 0;
    number.decimals = (header & 0x1F80) >> 7;
    number.weight = (header & 0x3F) - (header & 0x40);
  } else {
    number.negative = (header & 0x4000) != 0;
    number.decimals = header & 0x3FFF;
    number.weight = in.get<std::int16_t>();
  }
  number.digits = in.rest();
  return number;
}

void append_integer_part(std::string& out, const Number& number) {
  if (number.weight < 0) {
    out += '0';
    return;
  }
  append_uint(out, number.digit(number.weight));
  for (int power = number.weight - 1; power >= 0; --power)
    append_padded(out, number.digit(power), kDigitsEach);
}

void append_decimals(std::string& out, const Number& number) {
  if (number.decimals == 0) return;
  out += '.';
  const std::size_t end = out.size() + static_cast<std::size_t>(number.decimals);
  for (int power = -1; out.size() < end; --power) append_padded(out, number.digit(power), kDigitsEach);
  out.resize(end);
}

bool print_special(std::uint16_t header, std::string& out) {
  switch (header & 0xF000) {
    case 0xC000:
      out += "NaN";
      return true;
    case 0xD000:
      out += "Infinity";
      return true;
    case 0xF000:
      out += "-Infinity";
      return true;
    default:
      return false;
  }
}

}  // namespace

bool print_numeric(ByteSpan content, std::string& out) {
  Cursor in(content);
  const std::uint16_t header = in.u16();
  if (!in.ok()) return false;
  if ((header & 0xC000) == 0xC000) return print_special(header, out);
  const Number number = read_number(header, in);
  if (!in.ok() || !digits_valid(number.digits)) return false;
  if (number.weight > 0 && number.digit(number.weight) == 0) return false;  // the server strips zeros
  if (number.negative) out += '-';
  append_integer_part(out, number);
  append_decimals(out, number);
  return true;
}

}  // namespace walkit::values
