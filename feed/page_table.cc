#include "feed/page_table.h"

#include <algorithm>
#include <utility>

namespace walkit {
namespace {

constexpr std::size_t kFirstBuckets = 1024;  // a power of two, as are all later sizes

constexpr std::uint64_t slot_offset(std::uint32_t slot) { return std::uint64_t{slot} * kRelationBlockSize; }

}  // namespace

PageTable::PageTable(SpillStore& store, BasePages* base, std::size_t frames)
    : store_(store),
      base_(base),
      memory_(std::make_unique_for_overwrite<std::byte[]>(std::max(frames, kMinFrames) * kRelationBlockSize)),
      frames_(std::max(frames, kMinFrames)),
      buckets_(kFirstBuckets, kNone) {}

// Blocks are mostly consecutive, so the multiplication is what spreads them; the top bits are the best ones.
std::uint64_t PageTable::hash(const PageKey& key) {
  constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15;
  const auto& [tablespace, database, relation] = key.relation;
  std::uint64_t mixed = (std::uint64_t{relation} << 32 | key.block) * kMultiplier;
  mixed ^= (std::uint64_t{tablespace} << 32 | database) * kMultiplier;
  return (mixed ^ mixed >> 29) * kMultiplier >> 32;
}

// The bucket that names the page, or the free one where it would go.
std::size_t PageTable::bucket_of(const PageKey& key) const {
  const std::size_t mask = buckets_.size() - 1;
  std::size_t bucket = hash(key) & mask;
  while (buckets_[bucket] != kNone && pages_[buckets_[bucket]].key != key) bucket = (bucket + 1) & mask;
  return bucket;
}

void PageTable::grow_buckets() {
  buckets_.assign(buckets_.size() * 2, kNone);
  for (std::uint32_t page = 0; page < pages_.size(); ++page)
    if (pages_[page].in_use) buckets_[bucket_of(pages_[page].key)] = page;
}

std::uint32_t PageTable::add_page(const PageKey& key) {
  if ((page_count_ + 1) * 2 > buckets_.size()) grow_buckets();
  std::uint32_t page = free_page_;
  if (page == kNone) {
    page = static_cast<std::uint32_t>(pages_.size());
    pages_.emplace_back();
  } else {
    free_page_ = pages_[page].next;
  }
  const auto [relation, is_new] = relations_.try_emplace(key.relation, page);
  const std::uint32_t next = is_new ? kNone : std::exchange(relation->second, page);
  if (next != kNone) pages_[next].previous = page;
  pages_[page] = {.key = key, .next = next, .in_use = true};
  buckets_[bucket_of(key)] = page;
  ++page_count_;
  return page;
}

void PageTable::remove_page(std::uint32_t number) {
  Page& page = pages_[number];
  make_unknown(page);
  remove_bucket(bucket_of(page.key));
  if (page.next != kNone) pages_[page.next].previous = page.previous;
  if (page.previous != kNone)
    pages_[page.previous].next = page.next;
  else if (page.next != kNone)
    relations_[page.key.relation] = page.next;
  else
    relations_.erase(page.key.relation);
  page = {.key = {}, .next = free_page_};
  free_page_ = number;
  --page_count_;
}

// Closes the gap, so that no search ends too early: a later page moves up unless it would pass its own
// bucket.
void PageTable::remove_bucket(std::size_t gap) {
  const std::size_t mask = buckets_.size() - 1;
  for (std::size_t bucket = (gap + 1) & mask; buckets_[bucket] != kNone; bucket = (bucket + 1) & mask) {
    const std::size_t wanted = hash(pages_[buckets_[bucket]].key) & mask;
    if (((bucket - wanted) & mask) < ((bucket - gap) & mask)) continue;
    buckets_[gap] = buckets_[bucket];
    gap = bucket;
  }
  buckets_[gap] = kNone;
}

std::optional<HeapPage> PageTable::find(const PageKey& key, Lsn at) {
  std::uint32_t number = find_page(key);
  if (number == kNone) {
    if (base_ == nullptr || error_) return std::nullopt;
    number = add_page(key);
    if (!load_base(number, at)) return std::nullopt;
  }
  Page& page = pages_[number];
  if (page.frame == kNone && (page.slot == kNone || !move_in(number))) return std::nullopt;
  Frame& frame = frames_[page.frame];
  frame.referenced = true;
  frame.epoch = epoch_;
  return HeapPage(bytes_of(page.frame));
}

std::optional<HeapPage> PageTable::create(const PageKey& key) {
  std::uint32_t number = find_page(key);
  if (number == kNone) number = add_page(key);
  if (pages_[number].frame == kNone && !give_frame(number)) return std::nullopt;
  Frame& frame = frames_[pages_[number].frame];
  frame.referenced = true;
  frame.epoch = epoch_;
  return HeapPage(bytes_of(pages_[number].frame));
}

void PageTable::set_unknown(const PageKey& key) {
  std::uint32_t number = find_page(key);
  // Without base pages, never heard of says the same.
  if (number == kNone && base_ != nullptr) number = add_page(key);
  if (number != kNone) make_unknown(pages_[number]);
}

void PageTable::make_unknown(Page& page) {
  known_ -= page.known();
  if (page.frame != kNone) frames_[page.frame] = {};
  if (page.slot != kNone) {
    store_.discard(slot_offset(page.slot), kRelationBlockSize);
    free_slots_.push_back(page.slot);
  }
  page.frame = page.slot = kNone;
}

void PageTable::truncate(const RelFileLocator& relation, BlockNumber blocks) {
  const auto first = relations_.find(relation);
  if (first == relations_.end()) return;
  for (std::uint32_t page = first->second; page != kNone;) {
    const std::uint32_t next = pages_[page].next;
    if (pages_[page].key.block >= blocks) remove_page(page);
    page = next;
  }
}

void PageTable::drop_database(Oid tablespace, Oid database) {
  std::vector<RelFileLocator> dropped;
  for (const auto& [relation, first] : relations_)
    if (relation.tablespace == tablespace && relation.database == database) dropped.push_back(relation);
  for (const RelFileLocator& relation : dropped) drop(relation);
}

void PageTable::forget_all() {
  base_ = nullptr;
  while (!relations_.empty()) drop(RelFileLocator(relations_.begin()->first));
}

bool PageTable::give_frame(std::uint32_t number) {
  const auto frame = frame_to_reuse();
  if (!frame || !move_out(*frame)) return false;
  frames_[*frame] = {.page = number};
  known_ += !pages_[number].known();
  pages_[number].frame = *frame;
  return true;
}

// A clock: whoever was used since the hand last passed stays for another round.
std::optional<std::uint32_t> PageTable::frame_to_reuse() {
  for (std::size_t steps = 0; steps < 2 * frames_.size(); ++steps) {
    const std::uint32_t candidate = hand_;
    hand_ = hand_ + 1 == frames_.size() ? 0 : hand_ + 1;
    Frame& frame = frames_[candidate];
    if (frame.page == kNone) return candidate;
    if (frame.epoch == epoch_) continue;
    if (!std::exchange(frame.referenced, false)) return candidate;
  }
  fail("all frames hold pages of one record");
  return std::nullopt;
}

bool PageTable::move_out(std::uint32_t frame) {
  if (frames_[frame].page == kNone) return true;
  Page& page = pages_[frames_[frame].page];
  if (page.slot == kNone) {
    if (free_slots_.empty()) free_slots_.push_back(slot_count_++);
    page.slot = free_slots_.back();
    free_slots_.pop_back();
  }
  if (const auto written = store_.write(slot_offset(page.slot), bytes_of(frame)); !written) {
    fail(written.error());
    return false;
  }
  page.frame = kNone;
  return true;
}

bool PageTable::move_in(std::uint32_t number) {
  if (!give_frame(number)) return false;
  Page& page = pages_[number];
  if (const auto read = store_.read(slot_offset(page.slot), bytes_of(page.frame)); !read) {
    fail(read.error());
    make_unknown(page);
    return false;
  }
  return true;
}

bool PageTable::load_base(std::uint32_t number, Lsn at) {
  if (!give_frame(number)) return false;
  Page& page = pages_[number];
  if (read_base(page.key, at, bytes_of(page.frame))) return true;
  make_unknown(page);
  return false;
}

bool PageTable::read_base(const PageKey& key, Lsn at, PageBytes out) {
  const auto read = base_->read(key.relation, key.block, out);
  if (!read) fail(read.error());
  // A base backup that is taken while the server runs holds pages from after `at`, maybe torn ones. What
  // changed them since the backup's redo point first wrote an image, so they are unknown until that comes.
  const HeapPage page(out);
  return read && *read && page.is_heap() && page.lsn() <= at && base_->intact(out, key.block);
}

bool PageTable::copy(const PageKey& key, Lsn at, PageBytes out) {
  const std::uint32_t number = find_page(key);
  if (number == kNone) return base_ != nullptr && !error_ && read_base(key, at, out);
  const Page& page = pages_[number];
  if (page.frame != kNone) {
    std::ranges::copy(bytes_of(page.frame), out.begin());
    return true;
  }
  if (page.slot == kNone) return false;
  const auto read = store_.read(slot_offset(page.slot), out);
  if (!read) fail(read.error());
  return read.has_value();
}

void PageTable::fail(std::string error) {
  if (!error_) error_ = std::move(error);
}

}  // namespace walkit
