// How files of WAL belong together: which follow one another, where some are missing, and whether the place
// where reading stops is the end of WAL or damage. Rules only; the facts come from whoever reads the files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "walreader/history.h"
#include "walreader/page.h"
#include "walreader/types.h"

namespace walkit {

/// What the header of a page says, held against where the page lies.
enum class PageState : std::uint8_t {
  own,      ///< it was written for this place
  stale,    ///< it was written for another place, before its file was recycled for this one
  zeros,    ///< nothing was written since the file was allocated
  damaged,  ///< nothing that PostgreSQL leaves there
};

/// Judges the page at `at` of a file of `timeline`. Pages of its ancestors belong there too, as the first
/// segment of a timeline begins with a copy, but none of a timeline below `oldest`.
///
/// Recycled files were mostly used for a lower address. After recovery to a point in time those of the
/// timeline that was left are recycled as well; their address may be higher, or even the expected one.
PageState judge_page(const PageHeader& page, Lsn at, TimelineId timeline, TimelineId oldest,
                     const WalFormat& format);

/// The facts about one segment's file that decide where it belongs.
struct ChainSegment {
  TimelineId timeline;
  SegmentNo number;
  bool partial = false;   ///< NAME.partial: not complete, whatever else is known
  bool archived = false;  ///< the server marked it as complete: archive_status/NAME.ready or .done
  PageState first_page = PageState::own;
};

/// Segments that follow one another on one timeline; positions in the list that find_chain() was given.
struct SegmentRun {
  TimelineId timeline;
  std::vector<std::size_t> segments;
};

struct SegmentGap {
  TimelineId timeline;
  SegmentNo first, last;       ///< the missing ones
  std::size_t next_segment{};  ///< the one after the gap, as a position in the list
};

struct Chain {
  std::vector<SegmentRun> runs;  ///< by timeline, then LSN; of two equal segments one in a later run
  std::vector<SegmentGap> gaps;
  std::vector<std::size_t> past_end;  ///< stale or zero, after the last of their timeline that is not
};

/// Orders segments of one cluster.
Chain find_chain(std::span<const ChainSegment> segments);

using Histories = std::map<TimelineId, TimelineHistory>;

/// The gaps where a timeline's first segment should follow one of its ancestors'.
std::vector<SegmentGap> find_branch_gaps(std::span<const ChainSegment> segments, const Histories& histories,
                                         std::uint32_t segment_size_bytes);

/// Where timelines that have segments left `timeline`, in order of LSN.
std::vector<Lsn> switch_points(TimelineId timeline, std::span<const ChainSegment> segments,
                               const Histories& histories);

/// Whether a page at `page` of a file of `timeline` may be of timeline `found`. Without a history any
/// ancestor is possible.
bool timeline_expected(const TimelineHistory* history, TimelineId timeline, Lsn page, TimelineId found);

/// Whether two histories, `parent` that of an ancestor of `child`, tell the same.
bool histories_agree(const TimelineHistory& parent, const TimelineHistory& child);

/// What is known about the place where a record or page failed its checks.
struct StopEvidence {
  bool later_page = false;          ///< a later page of the segment was written for its place
  bool next_segment = false;        ///< so was the first page of a segment that follows without a gap
  bool later_segment = false;       ///< so was that of a segment of the timeline after a gap
  bool first_page_damaged = false;  ///< it is a segment's first page, and neither stale nor zeros
  bool archived = false;            ///< of the segment, see ChainSegment
  bool partial = false;             ///< likewise
};

/// True: what is at `position` was damaged. False: WAL ends there; a crash may leave half a record, and a
/// standby the remains of a recycled file. `left_at` are the switch_points() of the timeline.
bool is_damage(Lsn position, const StopEvidence& evidence, std::span<const Lsn> left_at);

}  // namespace walkit
