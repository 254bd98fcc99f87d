// `walkit find`: transactions in WAL, and the recovery target just before each.
#pragma once

namespace walkit {

/// argv[0] is the program's name. Returns the exit status: 0 found, 1 nothing found, 2 wrong usage, 3 the WAL
/// could not be read to its end, or something else not at all.
int run_find(int argc, char** argv);

}  // namespace walkit
