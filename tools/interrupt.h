// Ctrl-C ends a long run in order: what is done so far is printed.
#pragma once

namespace walkit {

/// From now on SIGINT only sets a flag; a second one kills.
void stop_on_interrupt();

/// So does SIGTERM, for what runs until it is told to end.
void stop_on_termination();

/// Whether the flag is set. Any thread.
bool interrupted();

}  // namespace walkit
