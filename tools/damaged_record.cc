#include "tools/damaged_record.h"

#include <algorithm>

#include "walreader/bytes.h"
#include "walreader/page.h"

namespace walkit {
namespace {

/// More than a page for each of the blocks that a record can have, and their headers: longer ones, which hold
/// messages and the like, have no blocks.
constexpr std::uint32_t kMaxBytes = 1 << 20;

/// Bytes of records: those of a stretch of WAL but for the headers of its pages.
class RecordBytes {
 public:
  RecordBytes(WalSource& source, Lsn at) : source_(source), at_(at) {}

  /// Reads on until there are `size`; false: it cannot.
  bool read_to(std::size_t size) {
    const Geometry geometry = source_.geometry();
    while (bytes_.size() < size) {
      const Lsn page = geometry.page_of(at_);
      if (at_ == page)
        at_ = at_ + (geometry.segment_start(geometry.segment_of(page)) == page ? kLongPageHeaderSize
                                                                               : kShortPageHeaderSize);
      const std::size_t wanted =
          std::min<std::size_t>(size - bytes_.size(), page + geometry.block_size_bytes - at_);
      bytes_.resize(bytes_.size() + wanted);
      const auto got = source_.read_at(at_, std::span(bytes_).last(wanted));
      if (!got || *got == 0) return false;
      bytes_.resize(bytes_.size() - wanted + *got);
      at_ = at_ + *got;
    }
    return true;
  }
  ByteSpan bytes() const { return bytes_; }
  Lsn end() const { return at_; }

 private:
  WalSource& source_;
  Lsn at_;
  std::vector<std::byte> bytes_;
};

}  // namespace

std::vector<BlockRef> blocks_of_damaged_record(WalSource& source, const WalFormat& format, Lsn at) {
  RecordBytes read(source, at);
  if (!read.read_to(sizeof(std::uint32_t))) return {};
  const std::uint32_t total = Cursor(read.bytes()).u32();
  if (total < kRecordHeaderSize || total > kMaxBytes || !read.read_to(total)) return {};
  Record record;
  const ByteSpan whole = read.bytes();
  const BodyError wrong = record.decode({&whole, 1}, at, read.end(), source.timeline(), format);
  if (wrong.fault != BodyFault::none) return {};
  return {record.blocks().begin(), record.blocks().end()};
}

}  // namespace walkit
