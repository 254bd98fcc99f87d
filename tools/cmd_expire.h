// `walkit expire`: removes what is not needed any more.
#pragma once

namespace walkit {

/// `argv[0]` is the program's name. Returns the exit status: 0 done (or nothing to do, or shown with
/// --dry-run), 1 the user said no, 2 usage or a rule that cannot be followed, 3 the repository cannot be read
/// or written.
int run_expire(int argc, char** argv);

}  // namespace walkit
