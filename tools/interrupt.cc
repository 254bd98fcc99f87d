#include "tools/interrupt.h"

#include <csignal>

namespace walkit {
namespace {

// What a signal handler may touch has to be global.
volatile std::sig_atomic_t interrupt_seen = 0;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

void stop_on(int signal) {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupt_seen = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(signal, &action, nullptr);
}

}  // namespace

void stop_on_interrupt() { stop_on(SIGINT); }
void stop_on_termination() { stop_on(SIGTERM); }

bool interrupted() { return interrupt_seen != 0; }

}  // namespace walkit
