// WAL out of one file or pipe: a segment wherever it lies and whatever it is called, or several in a row.
#pragma once

#include <expected>
#include <memory>

#include "segments/page_probe.h"
#include "segments/segment_file.h"
#include "segments/wal_source.h"

namespace walkit {

/// The first page says where in the log the file begins, on which timeline, and the sizes; consecutive
/// segments may follow the first.
class FileSource final : public WalSource {
 public:
  /// `probe` is probe_file()'s of `file`, and its verdict is ProbeVerdict::wal.
  FileSource(std::shared_ptr<SegmentFile> file, const PageProbe& probe);

  /// At the end of the file: segment_missing where the next segment would begin, truncated anywhere else.
  std::expected<std::size_t, SourceError> read_at(Lsn lsn, std::span<std::byte> out) override;
  Geometry geometry() const override { return geometry_; }
  TimelineId timeline() const override { return timeline_; }
  /// The LSN of the file's first byte.
  Lsn start() const { return start_; }

 private:
  SourceError error_at(SourceError::Kind kind, Lsn lsn, FileError file) const;

  std::shared_ptr<SegmentFile> file_;
  Lsn start_;
  TimelineId timeline_;
  Geometry geometry_;
};

}  // namespace walkit
