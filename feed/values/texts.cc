// Types that are text in the database's encoding.
#include <algorithm>
#include <optional>

#include "feed/values/printers.h"
#include "walreader/bytes.h"

namespace walkit::values {
namespace {

/// What remains of a text while it is parsed.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool take(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }
  /// Whether there was any.
  bool take_spaces() {
    const std::size_t size = std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size());
    rest_.remove_prefix(size);
    return size > 0;
  }
  /// = and a quoted string, whose inside is returned.
  std::optional<std::string_view> take_value() {
    take_spaces();
    if (!take("=")) return std::nullopt;
    take_spaces();
    if (rest_.empty() || (rest_[0] != '"' && rest_[0] != '\'')) return std::nullopt;
    const std::size_t end = rest_.find(rest_[0], 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view value = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return value;
  }
  /// A name, if it is next after spaces, and its value.
  std::optional<std::string_view> take_attribute(std::string_view name) {
    Scanner ahead = *this;
    if (!ahead.take_spaces() || !ahead.take(name)) return std::nullopt;
    const std::optional<std::string_view> value = ahead.take_value();
    if (value) *this = ahead;
    return value;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

struct XmlDocument {
  std::string_view version = "1.0";
  std::string_view standalone = "";  ///< yes, no or nothing
  std::string_view rest;             ///< behind the declaration
};

/// Nothing if there is no declaration, or not a right one (parse_xml_decl of utils/adt/xml.c).
std::optional<XmlDocument> split_declaration(std::string_view text) {
  Scanner in(text);
  XmlDocument document;
  if (!in.take("<?xml")) return std::nullopt;
  const std::optional<std::string_view> version = in.take_attribute("version");
  if (!version) return std::nullopt;
  document.version = *version;
  in.take_attribute("encoding");
  document.standalone = in.take_attribute("standalone").value_or("");
  in.take_spaces();
  if (!in.take("?>")) return std::nullopt;
  document.rest = in.rest();
  const bool standalone_valid =
      document.standalone.empty() || document.standalone == "yes" || document.standalone == "no";
  const std::string_view declaration = text.substr(0, text.size() - document.rest.size());
  if (!standalone_valid || !is_ascii(declaration)) return std::nullopt;
  return document;
}

}  // namespace

Unavailable print_text(ValueRenderer& renderer, ByteSpan content, std::string& out) {
  return renderer.print_text(as_text(content), out);
}

Unavailable print_name(ValueRenderer& renderer, ByteSpan content, std::string& out) {
  const std::string_view padded = as_text(content);
  return renderer.print_text(padded.substr(0, padded.find('\0')), out);
}

/// charout of utils/adt/char.c: 0 is no text at all. 15 prints what is not ASCII in octal, 14 as it is.
Unavailable print_char(ValueRenderer& renderer, ByteSpan content, std::string& out) {
  const auto byte = std::to_integer<unsigned>(content[0]);
  if (byte == 0) return Unavailable::none;
  if (byte < 0x80 || renderer.major() < Major::pg15) return renderer.print_text(as_text(content), out);
  out += '\\';
  for (int shift = 6; shift >= 0; shift -= 3) out += static_cast<char>('0' + (byte >> shift & 7));
  return Unavailable::none;
}

/// xml_out of utils/adt/xml.c leaves out the encoding, and the whole declaration where nothing else is said
/// in it; then, and where there is none, also a line break in front.
Unavailable print_xml(ValueRenderer& renderer, ByteSpan content, std::string& out) {
  const std::string_view text = as_text(content);
  const XmlDocument document = split_declaration(text).value_or(XmlDocument{.rest = text});
  std::string_view rest = document.rest;
  if (document.version != "1.0" || !document.standalone.empty()) {
    out.append("<?xml version=\"").append(document.version).append("\"");
    if (!document.standalone.empty()) out.append(" standalone=\"").append(document.standalone).append("\"");
    out += "?>";
  } else if (rest.starts_with('\n')) {
    rest.remove_prefix(1);
  }
  return renderer.print_text(rest, out);
}

}  // namespace walkit::values
