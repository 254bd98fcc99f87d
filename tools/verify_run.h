// The check of consecutive segments: every page and record, and going on after damage.
#pragma once

#include <functional>
#include <vector>

#include "tools/verify_report.h"
#include "tools/verify_source.h"
#include "walreader/chain.h"

namespace walkit {

/// What a run consists of and what is known about its surroundings.
struct VerifyRun {
  const WalFormat* format = nullptr;
  Geometry geometry;
  std::vector<ChainSegment> segments;        ///< at least one
  std::vector<std::string> paths;            ///< of the segments
  SegmentOpener open;                        ///< takes one of them
  std::string_view archived_because;         ///< why a segment counts as `archived`
  bool later_segment = false;                ///< a segment of the timeline after the run is in use
  const TimelineHistory* history = nullptr;  ///< of the timeline; nullptr if it is not known
  std::vector<Lsn> left_at;                  ///< switch_points() of the timeline
};

/// Told how many bytes of the run have been checked.
using RunProgress = std::function<void(std::uint64_t bytes)>;

/// Decodes the run with `jobs` threads. Problems go to the report in order of LSN.
VerifiedRange verify_run(const VerifyRun& run, int jobs, const RunProgress& progress, VerifyReport& report);

}  // namespace walkit
