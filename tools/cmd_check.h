// The command `check`: that a running server's WAL arrives in the archive and comes back.
#pragma once

namespace walkit {

/// Runs it; `argv[0]` is the program's name. Returns the exit status: 0, 1 if a step failed, 2 for wrong
/// usage, 3 if there is no connection.
int run_check(int argc, char** argv);

}  // namespace walkit
