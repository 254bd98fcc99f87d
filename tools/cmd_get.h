// walkit get: restore_command.
#pragma once

namespace walkit {

/// `argv` begins with the program's name. Returns the exit status: 0, the file is restored; 1, it certainly
/// is not in the archive; 255, anything else.
int run_get(int argc, char** argv);

}  // namespace walkit
