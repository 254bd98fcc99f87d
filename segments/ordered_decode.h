// Decoding a range of WAL on several threads with the result of one.
//
// The range is cut into units of 1 MiB. Threads decode units ahead of their turn: each skips the record
// continued from before and owns those that begin in its unit. Units are accepted in order, and only if the
// record before ended where the unit's first begins and the prev-link says so; anything else (damage, the end
// of WAL, an XLOG SWITCH, a limit) is decoded again from the last position known to be good. So records,
// errors and positions are those of a single reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "segments/wal_source.h"
#include "walreader/reader.h"

namespace walkit {

/// What is made of consecutive records: text, statistics, nothing. One is filled for each unit.
class UnitOutput {
 public:
  virtual ~UnitOutput() = default;
  /// Adds a record. One thread at a time.
  virtual void add(const Record& record) = 0;
  /// Forgets all records, to be filled with others.
  virtual void clear() = 0;
  /// Bytes held; it is not filled further when this grows large.
  virtual std::size_t size_bytes() const { return 0; }
};

/// Receives the records of a range in order. With several jobs the calls come from any of their threads,
/// never two at a time; what one throws, decode_in_order() throws.
class RecordConsumer {
 public:
  virtual ~RecordConsumer() = default;

  /// The first record begins at `first`; called once, before anything else.
  virtual void begin(Lsn first) = 0;

  /// One record. False: enough, stop after it.
  virtual bool record(const Record& record) = 0;

  /// A container for a unit; called on any thread at any time.
  virtual std::unique_ptr<UnitOutput> make_output() = 0;

  /// All records of `output` at once, up to `end`. False: refuse it, its records are to come one by one.
  virtual bool take(UnitOutput& output, Lsn end) = 0;
};

struct DecodeRange {
  Lsn start;  ///< the first record wanted begins here or later
  Lsn end;    ///< no byte at or beyond it is read; zero: read on to the end
};

enum class DecodeEnd : std::uint8_t {
  range,       ///< the end of the range was reached
  consumer,    ///< the consumer wanted no more
  end_of_wal,  ///< `error` says what is there instead of a record
  corrupt,     ///< likewise
  source,      ///< `source_error` says what could not be read
};

/// How far decoding came, and why no further.
struct DecodeResult {
  DecodeEnd why = DecodeEnd::range;
  ReadError error{};
  std::optional<SourceError> source_error;
  Lsn first{};            ///< the first record; zero if none was found
  Lsn last{};             ///< the last record given to the consumer; zero if none
  Lsn position{};         ///< where the next record would begin
  TimelineId timeline{};  ///< of the page the last record ends on
};

/// Where to go on after an earlier call.
struct ResumePoint {
  Lsn position;
  Lsn previous;
  TimelineId timeline;
};

/// Decodes `range` of `source` with `jobs` threads, the calling one among them.
/// With `resume` it goes on there, and range.start is not looked at.
DecodeResult decode_in_order(WalSource& source, const WalFormat& format, const DecodeRange& range, int jobs,
                             RecordConsumer& consumer, const std::optional<ResumePoint>& resume = {});

}  // namespace walkit
