// The check of one set of files: sorting them by cluster and timeline, and what no single file shows.
#pragma once

#include "tools/verify_input.h"
#include "tools/verify_run.h"

namespace walkit {

/// Checks `set` with `jobs` threads and reports. `progress` hears of bytes checked in the set so far.
void verify_set(VerifySet set, int jobs, const RunProgress& progress, VerifyReport& report);

}  // namespace walkit
