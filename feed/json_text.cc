#include "feed/json_text.h"

namespace walkit {
namespace {

// The letter behind the backslash, 'u' for those written as a number; 0: needs none.
constexpr auto kEscapes = [] {
  std::array<char, 256> escapes{};
  for (std::size_t c = 0; c < 0x20; ++c) escapes[c] = 'u';
  escapes['\b'] = 'b';
  escapes['\f'] = 'f';
  escapes['\n'] = 'n';
  escapes['\r'] = 'r';
  escapes['\t'] = 't';
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  return escapes;
}();

bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr char kHexDigits[] = "0123456789abcdef";

}  // namespace

void append_json(TextBuffer& out, std::string_view text) {
  out.append('"');
  std::size_t start = 0;  // of what needs no escape
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const char escape = kEscapes[c];
    if (escape == 0) continue;
    out.append(text.substr(start, i - start));
    out.append('\\');
    out.append(escape);
    if (escape == 'u') {
      out.append("00");
      out.append(kHexDigits[c / 16]);
      out.append(kHexDigits[c % 16]);
    }
    start = i + 1;
  }
  out.append(text.substr(start));
  out.append('"');
}

bool is_json_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && is_digit(text[0]);
}

void append_hex(TextBuffer& out, std::string_view bytes) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out.append(kHexDigits[byte / 16]);
    out.append(kHexDigits[byte % 16]);
  }
}

void append_base64(TextBuffer& out, std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) {
      return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0u;
    };
    const unsigned group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    const std::size_t digits = std::min<std::size_t>(bytes.size() - i, 3) + 1;
    for (std::size_t digit = 0; digit < 4; ++digit)
      out.append(digit < digits ? kDigits[group >> (18 - 6 * digit) & 63] : '=');
  }
}

}  // namespace walkit
