#include "tools/inherited_files.h"

#include <unistd.h>

#include <climits>

namespace walkit {

void close_inherited_files() {
  constexpr unsigned kFirst = STDERR_FILENO + 1;
  // Kernels before 5.9 do not have it; then what is most likely there is closed one by one.
  if (::close_range(kFirst, UINT_MAX, 0) == 0) return;
  for (int fd = static_cast<int>(kFirst); fd < 1024; ++fd) ::close(fd);
}

}  // namespace walkit
