// Values kept out of line, found on the pages of TOAST relations that are tracked.
//
// A chunk's place is remembered when it is inserted. Values from before the start have none, nor have those
// whose pages came whole (ALTER TABLE SET TABLESPACE, CREATE DATABASE): for them the relation's pages are
// searched once. Whatever is found is checked again on the page before it is believed, so places may be out
// of date.
//
// Format: access/toast_internals.h, access/common/toast_internals.c (toast_save_datum): each chunk is a tuple
// of the value's OID, the chunk's number from 0, and its bytes.
#pragma once

#include <deque>
#include <unordered_map>
#include <unordered_set>

#include "feed/file_hash.h"
#include "feed/heap_change.h"
#include "feed/page_table.h"
#include "feed/varlena.h"

namespace walkit {

class SnapshotReader;
class SnapshotWriter;

/// Borrows the pages. One thread at a time. Memory: about 150 bytes for each of the latest kMaxValues values,
/// and 20 for each chunk found by searching, kMaxFoundChunks at most; what is beyond that is not found.
class ToastStore final : public ToastSource {
 public:
  static constexpr std::size_t kMaxValues = 200'000;
  static constexpr std::size_t kMaxFoundChunks = 1'000'000;

  /// `base` may be nullptr.
  ToastStore(PageTable& pages, BasePages* base) : pages_(pages), base_(base) {}

  /// A chunk was inserted into a TOAST relation.
  void saw_insert(const HeapChange& change);
  /// WAL is missing: places may hold other values by now, and the base pages are out of date.
  void forget_all();
  /// Where the next values are looked for: the TOAST relation, its file, and the record that asks.
  void look_in(Oid toast_relation, const std::optional<RelFileLocator>& file, Lsn at);

  /// Where the latest values lie, for a snapshot (feed_snapshot.h); not what was found in base pages.
  void save(SnapshotWriter& out) const;
  void load(SnapshotReader& in);
  /// At most `limit` pages of those values, the latest first.
  std::vector<PageKey> latest_pages(std::size_t limit) const;

  std::expected<void, Unavailable> fetch(const ToastPointer& pointer,
                                         std::vector<std::byte>& chunks) override;

 private:
  struct Value {
    RelFileLocator file;
    Oid id = 0;
    bool operator==(const Value&) const = default;

    template <class Io, class Self>
    static void transfer(Io& io, Self& self) {
      io(self.file, self.id);
    }
  };
  struct ValueHash {
    std::size_t operator()(const Value& value) const { return mix_bits(hash_key(value.file) + value.id); }
  };
  /// A chunk as it lies on a page.
  struct Chunk {
    Oid id = 0;
    std::uint32_t number = 0;
    ByteSpan bytes;
  };
  struct FoundChunk {
    Oid id = 0;
    std::uint32_t number = 0;
    TupleId place;
    auto operator<=>(const FoundChunk&) const = default;
  };

  static std::optional<Chunk> read_chunk(ByteSpan tuple);
  bool read_page(BlockNumber block, PageBytes bytes);
  const std::vector<FoundChunk>& found_chunks();
  bool join(const ToastPointer& pointer, std::span<const TupleId> places, std::vector<std::byte>& chunks);

  PageTable& pages_;
  BasePages* base_;
  std::unordered_map<Value, std::vector<TupleId>, ValueHash> places_;
  std::deque<Value> order_;  // of places_, the oldest first
  std::unordered_map<RelFileLocator, std::vector<FoundChunk>, FileHash> found_places_;
  std::size_t found_count_ = 0;

  Oid relation_ = 0;
  std::optional<RelFileLocator> file_;
  Lsn at_;
  std::vector<TupleId> wanted_;
  std::vector<std::byte> page_;
};

}  // namespace walkit
