// Pieces of JSON that events are made of. Pure; any thread.
#pragma once

#include <string_view>

#include "walreader/text_buffer.h"

namespace walkit {

/// The string, in quotes, escaped as the server's escape_json() does (utils/adt/json.c). `text` is UTF-8.
void append_json(TextBuffer& out, std::string_view text);

/// Whether a number as the server prints it is one of JSON, too; NaN and infinities are not.
bool is_json_number(std::string_view text);

/// RFC 4648, with padding.
void append_base64(TextBuffer& out, std::string_view bytes);
/// Two lower-case digits a byte.
void append_hex(TextBuffer& out, std::string_view bytes);

}  // namespace walkit
