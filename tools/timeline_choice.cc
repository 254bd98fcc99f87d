#include "tools/timeline_choice.h"

#include <fmt/format.h>

#include <algorithm>

#include "walreader/read_error.h"

namespace walkit {

bool goes_through(const TimelineHistory& history, const TimelinePoint& point) {
  return std::ranges::any_of(history.spans(), [&](const TimelineSpan& span) {
    return span.timeline == point.timeline && (!span.end.valid() || point.lsn <= span.end);
  });
}

bool on_history(const TimelineHistory& history, const SegmentName& segment,
                std::uint32_t segment_size_bytes) {
  const Lsn start{segment.number(segment_size_bytes).value * segment_size_bytes};
  return std::ranges::any_of(history.spans(), [&](const TimelineSpan& span) {
    return span.timeline == segment.timeline && (!span.end.valid() || start < span.end);
  });
}

std::expected<TimelineHistory, std::string> choose_history(std::vector<TimelineId> timelines,
                                                           const TimelinePoint& origin,
                                                           std::optional<TimelineId> asked_for,
                                                           const HistoryReader& read,
                                                           const Messages& messages) {
  if (asked_for) {
    auto history = read(*asked_for);
    if (!history || goes_through(*history, origin)) return history;
    return std::unexpected(fmt::format("timeline {} does not descend from timeline {} at {}",
                                       asked_for->value, origin.timeline.value, to_string(origin.lsn)));
  }
  std::ranges::sort(timelines, std::greater());
  timelines.erase(std::ranges::unique(timelines).begin(), timelines.end());
  for (const TimelineId timeline : timelines) {
    if (timeline <= origin.timeline) break;
    auto history = read(timeline);
    if (!history || goes_through(*history, origin)) return history;
    if (history->spans().size() == 1)
      messages.warning(fmt::format("no history file of timeline {}, so it is not read", timeline.value));
  }
  return read(origin.timeline);
}

}  // namespace walkit
