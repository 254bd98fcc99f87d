// `walkit init`: a commented configuration, the lines for postgresql.conf, a new archive.
#pragma once

namespace walkit {

/// `argv` begins with the program's name. Returns the exit status.
int run_init(int argc, char** argv);

}  // namespace walkit
