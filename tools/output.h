// Standard output, written in large pieces.
#pragma once

#include <string_view>

namespace walkit {

/// Writes all of `text` to standard output. A failure ends the program with a message and status 1, except
/// that nobody reading any more (EPIPE) ends it quietly, as SIGPIPE would.
void write_output(std::string_view text);

}  // namespace walkit
