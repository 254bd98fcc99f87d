// Text of a database's encoding to UTF-8.
#pragma once

#include <string>
#include <string_view>

#include "walreader/types.h"

namespace walkit {

class TextDecoder {
 public:
  virtual ~TextDecoder() = default;
  /// Appends `text` in UTF-8. False: it is not valid in the encoding; `out` is then as it was. Every encoding
  /// a server can have keeps ASCII as it is, so callers may append that themselves.
  [[nodiscard]] virtual bool decode(std::string_view text, std::string& out) const = 0;
};

/// UTF8, and SQL_ASCII: there a server takes any bytes, of which those are text that happen to be UTF-8.
class Utf8Decoder final : public TextDecoder {
 public:
  [[nodiscard]] bool decode(std::string_view text, std::string& out) const override;
};

/// As PostgreSQL checks it (pg_utf8_islegal in common/wchar.c): no surrogates, nothing overlong, at most
/// U+10FFFF.
bool is_utf8(std::string_view text);
bool is_ascii(std::string_view text);

inline std::string_view as_text(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace walkit
