#include "segments/file_source.h"

#include "walreader/segment_name.h"

namespace walkit {

FileSource::FileSource(std::shared_ptr<SegmentFile> file, const PageProbe& probe)
    : file_(std::move(file)),
      start_(probe.page.address),
      timeline_(probe.page.timeline),
      geometry_(probe.geometry()) {}

std::expected<std::size_t, SourceError> FileSource::read_at(Lsn lsn, std::span<std::byte> out) {
  const FileError only_name{.file = file_->name(), .detail = {}};
  if (lsn < start_) return std::unexpected(error_at(SourceError::Kind::before_start, lsn, only_name));
  const auto got = file_->read_at(lsn - start_, out);
  if (!got) return std::unexpected(error_at(SourceError::Kind::read_failed, lsn, got.error()));
  if (*got != 0 || out.empty()) return *got;
  const bool at_boundary = geometry_.offset_in_segment(lsn) == 0;
  return std::unexpected(error_at(
      at_boundary ? SourceError::Kind::segment_missing : SourceError::Kind::truncated, lsn, only_name));
}

SourceError FileSource::error_at(SourceError::Kind kind, Lsn lsn, FileError file) const {
  return {.kind = kind,
          .lsn = lsn,
          .segment = segment_name(timeline_, geometry_.segment_of(lsn), geometry_.segment_size_bytes),
          .offset = geometry_.offset_in_segment(lsn),
          .file = std::move(file)};
}

}  // namespace walkit
