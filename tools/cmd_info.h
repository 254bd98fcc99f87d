// `walkit info`: what can be restored from a repository, and what cannot.
#pragma once

namespace walkit {

/// `argv[0]` is the program's name. Returns the exit status: 0 sound, 1 gaps or damage, 2 usage, 3 the
/// repository cannot be read.
int run_info(int argc, char** argv);

}  // namespace walkit
