// Records of tables made by hand (access/heapam_xlog.h), applied one after the other.
#pragma once

#include <gtest/gtest.h>

#include <deque>

#include "feed/heap_decoder.h"
#include "tests/support/memory_spill_store.h"
#include "tests/support/record_builder.h"
#include "walreader/bytes.h"

namespace walkit::test {

inline constexpr RelFileLocator kTable{1663, 5, 16384};
inline constexpr Xid kXid = 771;

/// LoggedTupleHeader of a tuple without nulls, and its data.
inline Bytes logged(std::string_view data) {
  return ByteWriter().u16(1).u16(0x0800).u8(24).zeros(1).text(data).take();
}

/// What a tuple's data is, behind its header.
inline std::string data_of(ByteSpan tuple) {
  if (tuple.size() < 24) return "";
  return {reinterpret_cast<const char*>(tuple.data()) + 24, tuple.size() - 24};
}

inline RecordParts insert_record(BlockNumber block, std::uint16_t offset, std::string_view data,
                                 std::uint8_t info = 0x00, std::uint8_t flags = 0) {
  return {.rmid = kHeapRmgrId,
          .info = info,
          .xid = kXid,
          .blocks = {{.block = block, .relation = kTable, .data = logged(data)}},
          .main_data = ByteWriter().u16(offset).u8(flags).take()};
}
/// The first row of a page.
inline RecordParts first_insert(BlockNumber block, std::string_view data) {
  RecordParts parts = insert_record(block, 1, data, kInitPage);
  parts.blocks[0].will_init = true;
  return parts;
}
inline RecordParts delete_record(BlockNumber block, std::uint16_t offset, std::uint8_t flags = 0,
                                 const Bytes& old_tuple = {}) {
  return {.rmid = kHeapRmgrId,
          .info = 0x10,
          .xid = kXid,
          .blocks = {{.block = block, .relation = kTable}},
          .main_data = ByteWriter().u32(kXid).u16(offset).u8(0x10).u8(flags).bytes(old_tuple).take()};
}
/// `data` is as UPDATE's block data: lengths taken from the old tuple, as `flags` say, stand before it.
inline RecordParts update_record(std::uint16_t old_offset, std::uint16_t new_offset, const Bytes& data,
                                 std::uint8_t flags = 0, const Bytes& old_tuple = {}) {
  return {.rmid = kHeapRmgrId,
          .info = 0x40,
          .xid = kXid,
          .blocks = {{.block = 0, .relation = kTable, .data = data}},
          .main_data = ByteWriter()
                           .u32(kXid)
                           .u16(old_offset)
                           .u8(0)
                           .u8(flags)
                           .u32(0)
                           .u16(new_offset)
                           .bytes(old_tuple)
                           .take()};
}
inline RecordParts page_record(std::uint8_t rmid, std::uint8_t info, const Bytes& main, const Bytes& data) {
  return {.rmid = rmid,
          .info = info,
          .xid = kXid,
          .blocks = {{.block = 0, .relation = kTable, .data = data}},
          .main_data = main};
}

/// A decoder over pages in memory.
class Replay {
 public:
  explicit Replay(Major major = kNewestMajor, RelationFilter* filter = nullptr)
      : decoder(pages, filter), major_(major) {}

  /// The changes of one record; valid until the next.
  std::span<const HeapChange> operator()(const RecordParts& parts) {
    return apply(record_bytes(parts, major_));
  }
  std::span<const HeapChange> apply(Bytes bytes) {
    bytes_ = std::move(bytes);
    fragment_ = bytes_;
    const Lsn start = next_;
    next_ = next_ + (bytes_.size() + 7) / 8 * 8;
    const BodyError error = record_.decode({&fragment_, 1}, start, next_, TimelineId{1}, format_of(major_));
    if (error.fault != BodyFault::none) return {};
    const auto changes = decoder.apply(record_);
    EXPECT_TRUE(changes.has_value());
    return changes ? *changes : std::span<const HeapChange>{};
  }

  /// The tuple on the page as it is tracked; empty if there is none.
  std::string row(BlockNumber block, std::uint16_t offset) {
    pages.begin_record();
    const auto page = pages.find({kTable, block}, next_);
    return page ? data_of(page->tuple(offset)) : "";
  }
  std::optional<ItemId> item(BlockNumber block, std::uint16_t offset) {
    pages.begin_record();
    const auto page = pages.find({kTable, block}, next_);
    if (!page || offset > page->item_count()) return std::nullopt;
    return page->item(offset);
  }
  /// The page as a record would carry its image.
  StoredImage image(BlockNumber block) {
    pages.begin_record();
    Bytes bytes(kRelationBlockSize);
    HeapPage copy(PageBytes(bytes.data(), kRelationBlockSize));
    copy.copy_from(*pages.find({kTable, block}, next_));
    return {.payload = bytes};
  }
  Lsn next() const { return next_; }

  MemorySpillStore store;
  PageTable pages{store, nullptr, PageTable::kMinFrames};
  HeapDecoder decoder;

 private:
  Major major_;
  Lsn next_{0x1000028};
  Bytes bytes_;
  ByteSpan fragment_;
  Record record_;
};

}  // namespace walkit::test
