#include "bench/workload.h"

#include "walreader/reader.h"

namespace walkit::bench {
namespace {

using test::Bytes;
using test::ByteWriter;

constexpr std::uint8_t kTransactionRmgr = 1;
constexpr std::uint8_t kHeapRmgr = 10;
constexpr std::uint8_t kInsert = 0x00;
constexpr std::uint8_t kHotUpdate = 0x40;

// access/heapam_xlog.h: xl_heap_update, xl_heap_insert; access/xact.h: xl_xact_commit.
Bytes hot_update(Xid xid) { return ByteWriter().u32(xid).u16(61).u8(0x20).u8(0x10).u32(0).u16(93).take(); }
Bytes insert() { return ByteWriter().u16(118).u8(0).take(); }
Bytes commit(std::uint64_t microseconds) { return ByteWriter().u64(microseconds).take(); }

test::StoredImage image() {
  constexpr std::uint16_t kHole = 600;
  return {.payload = Bytes(kRelationBlockSize - kHole, std::byte{0x42}),
          .hole_offset = 400,
          .hole_length = kHole,
          .has_hole = true};
}

}  // namespace

Workload::Workload(int transactions, int images_of_100) : images_of_100_(images_of_100) {
  for (int i = 0; i < transactions; ++i, ++xid_) {
    add_change(kHotUpdate, 16'396, hot_update(xid_), 98);  // pgbench_accounts
    add_change(kHotUpdate, 16'390, hot_update(xid_), 42);  // pgbench_tellers
    add_change(kHotUpdate, 16'393, hot_update(xid_), 42);  // pgbench_branches
    add_change(kInsert, 16'387, insert(), 45);             // pgbench_history
    add_commit();
  }
}

std::vector<Place> Workload::whole_records() const {
  const Geometry& geometry = wal_.layout().geometry;
  Reader reader(geometry, format_of(wal_.layout().major));
  reader.find(wal_.start());
  reader.feed(wal_.start(), wal_.bytes());
  std::vector<Place> places;
  while (reader.next() == ReadStatus::record) {
    const Record& record = reader.record();
    if (geometry.offset_in_page(record.lsn()) + record.total_length() > geometry.block_size_bytes) continue;
    const auto offset = static_cast<std::size_t>(record.lsn() - wal_.start());
    places.push_back({.bytes = ByteSpan(wal_.bytes()).subspan(offset, record.total_length()),
                      .lsn = record.lsn(),
                      .end = record.end()});
  }
  return places;
}

void Workload::add_change(std::uint8_t info, std::uint32_t relation, Bytes main_data,
                          std::size_t block_data) {
  // Multiplying by a number without a common divisor visits blocks and images in a scattered, fixed order.
  const auto scattered = static_cast<std::uint32_t>(records_ * 7919);
  test::Block block{.block = scattered % 32'789, .relation = RelFileLocator{1663, 16'384, relation}};
  if (static_cast<int>(scattered % 100) < images_of_100_)
    block.image = image();
  else
    block.data = Bytes(block_data, std::byte{0x17});
  wal_.add({.rmid = kHeapRmgr,
            .info = info,
            .xid = xid_,
            .blocks = {std::move(block)},
            .main_data = std::move(main_data)});
  ++records_;
}

void Workload::add_commit() {
  constexpr std::uint64_t kSummer2026 = 838'857'600'000'000;
  constexpr std::uint64_t kMicrosecondsBetween = 412;
  wal_.add({.rmid = kTransactionRmgr,
            .xid = xid_,
            .main_data = commit(kSummer2026 + records_ * kMicrosecondsBetween)});
  ++records_;
}

}  // namespace walkit::bench
