// Ctrl-C, or a service manager, ends a long run in order: what is done so far is printed.
#pragma once

namespace walkit {

/// From now on SIGINT only sets a flag; a second one kills.
void stop_on_interrupt();

/// From now on SIGTERM does the same.
void stop_on_termination();

/// Whether the flag is set. Any thread.
bool interrupted();

}  // namespace walkit
