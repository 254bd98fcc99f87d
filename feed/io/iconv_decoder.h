// Text in any encoding of a server to UTF-8, by the system's iconv.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "feed/text_decoder.h"

namespace walkit {

/// The decoder for pg_database.encoding (pg_enc of mb/pg_wchar.h). It is used by one thread at a time. The
/// error is one line: no server has such an encoding, or the system cannot convert it.
std::expected<std::unique_ptr<TextDecoder>, std::string> open_decoder(std::int32_t encoding);

}  // namespace walkit
