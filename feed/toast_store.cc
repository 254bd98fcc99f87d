#include "feed/toast_store.h"

#include <algorithm>

#include "feed/tuple.h"
#include "walreader/bytes.h"

namespace walkit {

std::optional<ToastStore::Chunk> ToastStore::read_chunk(ByteSpan tuple) {
  const auto header = read_tuple_header(tuple);
  if (!header) return {};
  Cursor in(tuple.subspan(header->data_offset));
  const Oid id = in.u32();
  const std::uint32_t number = in.u32();
  const std::size_t size = in.ok() ? varlena_size(in.rest()) : 0;
  if (size == 0) return {};
  DetoastBuffers unused;  // chunks are never compressed or elsewhere
  const auto bytes = detoast(in.rest().first(size), nullptr, unused);
  if (!bytes) return {};
  return Chunk{id, number, *bytes};
}

void ToastStore::saw_insert(const HeapChange& change) {
  const auto chunk = read_chunk(change.new_tuple.bytes);
  if (!chunk) return;
  const Value value{change.relation, chunk->id};
  const auto [found, added] = places_.try_emplace(value);
  if (added) order_.push_back(value);
  std::vector<TupleId>& places = found->second;
  if (chunk->number < places.size()) places.resize(chunk->number);  // the number is used again
  if (chunk->number == places.size()) places.push_back(change.new_place);
  if (order_.size() <= kMaxValues) return;
  places_.erase(order_.front());
  order_.pop_front();
}

void ToastStore::forget_all() {
  base_ = nullptr;
  places_.clear();
  order_.clear();
  found_places_.clear();
  found_count_ = 0;
}

void ToastStore::look_in(Oid toast_relation, const std::optional<RelFileLocator>& file, Lsn at) {
  relation_ = toast_relation;
  file_ = file;
  at_ = at;
}

// A page that is not known now may be later, and what the base directory has there may be still there then. A
// damaged page is read as an empty one.
bool ToastStore::read_page(BlockNumber block, PageBytes bytes) {
  if (pages_.copy({*file_, block}, at_, bytes)) return true;
  if (base_ == nullptr) return false;
  const auto read = base_->read(*file_, block, bytes);
  if (!read || !*read) return false;
  if (!base_->intact(bytes, block)) std::ranges::fill(bytes, std::byte{0});
  return true;
}

// The chunks that were in the file when it was first searched, by value and number.
const std::vector<ToastStore::FoundChunk>& ToastStore::found_chunks() {
  const auto [found, added] = found_places_.try_emplace(*file_);
  std::vector<FoundChunk>& chunks = found->second;
  if (!added) return chunks;
  const PageBytes bytes(page_.data(), kRelationBlockSize);
  for (BlockNumber block = 0; found_count_ < kMaxFoundChunks && read_page(block, bytes); ++block) {
    const HeapPage page(bytes);
    if (!page.is_heap()) continue;
    for (std::uint16_t item = 1; item <= page.item_count(); ++item)
      if (const auto chunk = read_chunk(page.tuple(item))) {
        chunks.push_back({chunk->id, chunk->number, {block, item}});
        ++found_count_;
      }
  }
  std::ranges::sort(chunks);
  return chunks;
}

std::expected<void, Unavailable> ToastStore::fetch(const ToastPointer& pointer,
                                                   std::vector<std::byte>& chunks) {
  if (!file_ || pointer.toast_relation != relation_) return std::unexpected(Unavailable::toast_unchanged);
  page_.resize(kRelationBlockSize);
  if (const auto found = places_.find({*file_, pointer.value_id}); found != places_.end())
    if (join(pointer, found->second, chunks)) return {};
  wanted_.clear();
  for (const FoundChunk& chunk :
       std::ranges::equal_range(found_chunks(), pointer.value_id, {}, &FoundChunk::id)) {
    if (chunk.number < wanted_.size()) continue;  // a dead one that had the same number
    wanted_.push_back(chunk.place);
  }
  if (join(pointer, wanted_, chunks)) return {};
  return std::unexpected(Unavailable::toast_unchanged);
}

// False if the chunks are not all there or not the value's.
bool ToastStore::join(const ToastPointer& pointer, std::span<const TupleId> places,
                      std::vector<std::byte>& chunks) {
  chunks.clear();
  const PageBytes bytes(page_.data(), kRelationBlockSize);
  std::optional<BlockNumber> loaded;
  std::uint32_t number = 0;
  for (const TupleId& place : places) {
    if (loaded != place.block && !pages_.copy({*file_, place.block}, at_, bytes)) return false;
    loaded = place.block;
    const HeapPage page(bytes);
    if (!page.is_heap() || place.offset > page.item_count()) return false;
    const auto chunk = read_chunk(page.tuple(place.offset));
    if (!chunk || chunk->id != pointer.value_id || chunk->number != number++) return false;
    if (chunk->bytes.size() > pointer.stored_size - chunks.size()) return false;
    chunks.insert(chunks.end(), chunk->bytes.begin(), chunk->bytes.end());
  }
  return chunks.size() == pointer.stored_size;
}

}  // namespace walkit
