#include "fuzz/wal_input.h"

#include <algorithm>

#include "tests/support/record_builder.h"
#include "tests/support/wal_builder.h"
#include "walreader/bytes.h"
#include "walreader/page.h"

namespace walkit::fuzz {
namespace {

using test::Bytes;
using test::kMiB;
using test::store_le;

constexpr std::uint64_t kAlignment = 8;
constexpr std::uint32_t kTimeline = 1;

/// Makes WAL of almost any bytes, in place, walking it as a reader would.
class Repair {
 public:
  Repair(std::span<std::byte> bytes, const WalInput& input, bool keep_timelines)
      : bytes_(bytes), wal_(input.wal), keep_timelines_(keep_timelines) {}

  void run() {
    for (std::size_t at = 0; at + kLongPageHeaderSize <= bytes_.size(); at += block_size()) fix_page(at);
    std::size_t at = 0;
    while (at < bytes_.size()) {
      if (at % block_size() == 0) {
        if (at + kLongPageHeaderSize > bytes_.size()) return;
        const PageHeader page = parse_page_header(bytes_.subspan(at, kLongPageHeaderSize));
        at += page.size();
        if (page.continues_record()) {
          // only the first page may: later ones were cleared or belong to a record that is repaired below
          at += page.remaining_length;
        }
      }
      at = fix_record((at + kAlignment - 1) & ~(kAlignment - 1));
    }
  }

 private:
  std::size_t block_size() const { return wal_.geometry.block_size_bytes; }

  void fix_page(std::size_t at) {
    const std::span<std::byte> page = bytes_.subspan(at);
    const Lsn address = wal_.start + at;
    const bool first_of_segment = wal_.geometry.offset_in_segment(address) == 0;
    auto info = static_cast<std::uint16_t>(load_le<std::uint16_t>(page.data() + 2) & kAllPageFlags);
    if (first_of_segment) info |= kLongHeader;
    if (at > 0) info &= static_cast<std::uint16_t>(~kFirstIsContrecord);
    store_le(page, 0, wal_.format->magic);
    store_le(page, 2, info);
    if (!keep_timelines_) store_le(page, 4, kTimeline);
    store_le(page, 8, address.value);
    if (at == 0) {
      // a continuation that ends on this page
      const auto rest = load_le<std::uint32_t>(page.data() + 16);
      store_le(page, 16, static_cast<std::uint32_t>(rest % (block_size() - kLongPageHeaderSize)));
    }
    if (info & kLongHeader) {
      store_le(page, 32, wal_.geometry.segment_size_bytes);
      store_le(page, 36, wal_.geometry.block_size_bytes);
    }
  }

  /// Returns where the next record begins.
  std::size_t fix_record(std::size_t at) {
    if (at % block_size() == 0) return at;
    if (at + kAlignment > bytes_.size()) return bytes_.size();
    const auto total = load_le<std::uint32_t>(&bytes_[at]);
    if (total < kRecordHeaderSize || total > bytes_.size()) return bytes_.size();

    // The places of the record's bytes, page by page.
    Bytes record;
    std::vector<std::size_t> places;
    std::size_t from = at;
    while (record.size() < total) {
      if (from >= bytes_.size()) return bytes_.size();
      if (from % block_size() == 0) {
        if (from + kLongPageHeaderSize >= bytes_.size()) return bytes_.size();
        const std::span<std::byte> page = bytes_.subspan(from, kLongPageHeaderSize);
        const PageHeader header = parse_page_header(page);
        if (header.overwrites_contrecord()) return from;
        store_le(page, 2, static_cast<std::uint16_t>(header.info | kFirstIsContrecord));
        store_le(page, 16, static_cast<std::uint32_t>(total - record.size()));
        from += header.size();
      }
      const std::size_t room = std::min(block_size() - from % block_size(), bytes_.size() - from);
      const std::size_t size = std::min<std::size_t>(room, total - record.size());
      for (std::size_t i = 0; i < size; ++i, ++from) {
        places.push_back(from);
        record.push_back(bytes_[from]);
      }
    }
    test::seal_record(record, previous_);
    for (std::size_t i = 0; i < record.size(); ++i) bytes_[places[i]] = record[i];
    previous_ = wal_.start + at;
    const bool is_switch = record[17] == std::byte{test::kXlogRmgrId} &&
                           (record[16] & std::byte{kRmgrInfoMask}) == std::byte{test::kXlogSwitch};
    const std::uint64_t align = is_switch ? wal_.geometry.segment_size_bytes : kAlignment;
    const std::uint64_t end = ((wal_.start + from).value + align - 1) & ~(align - 1);
    return static_cast<std::size_t>(end - wal_.start.value);
  }

  std::span<std::byte> bytes_;
  const test::WalInMemory& wal_;
  bool keep_timelines_;
  Lsn previous_ = wal_.start - kAlignment;
};

}  // namespace

Lsn start_of(const WalInputHeader& header, const Geometry& geometry) {
  const Lsn second_segment{2 * std::uint64_t{geometry.segment_size_bytes}};
  if (!(header.options & kAcrossSegments)) return second_segment;
  return second_segment - (1 + header.pages_before % 4) * std::uint64_t{geometry.block_size_bytes};
}

Bytes store_wal_input(const WalInputHeader& header, ByteSpan wal) {
  test::ByteWriter out;
  out.u8(header.major_index).u8(header.block_size_log2).u8(header.options).u8(header.pages_before);
  return out.u32(header.seed).bytes(wal).take();
}

WalInput parse_wal_input(ByteSpan bytes) {
  Cursor in(bytes);
  WalInputHeader header;
  header.major_index = in.u8();
  header.block_size_log2 = in.u8();
  header.options = in.u8();
  header.pages_before = in.u8();
  header.seed = in.u32();
  WalInput input;
  input.bytes.assign(in.rest().begin(), in.rest().end());
  input.seed = header.seed;
  input.wal.geometry = {.segment_size_bytes = kMiB,
                        .block_size_bytes = std::uint32_t{1} << (10 + header.block_size_log2 % 7)};
  const int major = static_cast<int>(kOldestMajor) + header.major_index % kMajorCount;
  input.wal.format = &format_of(static_cast<Major>(major));
  input.wal.start = start_of(header, input.wal.geometry);
  input.wal.bytes = input.bytes;
  if (header.options & kRepair) Repair(input.bytes, input, header.options & kKeepTimelines).run();
  return input;
}

}  // namespace walkit::fuzz
