// What one call of push contributes to the metrics.
#pragma once

#include "archiver/metrics.h"
#include "archiver/push.h"

namespace walkit {

Metrics metrics_of(const PushReport& report, const ArchiveStatus& status);

}  // namespace walkit
