// `walkit dump`, and pg_waldump when started under that name.
#pragma once

namespace walkit {

/// Runs it; `argv[0]` is the program's name as typed, options follow. Returns the exit status.
int run_dump(int argc, char** argv, bool drop_in);

}  // namespace walkit
