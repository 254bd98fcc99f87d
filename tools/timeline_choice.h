// Which timeline to read: that of the user, or the newest that goes on from where reading begins.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/messages.h"
#include "walreader/history.h"
#include "walreader/segment_name.h"

namespace walkit {

/// A place in the log of one timeline.
struct TimelinePoint {
  TimelineId timeline;
  Lsn lsn;
};

/// Gives the history of a timeline, one without ancestors if there is no file of it. On error: one line.
using HistoryReader = std::function<std::expected<TimelineHistory, std::string>(TimelineId)>;

/// Whether the point is on the way to the history's own timeline, where one was left being on both.
bool goes_through(const TimelineHistory& history, const TimelinePoint& point);

/// Whether a segment has WAL of the history, rather than what an ancestor wrote after it had been left.
bool on_history(const TimelineHistory& history, const SegmentName& segment, std::uint32_t segment_size_bytes);

/// The history of the newest of `timelines` that goes through `origin`, or that of the origin's own timeline;
/// of a newer one without a history file nobody knows, which is said. With `asked_for` that one's, or an
/// error.
std::expected<TimelineHistory, std::string> choose_history(std::vector<TimelineId> timelines,
                                                           const TimelinePoint& origin,
                                                           std::optional<TimelineId> asked_for,
                                                           const HistoryReader& read,
                                                           const Messages& messages);

}  // namespace walkit
