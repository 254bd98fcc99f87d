// The records that change rows, in the order of their operations: heap_xlog_insert and so on of
// heapam_xlog.c.
#include <algorithm>

#include "feed/heap_decoder.h"
#include "feed/heap_redo.h"
#include "feed/logged_tuple.h"

namespace walkit {
namespace {

/// xl_multi_insert_tuple: the size of what follows, then a header as of any logged tuple.
struct MultiInsertTuple {
  LoggedTupleHeader header;
  ByteSpan body;
};
constexpr std::size_t kMultiInsertTupleSize = 7;

/// Tuples begin at even positions.
MultiInsertTuple read_multi_insert_tuple(Cursor& in, std::size_t all_bytes) {
  if ((all_bytes - in.remaining()) % 2 != 0) in.skip(1);
  const std::size_t size = in.u16();
  const LoggedTupleHeader header = read_tuple_header(in);
  return {header, in.bytes(size)};
}

/// What deleting does to a tuple; false if there is none.
bool redo_remove(HeapPage page, const XmaxRecord& remove, TupleId place) {
  const std::span<std::byte> tuple = page.tuple(place.offset);
  if (tuple.empty()) return false;
  TupleHeader header(tuple.data());
  const bool cancels = remove.flags & delete_flag::kCancelsSpeculative;
  set_tuple_xmax(header, cancels ? header.xmax() : remove.xmax, remove.infobits);
  if (cancels) header.set_xmin(0);
  header.set_infomask2(header.infomask2() & ~infomask2::kHotUpdated);
  header.clear_command_id();
  header.set_ctid(remove.flags & delete_flag::kPartitionMove ? kMovedPartitions : place);
  return true;
}

/// What updating does to the old version; false if there is none.
bool redo_superseded(const Record& record, HeapPage page, const UpdateRecord& update, TupleId new_place) {
  constexpr std::uint8_t kHotUpdate = 0x40;
  const std::span<std::byte> tuple = page.tuple(update.old_offset);
  if (tuple.empty()) return false;
  TupleHeader header(tuple.data());
  set_tuple_xmax(header, update.old_xmax, update.old_infobits);
  const bool hot = (record.info() & kHeapOperationMask) == kHotUpdate;
  const int bits = header.infomask2() & ~infomask2::kHotUpdated;
  header.set_infomask2(hot ? bits | infomask2::kHotUpdated : bits);
  header.clear_command_id();
  header.set_ctid(new_place);
  return true;
}

}  // namespace

void HeapDecoder::insert(const Record& record) {
  const BlockRef* block = heap_block(record, 0);
  if (block == nullptr) return;
  Target page = new_target(record, *block);
  const auto insert = read_insert(record);
  if (!insert) return finish(record, page, false);
  const TupleId place{block->block, insert->offset};
  ByteSpan tuple = append_tuple(new_tuples_, record.block_data(*block), {record.xid(), 0, place});
  if (page.pending) finish(record, page, page.page->add(place.offset, tuple));
  if (tuple.empty()) tuple = page.tuple(place.offset);
  HeapChange& change = add_change(record, HeapOperation::insert, block->relation);
  change.new_place = place;
  change.new_tuple = image(tuple);
  change.speculative = insert->flags & insert_flag::kSpeculative;
}

void HeapDecoder::multi_insert(const Record& record) {
  const BlockRef* block = heap_block(record, 0);
  if (block == nullptr) return;
  Target page = new_target(record, *block);
  const auto insert = read_multi_insert(record);
  if (!insert) return finish(record, page, false);
  const ByteSpan data = record.block_data(*block);
  // So much that nothing moves while changes point to it, whatever number of tuples the record claims.
  new_tuples_.reserve(data.size() + data.size() / kMultiInsertTupleSize * kTupleHeaderSize);
  Cursor in(data), offsets = insert->offsets;
  bool fits = page.pending;
  for (std::uint16_t i = 0; i < insert->tuples; ++i) {
    const bool numbered = !(record.info() & kInitPage);
    const TupleId place{block->block, numbered ? offsets.u16() : static_cast<std::uint16_t>(i + 1)};
    ByteSpan tuple;
    if (!data.empty()) {
      const MultiInsertTuple logged = read_multi_insert_tuple(in, data.size());
      if (!in.ok()) break;
      tuple = append_tuple(new_tuples_, logged.header, logged.body, {record.xid(), 0, place});
    }
    if (page.pending)
      fits = fits && page.page->add(place.offset, tuple);
    else if (tuple.empty())
      tuple = page.tuple(place.offset);
    HeapChange& change = add_change(record, HeapOperation::insert, block->relation);
    change.new_place = place;
    change.new_tuple = image(tuple);
  }
  finish(record, page, fits && in.ok());
}

// A tuple that the record holds whole has no values that lie elsewhere, so it is better than the page's.
TupleImage HeapDecoder::old_image(ByteSpan on_page, ByteSpan logged, bool logged_whole) {
  if (!logged.empty() && (logged_whole || on_page.empty())) {
    old_tuple_.clear();
    const ByteSpan tuple = append_tuple(old_tuple_, logged, {});
    if (!tuple.empty()) return {.bytes = tuple, .key_only = !logged_whole};
  }
  return image(on_page);
}

void HeapDecoder::remove(const Record& record) {
  const BlockRef* block = heap_block(record, 0);
  if (block == nullptr) return;
  Target page = target(record, *block);
  const auto remove = read_xmax(record);
  if (!remove) return finish(record, page, false);
  const TupleId place{block->block, remove->offset};
  const bool cancels = remove->flags & delete_flag::kCancelsSpeculative;
  if (page.pending) finish(record, page, redo_remove(*page.page, *remove, place));
  HeapChange& change = add_change(record, cancels ? HeapOperation::cancel_speculative : HeapOperation::remove,
                                  block->relation);
  change.old_place = place;
  change.partition_move = remove->flags & delete_flag::kPartitionMove;
  const bool logged = remove->flags & (delete_flag::kHasOldTuple | delete_flag::kHasOldKey);
  change.old_tuple = old_image(page.tuple(place.offset), logged ? remove->old_tuple : ByteSpan{},
                               remove->flags & delete_flag::kHasOldTuple);
}

void HeapDecoder::update(const Record& record) {
  const BlockRef* new_block = heap_block(record, 0);
  const BlockRef* other = heap_block(record, 1);
  if (new_block == nullptr) return;
  const bool two_pages = other != nullptr && other->block != new_block->block;
  const BlockRef& old_block = two_pages ? *other : *new_block;
  Target old_page = target(record, old_block);
  Target second = two_pages ? new_target(record, *new_block) : Target{};
  Target& new_page = two_pages ? second : old_page;
  const auto update = read_update(record);
  if (!update) {
    finish(record, old_page, false);
    return finish(record, second, false);
  }
  const TupleId old_place{old_block.block, update->old_offset};
  const TupleId new_place{new_block->block, update->new_offset};
  ByteSpan tuple =
      append_updated_tuple(new_tuples_, record.block_data(*new_block), update->flags,
                           old_page.tuple(old_place.offset), {record.xid(), update->new_xmax, new_place});
  bool old_done = false;
  if (old_page.pending) old_done = redo_superseded(record, *old_page.page, *update, new_place);
  const bool new_done = new_page.pending && new_page.page->add(new_place.offset, tuple);
  finish(record, old_page, old_done && (two_pages || new_done));
  finish(record, second, new_done);
  if (tuple.empty()) tuple = new_page.tuple(new_place.offset);

  HeapChange& change = add_change(record, HeapOperation::update, new_block->relation);
  change.old_place = old_place;
  change.new_place = new_place;
  const bool logged = update->flags & (update_flag::kHasOldTuple | update_flag::kHasOldKey);
  change.old_tuple = old_image(old_page.tuple(old_place.offset), logged ? update->old_tuple : ByteSpan{},
                               update->flags & update_flag::kHasOldTuple);
  change.new_tuple = image(tuple);
}

void HeapDecoder::confirm(const Record& record) {
  const BlockRef* block = heap_block(record, 0);
  if (block == nullptr) return;
  Target page = target(record, *block);
  const auto offset = read_offset(record);
  if (!offset) return finish(record, page, false);
  const TupleId place{block->block, *offset};
  if (page.pending) {
    const std::span<std::byte> tuple = page.page->tuple(place.offset);
    if (!tuple.empty()) TupleHeader(tuple.data()).set_ctid(place);
    finish(record, page, !tuple.empty());
  }
  add_change(record, HeapOperation::confirm_speculative, block->relation).old_place = place;
}

// The image of a page shows the new values only, so there the old ones are known from the page as it was.
void HeapDecoder::change_in_place(const Record& record) {
  const BlockRef* block = heap_block(record, 0);
  if (block == nullptr) return;
  const auto offset = read_offset(record);
  old_tuple_.clear();
  if (const auto before = pages_.find({block->relation, block->block}, record.lsn()); before && offset) {
    const std::span<std::byte> tuple = before->tuple(*offset);
    old_tuple_.assign(tuple.begin(), tuple.end());
  }
  Target page = target(record, *block);
  if (!offset) return finish(record, page, false);
  if (page.pending) {
    const ByteSpan data = record.block_data(*block);
    const std::span<std::byte> tuple = page.page->tuple(*offset);
    const bool fits = !tuple.empty() && tuple.size() - data_offset(tuple) == data.size();
    if (fits) std::ranges::copy(data, tuple.last(data.size()).begin());
    finish(record, page, fits);
  }
  HeapChange& change = add_change(record, HeapOperation::change_in_place, block->relation);
  change.old_place = {block->block, *offset};
  change.old_tuple = image(old_tuple_);
  change.new_tuple = image(page.tuple(*offset));
}

}  // namespace walkit
