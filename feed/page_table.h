// The pages of tables that are followed through WAL: some in memory, the rest in a SpillStore.
//
// A page is known (its bytes are what the server's are), known to be unknown (something about it was missed),
// or was never heard of. Memory: the frames, and 40 bytes for each page that is or was known.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "feed/base_pages.h"
#include "feed/file_hash.h"
#include "feed/heap_page.h"
#include "feed/spill_store.h"

namespace walkit {

class SnapshotReader;
class SnapshotWriter;

struct PageKey {
  RelFileLocator relation;
  BlockNumber block = 0;
  bool operator==(const PageKey&) const = default;
};

/// Borrows what it is given. One thread at a time.
///
/// A failure of the store or of the base pages sticks: error() says it, and from then on pages are unknown.
class PageTable {
 public:
  static constexpr std::size_t kDefaultFrames = 8192;  ///< 64 MiB
  static constexpr std::size_t kMinFrames = 64;        ///< more than one record can name

  /// Owns all of `store`. `base` may be nullptr.
  explicit PageTable(SpillStore& store, BasePages* base = nullptr, std::size_t frames = kDefaultFrames);
  PageTable(const PageTable&) = delete;
  PageTable& operator=(const PageTable&) = delete;

  /// Pages that were handed out before may be moved out of memory from now on.
  void begin_record() { ++epoch_; }

  /// A known page, to be read and changed until the next begin_record(). One that was never heard of is asked
  /// of the base pages, and believed if it was last changed before `at`.
  std::optional<HeapPage> find(const PageKey& key, Lsn at);
  /// Copies a known page as find() would give it, without moving it into memory. False if it is not known.
  bool copy(const PageKey& key, Lsn at, PageBytes out);
  /// The page becomes known; its bytes are the caller's to fill. nullopt only after an error.
  std::optional<HeapPage> create(const PageKey& key);
  /// The page's bytes are not what the server's are any more.
  void set_unknown(const PageKey& key);

  /// The relation was dropped or created: nothing is known of it.
  void drop(const RelFileLocator& relation) { truncate(relation, 0); }
  /// It lost its blocks from `blocks` on.
  void truncate(const RelFileLocator& relation, BlockNumber blocks);
  /// Everything of a database in one tablespace.
  void drop_database(Oid tablespace, Oid database);

  bool has_base() const { return base_ != nullptr; }
  /// WAL is missing: no page is known any more, and the base pages are out of date.
  void forget_all();

  /// These pages, as far as they are known, for a snapshot (feed_snapshot.h).
  void save(std::span<const PageKey> keys, SnapshotWriter& out);
  void load(SnapshotReader& in);
  /// Which pages were ever heard of: of these the base pages are out of date. Without base pages nothing.
  void save_heard_of(SnapshotWriter& out) const;
  void load_heard_of(SnapshotReader& in);

  const std::optional<std::string>& error() const { return error_; }
  std::size_t known_pages() const { return known_; }
  /// Calls visit(const PageKey&) for each known page, in any order.
  template <class Visit>
  void for_each_known(Visit&& visit) const {
    for (const Page& page : pages_)
      if (page.in_use && page.known()) visit(page.key);
  }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  /// Pages of a relation are a list, for the day it is dropped; unused entries are a list, too.
  struct Page {
    PageKey key;
    std::uint32_t frame = kNone;
    std::uint32_t slot = kNone;  ///< in the store; out of date while there is a frame
    std::uint32_t next = kNone;
    std::uint32_t previous = kNone;
    bool in_use = false;
    bool known() const { return frame != kNone || slot != kNone; }
  };

  struct Frame {
    std::uint32_t page = kNone;
    bool referenced = false;
    std::uint64_t epoch = 0;
  };

  static std::uint64_t hash(const PageKey& key);
  std::size_t bucket_of(const PageKey& key) const;
  std::uint32_t find_page(const PageKey& key) const { return buckets_[bucket_of(key)]; }
  std::uint32_t add_page(const PageKey& key);
  void remove_page(std::uint32_t page);
  void remove_bucket(std::size_t bucket);
  void grow_buckets();

  PageBytes bytes_of(std::uint32_t frame) {
    return PageBytes(memory_.get() + std::size_t{frame} * kRelationBlockSize, kRelationBlockSize);
  }
  /// A frame of the page's own, its bytes undefined. False only after an error.
  bool give_frame(std::uint32_t page);
  std::optional<std::uint32_t> frame_to_reuse();
  bool move_out(std::uint32_t frame);
  bool move_in(std::uint32_t page);
  bool load_base(std::uint32_t page, Lsn at);
  bool read_base(const PageKey& key, Lsn at, PageBytes out);
  void make_unknown(Page& page);
  void fail(std::string error);

  SpillStore& store_;
  BasePages* base_;
  std::optional<std::string> error_;
  std::uint64_t epoch_ = 1;
  std::size_t known_ = 0;

  std::unique_ptr<std::byte[]> memory_;
  std::vector<Frame> frames_;
  std::uint32_t hand_ = 0;  // of the clock that looks for a frame to reuse

  std::deque<Page> pages_;  // a deque, which grows without copying
  std::uint32_t free_page_ = kNone;
  std::vector<std::uint32_t> buckets_;  // open addressing with linear probing
  std::size_t page_count_ = 0;
  std::unordered_map<RelFileLocator, std::uint32_t, FileHash> relations_;  // to the first of its pages

  std::vector<std::uint32_t> free_slots_;
  std::uint32_t slot_count_ = 0;
};

}  // namespace walkit
