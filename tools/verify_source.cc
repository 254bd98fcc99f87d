#include "tools/verify_source.h"

#include <algorithm>
#include <array>

#include "walreader/segment_name.h"

namespace walkit {
namespace {

constexpr std::size_t kMaxOpenFiles = 12;
// Compressed files keep decompressed bytes; beyond this sum the file used longest ago is closed.
constexpr std::size_t kMaxRetainedBytes = std::size_t{24} << 20;

}  // namespace

RunSource::RunSource(SegmentOpener open, std::vector<std::string> paths, SegmentNo first, TimelineId timeline,
                     Geometry geometry)
    : open_file_(std::move(open)),
      paths_(std::move(paths)),
      first_(first),
      timeline_(timeline),
      geometry_(geometry),
      lengths_(paths_.size(), Length::unknown) {}

const std::string& RunSource::path_at(Lsn lsn) const {
  return lsn < end() ? paths_[index_of(lsn)] : paths_.back();
}

std::expected<std::size_t, SourceError> RunSource::read_at(Lsn lsn, std::span<std::byte> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const Lsn at = lsn + done;
    const std::uint64_t to_file_end = geometry_.segment_size_bytes - geometry_.offset_in_segment(at);
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(out.size() - done, to_file_end));
    const auto got = read_in_file(at, out.subspan(done, piece));
    if (!got && done == 0) return got;
    if (!got) break;
    done += *got;
    if (*got < piece) break;
  }
  return done;
}

std::expected<std::size_t, SourceError> RunSource::read_in_file(Lsn lsn, std::span<std::byte> out) {
  const auto file = file_at(lsn);
  if (!file) return std::unexpected(file.error());
  const auto got = (*file)->read_at(geometry_.offset_in_segment(lsn), out);
  if (!got) return std::unexpected(error_at(SourceError::Kind::read_failed, lsn, got.error()));
  if (*got == 0)
    return std::unexpected(
        error_at(SourceError::Kind::truncated, lsn, {.file = (*file)->name(), .detail = {}}));
  if (geometry_.offset_in_segment(lsn + *got) == 0) note_end(index_of(lsn), **file);
  return *got;
}

std::expected<std::shared_ptr<SegmentFile>, SourceError> RunSource::file_at(Lsn lsn) {
  if (lsn < start() || lsn >= end())
    return std::unexpected(error_at(SourceError::Kind::segment_missing, lsn, {.file = {}, .detail = {}}));
  const std::size_t index = index_of(lsn);
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(open_, index, &OpenFile::index);
  if (found != open_.end()) {
    open_.splice(open_.begin(), open_, found);
    return open_.front().file;
  }
  auto file = open_file_(paths_[index]);
  if (!file) return std::unexpected(error_at(SourceError::Kind::open_failed, lsn, file.error()));
  open_.push_front({index, *std::move(file)});
  std::size_t files = 0;
  std::size_t bytes = 0;
  const auto excess = std::ranges::find_if(open_, [&](const OpenFile& open) {
    bytes += open.file->retained_bytes();
    return ++files > 1 && (files > kMaxOpenFiles || bytes > kMaxRetainedBytes);
  });
  open_.erase(excess, open_.end());
  return open_.front().file;
}

// The last byte of a segment has been read: is there one after it?
void RunSource::note_end(std::size_t index, SegmentFile& file) {
  {
    const std::lock_guard lock(mutex_);
    if (lengths_[index] != Length::unknown) return;
    lengths_[index] = Length::exact;
  }
  std::array<std::byte, 1> byte;
  const auto got = file.read_at(geometry_.segment_size_bytes, byte);
  if (!got || *got == 0) return;
  const std::lock_guard lock(mutex_);
  lengths_[index] = Length::longer;
}

std::expected<RunSource::Length, SourceError> RunSource::length_of(Lsn segment) {
  const std::size_t index = index_of(segment);
  {
    const std::lock_guard lock(mutex_);
    if (lengths_[index] != Length::unknown) return lengths_[index];
  }
  std::array<std::byte, 1> byte;
  const auto got = read_at(segment + (geometry_.segment_size_bytes - 1), byte);
  if (!got && got.error().kind == SourceError::Kind::truncated) return Length::shorter;
  if (!got) return std::unexpected(got.error());
  const std::lock_guard lock(mutex_);
  return lengths_[index];
}

SourceError RunSource::error_at(SourceError::Kind kind, Lsn lsn, FileError file) const {
  return {.kind = kind,
          .lsn = lsn,
          .segment = segment_name(timeline_, geometry_.segment_of(lsn), geometry_.segment_size_bytes),
          .offset = geometry_.offset_in_segment(lsn),
          .file = std::move(file)};
}

}  // namespace walkit
