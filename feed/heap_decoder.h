// From records to changes of tuples: redo of tables onto the pages that are tracked.
//
// At wal_level=replica a record names tuples that it does not hold: old ones by their place, new ones as what
// differs from the old one, and where it carries a page's image, not at all. So the pages are followed as
// recovery would restore them (heapam_xlog.c, heap_redo and heap2_redo), and tuples are taken from there.
// After a checkpoint the first change to any page brings its image, and an image still holds the deleted
// tuples, so from the first redo point on every old tuple is known.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <vector>

#include "feed/heap_change.h"
#include "feed/heap_records.h"
#include "feed/page_table.h"

namespace walkit {

/// Which relations to follow. Asked for each page that a record changes, so it must be fast.
class RelationFilter {
 public:
  virtual ~RelationFilter() = default;
  virtual bool wanted(const RelFileLocator& relation) = 0;
};

/// Applies records in the order of WAL; where WAL is missing, call PageTable::forget_all() before the next.
/// Borrows the table, whose pages nobody else may change, and the filter (nullptr: everything is wanted). One
/// thread at a time.
///
/// full_page_writes=off does not make a known page unknown, as WAL still holds each change to it; pages that
/// are not known stay so, and TupleGap says why (a server that was started so mentions it in WAL at its next
/// checkpoint only).
class HeapDecoder {
 public:
  explicit HeapDecoder(PageTable& pages, RelationFilter* filter = nullptr) : pages_(pages), filter_(filter) {}
  HeapDecoder(const HeapDecoder&) = delete;
  HeapDecoder& operator=(const HeapDecoder&) = delete;

  /// What the record does to tuples, in its order; most records do nothing to any. The result and the tuples
  /// are valid until the next call, and the record must live as long.
  ///
  /// The header of an old tuple is as the change leaves it: t_xmax, t_ctid and the bits about these name the
  /// new version, t_xmin and all behind the header are as before. From a record at wal_level=logical the old
  /// tuple has no more of a header than its bits and t_hoff; a whole one (REPLICA IDENTITY FULL) is preferred
  /// to the page's, since no value in it is stored elsewhere.
  ///
  /// Only failing to store or load pages is an error, in one line. A record or a page that contradicts itself
  /// makes the page unknown.
  std::expected<std::span<const HeapChange>, std::string> apply(const Record& record);

  /// Unknown pages do not come whole at their next change.
  bool full_page_writes_off() const { return gap_ == TupleGap::full_page_writes_off; }

 private:
  /// A page that a record changes: unknown, or as it was before (then the change is `pending`), or as an
  /// image in the record shows it.
  struct Target {
    PageKey key;
    std::optional<HeapPage> page;
    bool pending = false;

    Target() = default;
    explicit Target(const BlockRef& block) : key{block.relation, block.block} {}
    ByteSpan tuple(std::uint16_t offset) const { return page ? ByteSpan(page->tuple(offset)) : ByteSpan{}; }
  };
  /// What is known about one operation: how to make its changes, or only how to redo it on its page.
  struct Operation {
    void (HeapDecoder::*changes)(const Record&) = nullptr;
    bool (*redo)(const Record&, HeapPage) = nullptr;
  };
  struct Operations;

  void run(const Operation& operation, const Record& record);
  bool wanted(const RelFileLocator& relation) { return filter_ == nullptr || filter_->wanted(relation); }
  const BlockRef* heap_block(const Record& record, int id);
  Target target(const Record& record, const BlockRef& block);
  Target new_target(const Record& record, const BlockRef& block);
  Target image_of(const Record& record, const BlockRef& block);
  void finish(const Record& record, Target& target, bool done);
  HeapChange& add_change(const Record& record, HeapOperation operation, const RelFileLocator& relation);
  TupleImage image(ByteSpan tuple) const;
  TupleImage old_image(ByteSpan on_page, ByteSpan logged, bool logged_whole);

  void insert(const Record& record);
  void multi_insert(const Record& record);
  void remove(const Record& record);
  void update(const Record& record);
  void confirm(const Record& record);
  void change_in_place(const Record& record);
  void take_images(const Record& record);

  void follow_log(const Record& record);
  void follow_storage(const Record& record);
  void follow_transaction(const Record& record);
  void follow_databases(const Record& record);

  PageTable& pages_;
  RelationFilter* filter_;
  TupleGap gap_ = TupleGap::base_page_unknown;
  std::vector<HeapChange> changes_;
  // Tuples that changes_ point to.
  std::vector<std::byte> new_tuples_;
  std::vector<std::byte> old_tuple_;
};

}  // namespace walkit
