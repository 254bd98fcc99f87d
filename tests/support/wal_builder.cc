#include "tests/support/wal_builder.h"

#include <algorithm>

#include "walreader/bytes.h"

namespace walkit::test {
namespace {

constexpr std::uint16_t kBackupRemovable = 0x0004;  // set on nearly every page of a real server
constexpr std::size_t kAlignment = 8;

constexpr std::size_t padding_after(std::uint64_t position) { return (0 - position) % kAlignment; }

}  // namespace

void WalBuilder::add_page_header(std::uint16_t flags, std::uint32_t remaining_length, Lsn address) {
  const bool is_long = layout_.geometry.offset_in_segment(end()) == 0;
  ByteWriter header;
  header.u16(format_of(layout_.major).magic);
  header.u16(flags | kBackupRemovable | (is_long ? kLongHeader : 0));
  header.u32(layout_.timeline.value).u64(address.value).u32(remaining_length).u32(0);
  if (is_long) {
    header.u64(layout_.system_identifier);
    header.u32(layout_.geometry.segment_size_bytes).u32(layout_.geometry.block_size_bytes);
  }
  bytes_.insert(bytes_.end(), header.get().begin(), header.get().end());
}

void WalBuilder::begin_record() {
  zeros(padding_after(end().value));
  if (at_page_start()) add_page_header(0, 0, end());
}

Lsn WalBuilder::add(Bytes record) {
  begin_record();
  const Lsn lsn = end();
  seal_record(record, previous_);
  ByteSpan rest = record;
  while (!rest.empty()) {
    if (at_page_start()) add_page_header(kFirstIsContrecord, static_cast<std::uint32_t>(rest.size()), end());
    const std::size_t size = std::min(rest.size(), room_on_page());
    bytes_.insert(bytes_.end(), rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(size));
    rest = rest.subspan(size);
  }
  zeros(padding_after(end().value));
  previous_ = lsn;
  return lsn;
}

void WalBuilder::fill_page_until(std::size_t room) {
  begin_record();
  constexpr std::size_t kSmallest = kRecordHeaderSize + 8;  // a NOOP record of at least one byte, aligned
  constexpr std::size_t kLargest = 256;
  for (std::size_t left = room_on_page() - room; left > 0;) {
    // What is left after this record must be nothing, or enough for another.
    const std::size_t size = left <= kLargest ? left : std::min(kLargest, left - kSmallest);
    add(noop_record(size - kRecordHeaderSize - 2));
    left -= size;
  }
}

Lsn WalBuilder::add_switch() {
  const Lsn lsn = add(raw_record(kXlogRmgrId, kXlogSwitch, {}));
  zeros_to_segment_end();
  return lsn;
}

Lsn WalBuilder::add_torn(Bytes record) {
  begin_record();
  const Lsn lsn = end();
  seal_record(record, previous_);
  record.resize(room_on_page());
  bytes_.insert(bytes_.end(), record.begin(), record.end());
  return lsn;
}

// xlog.c, AdvanceXLInsertBuffer and CreateOverwriteContrecordRecord.
Lsn WalBuilder::overwrite_contrecord(Lsn lost) {
  add_page_header(kFirstIsOverwriteContrecord, 0, end());
  ByteWriter data;
  data.u64(lost.value).u64(0);
  return add({.rmid = kXlogRmgrId, .info = kXlogOverwriteContrecord, .main_data = data.take()});
}

void WalBuilder::zeros_to_page_end() {
  if (!at_page_start()) zeros(room_on_page());
}

void WalBuilder::zeros_to_segment_end() {
  const std::uint32_t offset = layout_.geometry.offset_in_segment(end());
  if (offset != 0) zeros(layout_.geometry.segment_size_bytes - offset);
}

void WalBuilder::add_stale_page(std::uint64_t distance) {
  add_page_header(0, 0, end() - distance);
  const Bytes record = noop_record();
  bytes_.insert(bytes_.end(), record.begin(), record.end());
  zeros_to_page_end();
}

void WalBuilder::reseal(Lsn lsn) {
  const std::span<std::byte> bytes = at(lsn);
  const auto size = load_le<std::uint32_t>(bytes.data());
  seal_record(bytes.first(size), Lsn{load_le<std::uint64_t>(bytes.data() + 8)});
}

}  // namespace walkit::test
