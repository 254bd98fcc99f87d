// `walkit stats`: what a stretch of WAL consists of.
#pragma once

namespace walkit {

/// Runs it; `argv[0]` is the program's name as typed, options follow. Returns the exit status: 0, 1 if
/// reading was stopped by damage (what came before is shown), 2 for wrong usage, 3 if WAL could not be read.
int run_stats(int argc, char** argv);

}  // namespace walkit
