#include "feed/values/quoting.h"

#include <algorithm>
#include <string_view>

namespace walkit::values {
namespace {

bool escaped(char c) { return c == '"' || c == '\\'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool equals_null(std::string_view text) {
  constexpr std::string_view kNull = "null";
  return std::ranges::equal(text, kNull, {}, [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
}

/// Puts quotes around and something before each character that is escaped: in place, from the end.
void quote(std::string& out, std::size_t start, bool with_backslash) {
  std::size_t from = out.size();
  const auto escapes = static_cast<std::size_t>(
      std::ranges::count_if(out.begin() + static_cast<std::ptrdiff_t>(start), out.end(), escaped));
  out.resize(out.size() + escapes + 2);
  std::size_t to = out.size();
  out[--to] = '"';
  while (from > start) {
    const char c = out[--from];
    out[--to] = c;
    if (escaped(c)) out[--to] = with_backslash ? '\\' : c;
  }
  out[--to] = '"';
}

void quote_doubling(std::string& out, std::size_t start, std::string_view special) {
  const std::string_view text = std::string_view(out).substr(start);
  const auto asks_for_quotes = [special](char c) { return escaped(c) || is_space(c) || special.contains(c); };
  if (text.empty() || std::ranges::any_of(text, asks_for_quotes)) quote(out, start, false);
}

}  // namespace

void quote_element(std::string& out, std::size_t start, char delimiter) {
  const std::string_view text = std::string_view(out).substr(start);
  const auto asks_for_quotes = [delimiter](char c) {
    return escaped(c) || is_space(c) || c == '{' || c == '}' || c == delimiter;
  };
  if (text.empty() || equals_null(text) || std::ranges::any_of(text, asks_for_quotes))
    quote(out, start, true);
}

void quote_field(std::string& out, std::size_t start) { quote_doubling(out, start, "(),"); }
void quote_bound(std::string& out, std::size_t start) { quote_doubling(out, start, "()[],"); }

}  // namespace walkit::values
