#include "segments/record_stream.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <new>

namespace walkit {
namespace {

// The kernel's copy is most of what reading costs, and is fastest in large pieces: with 256 KiB all of a
// quiet dump takes some 8% longer, with 4 MiB, which no second-level cache holds until it is decoded, 4%.
constexpr std::size_t kChunkBytes = 1024 * 1024;
// Beyond a unit's end only the rest of one record is wanted.
constexpr std::size_t kOverrunBytes = 32 * 1024;
constexpr std::size_t kPageAlignment = 4096;

}  // namespace

void RecordStream::PageFree::operator()(std::byte* p) const {
  ::operator delete[](p, std::align_val_t{kPageAlignment});
}

RecordStream::RecordStream(WalSource& source, const WalFormat& format, Lsn end)
    : source_(source),
      geometry_(source.geometry()),
      reader_(geometry_, format),
      end_(end),
      buffer_(new(std::align_val_t{kPageAlignment}) std::byte[kChunkBytes]) {}

void RecordStream::find(Lsn start) {
  reader_.find(start);
  unit_end_ = {};
  failed_ = check_segment(start);
}

void RecordStream::find_in_unit(Lsn start, Lsn unit_end, std::uint64_t max_overrun_bytes) {
  reader_.find(start);
  unit_end_ = unit_end;
  max_overrun_bytes_ = max_overrun_bytes;
  failed_.reset();
}

void RecordStream::resume(Lsn position, Lsn previous, TimelineId timeline) {
  reader_.resume(position, previous, timeline);
  unit_end_ = {};
  failed_.reset();
}

std::optional<StreamStatus> RecordStream::check_segment(Lsn start) {
  const Lsn segment = geometry_.segment_start(geometry_.segment_of(start));
  if (geometry_.page_of(start) == segment) {
    const Lsn needed = std::max(start, segment + kShortPageHeaderSize);
    return end_.valid() && needed > end_ ? std::optional(StreamStatus::range_end) : std::nullopt;
  }
  if (end_.valid() && segment + geometry_.block_size_bytes > end_) return StreamStatus::range_end;
  std::array<std::byte, kLongPageHeaderSize> header;
  const auto got = source_.read_at(segment, header);
  if (!got) {
    source_error_ = got.error();
    return StreamStatus::source;
  }
  if (reader_.check_segment(segment, std::span(header).first(*got))) return {};
  stop_status_ = reader_.next();
  return StreamStatus::reader;
}

StreamStatus RecordStream::next() {
  while (!failed_) {
    switch (reader_.next()) {
      case ReadStatus::record:
        return StreamStatus::record;
      case ReadStatus::need_more:
        failed_ = feed();
        break;
      case ReadStatus::end_of_wal:
      case ReadStatus::corrupt:
        stop_status_ = reader_.next();
        failed_ = StreamStatus::reader;
        break;
    }
  }
  return *failed_;
}

// A unit is left only to read the rest of a record that begins in it.
bool RecordStream::beyond_range(Lsn at) const {
  if (end_.valid() && at >= end_) return true;
  if (!unit_end_.valid() || at < unit_end_) return false;
  return !reader_.pending_record().valid() || at - unit_end_ >= max_overrun_bytes_;
}

// Reads end where pieces of kChunkBytes do, so that they stay aligned, and never beyond the range.
std::size_t RecordStream::wanted_bytes(Lsn at) const {
  std::uint64_t size = kChunkBytes - at.value % kChunkBytes;
  if (unit_end_.valid())
    size = at < unit_end_ ? std::min(size, unit_end_ - at) : std::min(size, std::uint64_t{kOverrunBytes});
  if (end_.valid()) size = std::min(size, end_ - at);
  return size;
}

// Gives the reader more bytes. pg_waldump reads whole pages, so a page that a file ends in counts as missing.
std::optional<StreamStatus> RecordStream::feed() {
  const Lsn at = reader_.wants();
  if (beyond_range(at)) return StreamStatus::range_end;
  const std::size_t wanted = wanted_bytes(at);
  auto got = source_.read_at(at, {buffer_.get(), wanted});
  while (got && *got < wanted) {
    const Lsn whole_pages = geometry_.page_of(at + *got);
    if (whole_pages > at) {
      *got = whole_pages - at;
      break;
    }
    const auto more = source_.read_at(at + *got, {buffer_.get() + *got, wanted - *got});
    if (more)
      *got += *more;  // the file has grown meanwhile
    else
      got = more;
  }
  if (!got) {
    source_error_ = got.error();
    return StreamStatus::source;
  }
  reader_.feed(at, {buffer_.get(), *got});
  return {};
}

}  // namespace walkit
