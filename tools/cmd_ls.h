// `walkit ls`: what a repository holds, a line an object.
#pragma once

namespace walkit {

/// `argv[0]` is the program's name. Returns the exit status: 0, 1 if a name that was given is not there, 2
/// usage, 3 the repository cannot be read.
int run_ls(int argc, char** argv);

}  // namespace walkit
