// WAL out of a directory: each segment is opened by the name that its timeline and number give it.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <optional>

#include "segments/segment_directory.h"
#include "segments/segment_file.h"
#include "segments/wal_source.h"
#include "walreader/history.h"

namespace walkit {

struct DirectoryOptions {
  /// Reads each segment from the newest timeline of this history that has it, rather than from the source's
  /// own alone: PostgreSQL's recovery_target_timeline.
  std::optional<TimelineHistory> history;
  /// Takes NAME.partial where there is no NAME.
  bool partial = false;
  std::size_t max_open_files = 12;
  /// Compressed files keep decompressed bytes; beyond this sum the file used longest ago is closed.
  std::size_t max_retained_bytes = std::size_t{24} << 20;
  std::size_t window_bytes = std::size_t{16} << 20;
};

class DirectorySource final : public WalSource {
 public:
  /// `geometry` must hold valid sizes (page_probe.h). With a history, `timeline` is the one it is the history
  /// of.
  DirectorySource(SegmentDirectory directory, TimelineId timeline, Geometry geometry,
                  const DirectoryOptions& options = {});
  /// Segments that are kept elsewhere: `open` finds them by their names, partial ones if they will do.
  DirectorySource(SegmentOpener open, TimelineId timeline, Geometry geometry, DirectoryOptions options = {});

  std::expected<std::size_t, SourceError> read_at(Lsn lsn, std::span<std::byte> out) override;
  Geometry geometry() const override { return geometry_; }
  TimelineId timeline() const override { return history_.timeline(); }

 private:
  /// An open segment, and how far its bytes are the wanted ones: up to where its timeline was left.
  struct OpenSegment {
    TimelineId timeline;
    SegmentNo number;
    std::shared_ptr<SegmentFile> file;
    Lsn end;
  };

  std::expected<std::size_t, SourceError> read_in_segment(Lsn lsn, std::span<std::byte> out);
  std::expected<OpenSegment, SourceError> segment_of(Lsn lsn);
  std::expected<OpenSegment, SourceError> open_segment(Lsn lsn) const;
  std::expected<std::shared_ptr<SegmentFile>, SourceError> open_of_timeline(TimelineId timeline,
                                                                            Lsn lsn) const;
  SourceError error_at(SourceError::Kind kind, TimelineId timeline, Lsn lsn, FileError file = {}) const;
  void close_unused();

  SegmentOpener open_file_;
  Geometry geometry_;
  DirectoryOptions options_;
  TimelineHistory history_;

  std::mutex mutex_;
  std::list<OpenSegment> open_;  // the one used last in front
};

}  // namespace walkit
