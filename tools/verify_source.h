// The files of one run of segments as a source, whatever their names and directories.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "segments/segment_file.h"
#include "segments/wal_source.h"

namespace walkit {

/// Opens its files as they are needed. Any thread may read.
class RunSource final : public WalSource {
 public:
  /// `paths` are those of consecutive segments, from number `first` on; `open` takes one of them.
  RunSource(SegmentOpener open, std::vector<std::string> paths, SegmentNo first, TimelineId timeline,
            Geometry geometry);

  std::expected<std::size_t, SourceError> read_at(Lsn lsn, std::span<std::byte> out) override;
  Geometry geometry() const override { return geometry_; }
  TimelineId timeline() const override { return timeline_; }

  Lsn start() const { return geometry_.segment_start(first_); }
  Lsn end() const { return start() + paths_.size() * std::uint64_t{geometry_.segment_size_bytes}; }
  /// The path of the file with the byte at `lsn`; of the last one if that is at or beyond the end.
  const std::string& path_at(Lsn lsn) const;

  /// Whether the file that begins at `segment` holds a whole segment, or less, or more.
  enum class Length : std::uint8_t { unknown, shorter, exact, longer };
  std::expected<Length, SourceError> length_of(Lsn segment);

 private:
  struct OpenFile {
    std::size_t index;
    std::shared_ptr<SegmentFile> file;
  };

  std::expected<std::size_t, SourceError> read_in_file(Lsn lsn, std::span<std::byte> out);
  std::expected<std::shared_ptr<SegmentFile>, SourceError> file_at(Lsn lsn);
  std::size_t index_of(Lsn lsn) const {
    return static_cast<std::size_t>((lsn - start()) / geometry_.segment_size_bytes);
  }
  SourceError error_at(SourceError::Kind kind, Lsn lsn, FileError file) const;
  void note_end(std::size_t index, SegmentFile& file);

  SegmentOpener open_file_;
  std::vector<std::string> paths_;
  SegmentNo first_;
  TimelineId timeline_;
  Geometry geometry_;

  std::mutex mutex_;
  std::list<OpenFile> open_;     // the one used last in front
  std::vector<Length> lengths_;  // as far as reading has shown
};

}  // namespace walkit
