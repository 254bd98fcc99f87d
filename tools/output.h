// Standard output, written in large pieces.
#pragma once

#include <fmt/format.h>

#include <cstdlib>
#include <string_view>
#include <utility>

namespace walkit {

constexpr int kExitUnwritable = 3;

/// Writes all of `text` to standard output. A failure ends the program with a message and `status`; where
/// nobody reads any more (EPIPE) quietly, as SIGPIPE would.
void write_output(std::string_view text, int status = kExitUnwritable);

/// The same for dump, which fails as pg_waldump does.
inline void write_dump(std::string_view text) { write_output(text, EXIT_FAILURE); }

/// As fmt::print().
template <typename... Values>
void print_output(fmt::format_string<Values...> format, Values&&... values) {
  write_output(fmt::format(format, std::forward<Values>(values)...));
}

}  // namespace walkit
