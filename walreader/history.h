// Timeline histories: which timeline wrote which stretch of the log.
//
// Format: access/transam/timeline.c of PostgreSQL. The file of timeline T has one line for each ancestor,
// oldest first: its number, the LSN where the next timeline left it, and a reason for people to read.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "walreader/types.h"

namespace walkit {

/// One timeline's stretch: from `begin` up to, not including, `end`.
struct TimelineSpan {
  TimelineId timeline;
  Lsn begin;           ///< zero: from the beginning of the log
  Lsn end;             ///< zero: it has no end, being the newest
  std::string reason;  ///< why the next timeline began; empty in the newest
};

struct HistoryError {
  enum class Kind : unsigned char {
    timeline_expected,      ///< the line does not begin with a timeline's number
    switch_point_expected,  ///< no LSN follows
    not_increasing,         ///< ancestors are not in increasing order
    not_below_child,        ///< an ancestor's number is not less than that of the file's own timeline
  };
  Kind kind = Kind::timeline_expected;
  std::size_t line_number = 0;  ///< from 1
  std::string line;
};

/// PostgreSQL's own words for the error, and for what was expected instead.
std::string describe(const HistoryError& error);
std::string_view hint(const HistoryError& error);

/// The ancestry of one timeline. A value; immutable after it is made.
class TimelineHistory {
 public:
  /// A timeline without ancestors, which is what a missing history file means.
  explicit TimelineHistory(TimelineId timeline);

  /// Parses the contents of `timeline`'s history file. Blank lines and those starting with # are skipped.
  static std::expected<TimelineHistory, HistoryError> parse(TimelineId timeline, std::string_view text);

  TimelineId timeline() const { return spans_.back().timeline; }
  /// Oldest first, the timeline itself last; never empty.
  std::span<const TimelineSpan> spans() const { return spans_; }

  /// The newest timeline whose stretch holds `lsn`. There always is one.
  TimelineId timeline_of(Lsn lsn) const;
  /// Where `timeline` was left; nullopt if it is not an ancestor, or is the newest itself.
  std::optional<Lsn> switch_point(TimelineId timeline) const;

 private:
  std::vector<TimelineSpan> spans_;
};

}  // namespace walkit
