// float4 and float8 as the server's variant of Ryu prints them (common/d2s.c, f2s.c).
//
// Its digits are those of std::to_chars but for one case: where the shortest decimal lies exactly halfway to
// the neighbouring number, PostgreSQL does not use it (STRICTLY_SHORTEST 0 in common/ryu_common.h), since
// only a reader that rounds to even would get the number back.
#include "feed/values/floats.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>

#include "feed/values/append.h"
#include "feed/values/printers.h"
#include "walreader/bytes.h"

namespace walkit::values {
namespace {

constexpr std::size_t kMaxDigits = 17;
constexpr int kMaxHalfwayScale = 24;  // 5^25 has more bits than the middle between two numbers can

/// 0.d1d2d3... * 10^(exponent + 1), that is d1.d2d3... * 10^exponent
struct Decimal {
  std::array<char, kMaxDigits> digits{};
  std::size_t count = 0;
  int exponent = 0;
  std::string_view view() const { return {digits.data(), count}; }
};

/// `text` as std::to_chars writes it: d.ddde+xx
Decimal parse_scientific(std::string_view text) {
  Decimal decimal;
  std::size_t i = 0;
  for (; text[i] != 'e'; ++i)
    if (text[i] != '.') decimal.digits[decimal.count++] = text[i];
  const std::size_t sign = i + 1;
  std::from_chars(text.data() + sign + 1, text.data() + text.size(), decimal.exponent);
  if (text[sign] == '-') decimal.exponent = -decimal.exponent;
  while (decimal.count > 1 && decimal.digits[decimal.count - 1] == '0') --decimal.count;
  return decimal;
}

template <std::floating_point Float>
Decimal shortest(Float value) {
  char text[32];
  const auto end = std::to_chars(std::begin(text), std::end(text), value, std::chars_format::scientific).ptr;
  return parse_scientific({text, end});
}

template <std::floating_point Float>
Decimal rounded(Float value, std::size_t digits) {
  char text[32];
  const auto end = std::to_chars(std::begin(text), std::end(text), value, std::chars_format::scientific,
                                 static_cast<int>(digits) - 1)
                       .ptr;
  return parse_scientific({text, end});
}

std::uint64_t as_integer(const Decimal& decimal) {
  std::uint64_t integer = 0;
  std::from_chars(decimal.digits.data(), decimal.digits.data() + decimal.count, integer);
  return integer;
}

/// False for nearly all: only a decimal that is a fraction with a power of two below, and has more bits than
/// a number does, can be halfway between two.
template <std::floating_point Float>
bool may_be_halfway(const Decimal& decimal) {
  constexpr std::uint64_t kExact = std::uint64_t{1} << std::numeric_limits<Float>::digits;
  std::uint64_t integer = as_integer(decimal);
  const int scale = decimal.exponent + 1 - static_cast<int>(decimal.count);
  if (std::abs(scale) > kMaxHalfwayScale) return false;
  for (int i = scale; i < 0; ++i) {
    if (integer % 5 != 0) return false;
    integer /= 5;
  }
  for (int i = 0; i < scale && integer < kExact; ++i) integer *= 5;
  return integer >= kExact;
}

/// What a reader makes of the decimal followed by 24 more digits.
template <std::floating_point Float>
Float read_back(std::uint64_t integer, int scale, std::string_view more_digits) {
  std::string text;
  append_uint(text, integer);
  text += more_digits;
  text += 'e';
  append_int(text, scale - static_cast<int>(more_digits.size()));
  Float value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// Whether everything close to the decimal, too, is read as `value`: not so for one that is halfway.
template <std::floating_point Float>
bool well_inside(const Decimal& decimal, Float value) {
  const std::uint64_t integer = as_integer(decimal);
  const int scale = decimal.exponent + 1 - static_cast<int>(decimal.count);
  return read_back<Float>(integer, scale, "000000000000000000000001") == value &&
         read_back<Float>(integer - 1, scale, "999999999999999999999999") == value;
}

/// The neighbour of `decimal` with as many digits, one above or below in the last.
Decimal neighbour(const Decimal& decimal, std::size_t count, int step) {
  Decimal padded = decimal;
  while (padded.count < count) padded.digits[padded.count++] = '0';
  std::string digits;
  append_uint(digits, as_integer(padded) + static_cast<std::uint64_t>(step));
  Decimal next{.exponent = decimal.exponent + static_cast<int>(digits.size()) - static_cast<int>(count)};
  for (const char digit : digits.substr(0, kMaxDigits)) next.digits[next.count++] = digit;
  while (next.count > 1 && next.digits[next.count - 1] == '0') --next.count;
  return next;
}

/// For a value whose shortest decimal is halfway: the next longer one that is not, the closest if there are
/// several.
template <std::floating_point Float>
Decimal shortest_inside(const Decimal& halfway, Float value) {
  for (std::size_t count = halfway.count; count <= std::numeric_limits<Float>::max_digits10; ++count) {
    const Decimal closest = rounded(value, count);
    for (const int step : {0, 1, -1}) {
      const Decimal candidate = step == 0 ? closest : neighbour(closest, count, step);
      if (well_inside(candidate, value)) return candidate;
    }
  }
  return halfway;
}

void append_fixed(std::string& out, const Decimal& decimal) {
  const auto integer_digits = static_cast<std::size_t>(std::max(decimal.exponent + 1, 0));
  if (integer_digits == 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-decimal.exponent - 1), '0');
    out += decimal.view();
    return;
  }
  out += decimal.view().substr(0, integer_digits);
  if (integer_digits >= decimal.count) {
    out.append(integer_digits - decimal.count, '0');
    return;
  }
  out += '.';
  out += decimal.view().substr(integer_digits);
}

void append_scientific(std::string& out, const Decimal& decimal) {
  out += decimal.digits[0];
  if (decimal.count > 1) {
    out += '.';
    out += decimal.view().substr(1);
  }
  out += decimal.exponent < 0 ? "e-" : "e+";
  append_padded(out, magnitude(decimal.exponent), 2);
}

template <std::floating_point Float>
void append_shortest(std::string& out, Float value) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::signbit(value)) out += '-';
  value = std::abs(value);
  if (std::isinf(value) || value == 0) {
    out += value == 0 ? "0" : "Infinity";
    return;
  }
  Decimal decimal = shortest(value);
  if (may_be_halfway<Float>(decimal) && !well_inside(decimal, value))
    decimal = shortest_inside(decimal, value);
  const bool fixed = decimal.exponent >= -4 && decimal.exponent < std::numeric_limits<Float>::digits10;
  fixed ? append_fixed(out, decimal) : append_scientific(out, decimal);
}

}  // namespace

void append_float(std::string& out, float value) { append_shortest(out, value); }
void append_float(std::string& out, double value) { append_shortest(out, value); }

bool print_float4(ByteSpan content, std::string& out) {
  append_float(out, std::bit_cast<float>(load_le<std::uint32_t>(content.data())));
  return true;
}

bool print_float8(ByteSpan content, std::string& out) {
  append_float(out, std::bit_cast<double>(load_le<std::uint64_t>(content.data())));
  return true;
}

}  // namespace walkit::values
