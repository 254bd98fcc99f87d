// A reader and the source that feeds it: records of a range, one after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "segments/wal_source.h"
#include "walreader/reader.h"

namespace walkit {

enum class StreamStatus : std::uint8_t {
  record,     ///< record() is the next one
  range_end,  ///< the next record does not end within the range, or is none of the unit's
  reader,     ///< the reader stopped: reader().error(), and stop_status() tells end of WAL from corruption
  source,     ///< source_error()
};

/// Reads records out of a source. Borrows the source; one thread at a time (several streams may share a
/// source).
class RecordStream {
 public:
  /// Reads no byte at or beyond `end`; zero: no limit.
  RecordStream(WalSource& source, const WalFormat& format, Lsn end);

  /// As Reader::find; also checks the first page of the segment, as xlogreader does.
  void find(Lsn start);
  /// As find(), for a unit of a range whose segment somebody else checks: only records that begin before
  /// `unit_end` are wanted, and none that reaches further than `max_overrun_bytes` beyond it.
  void find_in_unit(Lsn start, Lsn unit_end, std::uint64_t max_overrun_bytes = UINT64_MAX);
  /// As Reader::resume.
  void resume(Lsn position, Lsn previous, TimelineId timeline);

  StreamStatus next();

  const Record& record() const { return reader_.record(); }
  const Reader& reader() const { return reader_; }
  ReadStatus stop_status() const { return stop_status_; }
  const SourceError& source_error() const { return *source_error_; }

 private:
  struct PageFree {
    void operator()(std::byte* p) const;
  };

  std::optional<StreamStatus> feed();
  std::optional<StreamStatus> check_segment(Lsn start);
  bool beyond_range(Lsn at) const;
  std::size_t wanted_bytes(Lsn at) const;

  WalSource& source_;
  Geometry geometry_;
  Reader reader_;
  Lsn end_;
  Lsn unit_end_;  // zero: no unit
  std::uint64_t max_overrun_bytes_ = 0;
  std::unique_ptr<std::byte[], PageFree> buffer_;
  ReadStatus stop_status_ = ReadStatus::need_more;
  std::optional<SourceError> source_error_;
  std::optional<StreamStatus> failed_;  // what next() answers from now on
};

}  // namespace walkit
