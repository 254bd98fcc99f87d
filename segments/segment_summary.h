// What the records of one segment say, found while its bytes pass: the check of `push` and `verify`.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "segments/page_probe.h"
#include "walreader/page.h"
#include "walreader/reader.h"

namespace walkit {

/// Where the records of a segment's file end.
enum class SegmentEnding : std::uint8_t {
  full,        ///< they reach its end, or an XLOG SWITCH
  end_of_wal,  ///< before that, and nothing in the segment shows that WAL went on: zeros or a recycled file's
               ///< pages
  corrupt,  ///< at something that is no record, although WAL went on: a later page was written for its place
};

/// A value.
struct SegmentSummary {
  Lsn first;  ///< the first record that begins in the segment; zero: none does
  Lsn last;   ///< the last one that is whole
  Lsn end;    ///< where that one ends; the segment's start if there is none
  std::uint64_t records = 0;
  std::optional<Xid> lowest_xid, highest_xid;  ///< by number, records without a transaction aside
  std::optional<PgTime> first_commit,
      last_commit;  ///< earliest and latest time of commits, aborts and prepares
  SegmentEnding ending = SegmentEnding::full;
  Lsn stopped_at;      ///< unless full: the record or page
  std::string reason;  ///< unless full: why, in xlogreader's words

  bool operator==(const SegmentSummary&) const = default;
};

/// Decodes every record of one segment. The record continued from the segment before is passed over, one that
/// goes on in the next counts as reaching the end. One thread at a time.
class SegmentCheck {
 public:
  /// `probe` is of the segment's first page, with the verdict `wal`.
  explicit SegmentCheck(const PageProbe& probe);

  /// The next bytes, from the segment's first on. They are not kept.
  void feed(ByteSpan bytes);

  /// After all bytes were fed.
  SegmentSummary finish();

 private:
  void read();
  void add(const Record& record);
  void add_time(PgTime time);
  void add_xid(Xid xid);
  void stop();
  void look_for_written_page(Lsn at, ByteSpan bytes);

  Geometry geometry_;
  const WalFormat* format_;
  TimelineId timeline_;
  Lsn start_;
  std::uint64_t fed_ = 0;  // bytes so far
  SegmentSummary summary_;
  Reader reader_;
  bool stopped_ = false;
  bool went_on_ = false;  // after stopped_: a later page was written for its place
  std::array<std::byte, kShortPageHeaderSize> page_header_{};  // of the page looked at after stopped_, so far
};

}  // namespace walkit
