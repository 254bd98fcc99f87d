// Pages, and where large values lie on them, as a snapshot holds them.
#include <algorithm>
#include <array>

#include "feed/page_table.h"
#include "feed/snapshot_fields.h"
#include "feed/toast_store.h"

namespace walkit {
namespace {

/// Blocks of a relation that follow each other.
struct BlockRun {
  RelFileLocator relation;
  BlockNumber first = 0;
  std::uint32_t count = 0;

  template <class Io, class Self>
  static void transfer(Io& io, Self& self) {
    io(self.relation, self.first, self.count);
  }
};

std::vector<BlockRun> runs_of(std::vector<PageKey> pages) {
  std::ranges::sort(pages, {}, [](const PageKey& page) { return std::pair(page.relation, page.block); });
  std::vector<BlockRun> runs;
  for (const PageKey& page : pages) {
    const bool follows = !runs.empty() && runs.back().relation == page.relation &&
                         runs.back().first + runs.back().count == page.block;
    if (!follows) runs.push_back({page.relation, page.block, 0});
    ++runs.back().count;
  }
  return runs;
}

}  // namespace

// Each is preceded by whether there is one.
void PageTable::save(std::span<const PageKey> keys, SnapshotWriter& out) {
  std::array<std::byte, kRelationBlockSize> bytes;
  for (const PageKey& key : keys) {
    if (find_page(key) == kNone || !copy(key, {}, PageBytes(bytes))) continue;
    out(true, key);
    out.bytes(bytes);
  }
  out(false);
}

void PageTable::load(SnapshotReader& in) {
  std::array<std::byte, kRelationBlockSize> bytes;
  for (;;) {
    bool more = false;
    in(more);
    if (!more) return;
    PageKey key;
    in(key);
    in.bytes(bytes);
    if (!in.ok()) return;
    if (!HeapPage(bytes).is_heap()) return in.fail("contradicts itself");
    begin_record();
    const auto page = create(key);
    if (!page) return;  // error() says why
    std::ranges::copy(bytes, page->bytes().begin());
  }
}

void PageTable::save_heard_of(SnapshotWriter& out) const {
  std::vector<PageKey> heard_of;
  if (base_ != nullptr) {
    heard_of.reserve(page_count_);
    for (const Page& page : pages_)
      if (page.in_use) heard_of.push_back(page.key);
  }
  out(runs_of(std::move(heard_of)));
}

void PageTable::load_heard_of(SnapshotReader& in) {
  std::vector<BlockRun> runs;
  in(runs);
  if (base_ == nullptr) return;
  for (const BlockRun& run : runs)
    for (std::uint32_t i = 0; i < run.count; ++i)
      if (const PageKey key{run.relation, run.first + i}; find_page(key) == kNone) add_page(key);
}

std::vector<PageKey> ToastStore::latest_pages(std::size_t limit) const {
  std::vector<PageKey> pages;
  for (auto value = order_.rbegin(); value != order_.rend(); ++value)
    for (const TupleId& place : places_.at(*value)) {
      const PageKey page{value->file, place.block};
      if (!pages.empty() && pages.back() == page) continue;
      if (pages.size() == limit) return pages;
      pages.push_back(page);
    }
  return pages;
}

void ToastStore::save(SnapshotWriter& out) const {
  out(std::uint64_t{order_.size()});
  for (const Value& value : order_) out(value, places_.at(value));
}

void ToastStore::load(SnapshotReader& in) {
  std::uint64_t count = 0;
  for (in(count); count > 0 && in.ok(); --count) {
    Value value;
    std::vector<TupleId> places;
    in(value, places);
    if (places_.try_emplace(value, std::move(places)).second) order_.push_back(value);
  }
}

}  // namespace walkit
