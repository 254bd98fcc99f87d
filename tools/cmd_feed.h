// `walkit feed`: what committed transactions did to rows.
#pragma once

namespace walkit {

/// Runs it; `argv[0]` is the program's name as typed, options follow. Returns the exit status: 0, 1 if damage
/// or a gap ended the WAL (what came before is delivered) or --undo could not take all back, 2 for wrong
/// usage, 3 if something could not be read or written.
int run_feed(int argc, char** argv);

}  // namespace walkit
