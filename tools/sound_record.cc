#include "tools/sound_record.h"

#include "segments/record_stream.h"
#include "tools/interrupt.h"

namespace walkit {
namespace {

// So many segments in a row that cannot be read are taken for the end.
constexpr int kMaxUnreadableSegments = 1 << 16;

}  // namespace

// It is read once more from there, not found: the segment's first page may be what is damaged.
std::optional<ResumePoint> next_sound_record(WalSource& source, const WalFormat& format, Lsn failed,
                                             Lsn end) {
  const Geometry geometry = source.geometry();
  RecordStream stream(source, format, end);
  Lsn page = geometry.page_of(failed) + geometry.block_size_bytes;
  for (int unreadable = 0; unreadable < kMaxUnreadableSegments && !interrupted();) {
    if (end.valid() && page >= end) break;
    const Lsn next_page = page + geometry.block_size_bytes;
    stream.find_in_unit(page, next_page);
    const StreamStatus status = stream.next();
    if (status == StreamStatus::record) {
      const Record& record = stream.record();
      return ResumePoint{record.lsn(), record.prev(), record.timeline()};
    }
    const bool failed_to_read = status == StreamStatus::source;
    unreadable = failed_to_read ? unreadable + 1 : 0;
    page =
        failed_to_read ? geometry.segment_start(SegmentNo{geometry.segment_of(page).value + 1}) : next_page;
  }
  return {};
}

}  // namespace walkit
