// Records for the feed: along timelines, over gaps, and as WAL arrives.
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "tools/messages.h"
#include "tools/wal_input.h"

namespace walkit {

struct FeedReading {
  bool follow = false;          ///< go on as WAL arrives, until interrupted
  bool keep_going = false;      ///< go on behind gaps
  bool other_timelines = true;  ///< leave a timeline for a newer one while following
  /// How long what is missing or damaged may stay so while there is WAL behind it. Archives are not always
  /// filled in order.
  std::chrono::milliseconds patience{0};
  /// Up to where the server whose pg_wal is read has it on disk now; empty: nobody to ask. On error: one
  /// line.
  std::function<std::expected<Lsn, std::string>()> flush_position{};
};

/// What becomes of that which is read. Errors are one line, after which nothing more comes.
class RecordTaker {
 public:
  using Result = std::expected<void, std::string>;
  virtual ~RecordTaker() = default;
  /// Which timeline wrote what: told before the first record, and whenever that changes.
  virtual void along(const TimelineHistory& history) = 0;
  virtual Result record(const Record& record) = 0;
  /// Between these WAL is missing or damaged; the next record begins at `to`.
  virtual Result gap(Lsn from, Lsn to, std::string_view reason) = 0;
  /// All that there is was given; more may be long in coming.
  virtual Result caught_up() = 0;
};

struct FeedReadingEnd {
  DecodeResult result;   ///< of the last stretch; `first` is of the first
  bool skipped = false;  ///< there was a gap, which was told
};

/// Reads `input` until it ends, the user interrupts, or a gap is not to be passed. Following needs
/// input.place. Damage that is followed by sound records is never taken for the end of WAL.
std::expected<FeedReadingEnd, std::string> read_for_feed(WalInput& input, const FeedReading& how,
                                                         RecordTaker& taker, const Messages& messages);

/// What is wrong where a result says why reading stopped: for messages, and in a word or two for the stream.
std::string reading_error_text(const DecodeResult& result, const WalInput& input, Major major);
std::string_view gap_reason(const DecodeResult& result);

}  // namespace walkit
