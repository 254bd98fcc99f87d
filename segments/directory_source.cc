#include "segments/directory_source.h"

#include <algorithm>
#include <ranges>

#include "walreader/segment_name.h"

namespace walkit {

namespace {

SegmentOpener opener_of(SegmentDirectory directory, const DirectoryOptions& options) {
  return [directory = std::move(directory), partial = options.partial,
          window = options.window_bytes](const std::string& name) -> SegmentFile::Result {
    const auto path = directory.find(name, partial);
    if (!path) return std::unexpected(path.error());
    // What was found may have been removed or renamed since.
    if (*path) return SegmentFile::open(**path, {.window_bytes = window, .accept_pipes = false});
    return std::unexpected(FileError{.kind = FileError::Kind::not_found, .file = {}, .detail = {}});
  };
}

}  // namespace

DirectorySource::DirectorySource(SegmentDirectory directory, TimelineId timeline, Geometry geometry,
                                 const DirectoryOptions& options)
    : DirectorySource(opener_of(std::move(directory), options), timeline, geometry, options) {}

DirectorySource::DirectorySource(SegmentOpener open, TimelineId timeline, Geometry geometry,
                                 DirectoryOptions options)
    : open_file_(std::move(open)),
      geometry_(geometry),
      options_(std::move(options)),
      history_(options_.history.value_or(TimelineHistory(timeline))) {}

std::expected<std::size_t, SourceError> DirectorySource::read_at(Lsn lsn, std::span<std::byte> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const Lsn at = lsn + done;
    const std::uint64_t to_segment_end = geometry_.segment_size_bytes - geometry_.offset_in_segment(at);
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(out.size() - done, to_segment_end));
    const auto got = read_in_segment(at, out.subspan(done, piece));
    if (!got && done == 0) return got;
    if (!got) break;
    done += *got;
    if (*got < piece) break;
  }
  return done;
}

std::expected<std::size_t, SourceError> DirectorySource::read_in_segment(Lsn lsn, std::span<std::byte> out) {
  const auto segment = segment_of(lsn);
  if (!segment) return std::unexpected(segment.error());
  const std::size_t wanted =
      segment->end.valid() ? static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), segment->end - lsn))
                           : out.size();
  const auto got = segment->file->read_at(geometry_.offset_in_segment(lsn), out.first(wanted));
  if (!got)
    return std::unexpected(error_at(SourceError::Kind::read_failed, segment->timeline, lsn, got.error()));
  if (*got != 0) return *got;
  return std::unexpected(error_at(SourceError::Kind::truncated, segment->timeline, lsn,
                                  {.file = segment->file->name(), .detail = {}}));
}

/// The open segment that has the byte at `lsn`, opened if need be.
std::expected<DirectorySource::OpenSegment, SourceError> DirectorySource::segment_of(Lsn lsn) {
  const std::lock_guard lock(mutex_);
  const SegmentNo number = geometry_.segment_of(lsn);
  const auto found = std::ranges::find_if(open_, [&](const OpenSegment& segment) {
    return segment.number == number && (!segment.end.valid() || lsn < segment.end);
  });
  if (found != open_.end()) {
    open_.splice(open_.begin(), open_, found);
  } else {
    auto opened = open_segment(lsn);
    if (!opened) return opened;
    open_.push_front(*std::move(opened));
  }
  close_unused();
  return open_.front();
}

/// Newest timeline first, as XLogFileReadAnyTLI does. A file of the timeline that `lsn` belongs to, or of one
/// that began later in the same segment, has the right bytes; one of an older timeline only up to where that
/// was left.
std::expected<DirectorySource::OpenSegment, SourceError> DirectorySource::open_segment(Lsn lsn) const {
  const SegmentNo number = geometry_.segment_of(lsn);
  std::optional<SourceError> newest_error;
  Lsn end;  // where the timelines newer than the one looked at take over
  for (const TimelineSpan& span : history_.spans() | std::views::reverse) {
    if (end.valid() && lsn >= end) break;
    if (geometry_.segment_of(span.begin) <= number) {
      auto file = open_of_timeline(span.timeline, lsn);
      if (file) return OpenSegment{span.timeline, number, *std::move(file), end};
      if (!newest_error) newest_error = file.error();
      if (file.error().kind != SourceError::Kind::segment_missing) break;
    }
    if (!end.valid() || span.begin < end) end = span.begin;
  }
  // Not every LSN has been looked up: one before the beginning of a history that begins later.
  return std::unexpected(
      newest_error.value_or(error_at(SourceError::Kind::segment_missing, history_.timeline_of(lsn), lsn)));
}

std::expected<std::shared_ptr<SegmentFile>, SourceError> DirectorySource::open_of_timeline(
    TimelineId timeline, Lsn lsn) const {
  const auto failed = [&](SourceError::Kind kind, FileError file) {
    return std::unexpected(error_at(kind, timeline, lsn, std::move(file)));
  };
  auto file = open_file_(segment_name(timeline, geometry_.segment_of(lsn), geometry_.segment_size_bytes));
  if (file) return *std::move(file);
  const bool missing = file.error().kind == FileError::Kind::not_found;
  return failed(missing ? SourceError::Kind::segment_missing : SourceError::Kind::open_failed,
                std::move(file).error());
}

SourceError DirectorySource::error_at(SourceError::Kind kind, TimelineId timeline, Lsn lsn,
                                      FileError file) const {
  return {.kind = kind,
          .lsn = lsn,
          .segment = segment_name(timeline, geometry_.segment_of(lsn), geometry_.segment_size_bytes),
          .offset = geometry_.offset_in_segment(lsn),
          .file = std::move(file)};
}

/// Keeps within the limits; the file in front stays whatever it holds. Whoever still reads a closed one
/// shares it.
void DirectorySource::close_unused() {
  std::size_t files = 0;
  std::size_t bytes = 0;
  const auto excess = std::ranges::find_if(open_, [&](const OpenSegment& segment) {
    bytes += segment.file->retained_bytes();
    ++files;
    return files > 1 && (files > options_.max_open_files || bytes > options_.max_retained_bytes);
  });
  open_.erase(excess, open_.end());
}

}  // namespace walkit
