#include "walreader/chain.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace walkit {
namespace {

using Indices = std::vector<std::size_t>;

bool is_zero(const PageHeader& page) {
  return page.magic == 0 && page.info == 0 && page.timeline.value == 0 && page.address.value == 0 &&
         page.remaining_length == 0;
}

bool in_use(const ChainSegment& segment) {
  return segment.first_page == PageState::own || segment.first_page == PageState::damaged;
}

Indices ordered(std::span<const ChainSegment> segments) {
  Indices indices(segments.size());
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  std::ranges::sort(indices, {}, [&](std::size_t i) {
    const ChainSegment& segment = segments[i];
    return std::tuple(segment.timeline, segment.number, segment.partial, i);
  });
  return indices;
}

// Moves every second file of the same segment out of `indices`.
Indices take_duplicates(std::span<const ChainSegment> segments, Indices& indices) {
  Indices unique, duplicates;
  for (const std::size_t i : indices) {
    const bool known = !unique.empty() && segments[unique.back()].timeline == segments[i].timeline &&
                       segments[unique.back()].number == segments[i].number;
    (known ? duplicates : unique).push_back(i);
  }
  indices = std::move(unique);
  return duplicates;
}

// Adds the runs of one timeline, whose segments are in order and differ.
void add_runs(std::span<const ChainSegment> segments, std::span<const std::size_t> indices, bool report_gaps,
              Chain& chain) {
  const auto last_used = std::find_if(indices.rbegin(), indices.rend(), [&](std::size_t i) {
                           return in_use(segments[i]);
                         }).base();
  for (auto it = indices.begin(); it != last_used; ++it) {
    const ChainSegment& segment = segments[*it];
    const bool first = it == indices.begin();
    const SegmentNo expected{first ? segment.number.value : segments[*(it - 1)].number.value + 1};
    if (first || segment.number != expected) chain.runs.push_back({segment.timeline, {}});
    if (segment.number != expected && report_gaps)
      chain.gaps.push_back({segment.timeline, expected, SegmentNo{segment.number.value - 1}, *it});
    chain.runs.back().segments.push_back(*it);
  }
  chain.past_end.insert(chain.past_end.end(), last_used, indices.end());
}

}  // namespace

PageState judge_page(const PageHeader& page, Lsn at, TimelineId timeline, TimelineId oldest,
                     const WalFormat& format) {
  if (is_zero(page)) return PageState::zeros;
  if (page.magic != format.magic || page.timeline > timeline) return PageState::damaged;
  if (page.address == at) return page.timeline >= oldest ? PageState::own : PageState::stale;
  return page.address < at || page.timeline < timeline ? PageState::stale : PageState::damaged;
}

Chain find_chain(std::span<const ChainSegment> segments) {
  Chain chain;
  Indices indices = ordered(segments);
  for (bool report_gaps = true; !indices.empty(); report_gaps = false) {
    Indices duplicates = take_duplicates(segments, indices);
    for (auto begin = indices.begin(); begin != indices.end();) {
      const auto end = std::find_if(begin, indices.end(), [&](std::size_t i) {
        return segments[i].timeline != segments[*begin].timeline;
      });
      add_runs(segments, std::span(begin, end), report_gaps, chain);
      begin = end;
    }
    indices = std::move(duplicates);
  }
  return chain;
}

std::vector<SegmentGap> find_branch_gaps(std::span<const ChainSegment> segments, const Histories& histories,
                                         std::uint32_t segment_size_bytes) {
  const Geometry geometry{.segment_size_bytes = segment_size_bytes, .block_size_bytes = 0};
  std::vector<SegmentGap> gaps;
  const Indices indices = ordered(segments);
  for (const auto& [timeline, history] : histories) {
    const auto first = std::ranges::find_if(
        indices, [&](std::size_t i) { return segments[i].timeline == timeline && in_use(segments[i]); });
    if (first == indices.end()) continue;
    std::optional<SegmentNo> before;  // the last segment of an ancestor that this timeline builds on
    for (const TimelineSpan& span : history.spans()) {
      if (span.timeline == timeline || span.end.value == 0) continue;
      const SegmentNo last = geometry.segment_of(span.end - 1);
      for (const ChainSegment& segment : segments)
        if (segment.timeline == span.timeline && in_use(segment) && segment.number <= last)
          before = std::max(before.value_or(SegmentNo{}), segment.number);
    }
    const SegmentNo own = segments[*first].number;
    if (!before || before->value + 1 >= own.value) continue;
    const SegmentNo missing{before->value + 1};
    gaps.push_back(
        {history.timeline_of(geometry.segment_start(missing)), missing, SegmentNo{own.value - 1}, *first});
  }
  return gaps;
}

std::vector<Lsn> switch_points(TimelineId timeline, std::span<const ChainSegment> segments,
                               const Histories& histories) {
  std::vector<Lsn> points;
  for (const auto& [child, history] : histories) {
    const bool present = std::ranges::any_of(segments, [&](const ChainSegment& segment) {
      return segment.timeline == child && segment.first_page == PageState::own;
    });
    const auto point = history.switch_point(timeline);
    if (present && point) points.push_back(*point);
  }
  std::ranges::sort(points);
  const auto repeated = std::ranges::unique(points);
  points.erase(repeated.begin(), repeated.end());
  return points;
}

bool timeline_expected(const TimelineHistory* history, TimelineId timeline, Lsn page, TimelineId found) {
  if (history == nullptr) return found.value != 0 && found <= timeline;
  return found == history->timeline_of(page);
}

bool histories_agree(const TimelineHistory& parent, const TimelineHistory& child) {
  if (!child.switch_point(parent.timeline())) return true;  // not an ancestor after all
  const auto ancestors = parent.spans();
  const auto same = std::ranges::mismatch(ancestors, child.spans(), [](const auto& a, const auto& b) {
    return a.timeline == b.timeline && a.begin == b.begin;
  });
  return same.in1 == ancestors.end();
}

bool is_damage(Lsn position, const StopEvidence& evidence, std::span<const Lsn> left_at) {
  if (evidence.later_page || evidence.next_segment || evidence.first_page_damaged) return true;
  // A timeline that was left later than this had more records.
  if (std::ranges::any_of(left_at, [&](Lsn point) { return point > position; })) return true;
  if (evidence.partial) return false;
  if (evidence.later_segment) return true;
  // A standby marks the last segment of a timeline, whose rest was never written, like a complete one.
  const bool timeline_ended = std::ranges::any_of(left_at, [&](Lsn point) { return point <= position; });
  return evidence.archived && !timeline_ended;
}

}  // namespace walkit
