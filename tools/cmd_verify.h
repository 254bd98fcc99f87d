// `walkit verify`: checks WAL for damage and gaps.
#pragma once

namespace walkit {

/// `argv[0]` is the program's name. Returns the exit status: 0 sound, 1 damage or a gap, 2 usage, 3 something
/// could not be read.
int run_verify(int argc, char** argv);

}  // namespace walkit
