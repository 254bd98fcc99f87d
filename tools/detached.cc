#include "tools/detached.h"

#include <fcntl.h>
#include <unistd.h>

#include <exception>

#include "tools/inherited_files.h"

namespace walkit {
namespace {

void let_go_of_everything() {
  ::setsid();
  close_inherited_files();
  const int nothing = ::open("/dev/null", O_RDWR);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (nothing < 0)
      ::close(standard);
    else
      ::dup2(nothing, standard);
  if (nothing > STDERR_FILENO) ::close(nothing);
  if (::chdir("/") != 0) {  // at worst a directory cannot be removed for a minute
  }
}

}  // namespace

void run_detached(const std::function<void()>& work) {
  if (::fork() != 0) return;
  let_go_of_everything();
  try {
    work();
  } catch (const std::exception&) {  // there is nobody to tell
  }
  // Whoever inherits the process is told of nothing worth a look.
  ::_exit(0);
}

}  // namespace walkit
