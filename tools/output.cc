#include "tools/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "tools/messages.h"

namespace walkit {

void write_output(std::string_view text, int status) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      const int error = errno;
      if (error != EPIPE)
        fmt::print(stderr, "{}: error: could not write to standard output: {}\n",
                   program_invocation_short_name, errno_text(error));
      std::_Exit(status);
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace walkit
