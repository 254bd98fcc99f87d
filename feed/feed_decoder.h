// Records in, committed changes out: where the parts of the feed meet.
//
// A record's changes are read with the catalogs of its moment and kept until its transaction commits; then
// they go to the EventSink in the order they were read. So events come in the order of commits.
#pragma once

#include "feed/catalog_loader.h"
#include "feed/feed_filter.h"
#include "feed/feed_snapshot.h"
#include "feed/heap_decoder.h"
#include "feed/relation_views.h"
#include "feed/row_reader.h"
#include "feed/toast_store.h"
#include "feed/transaction_buffer.h"
#include "walreader/history.h"
#include "walreader/rmgr/transaction.h"

namespace walkit {

/// What a FeedDecoder works with; all of it is borrowed.
struct FeedParts {
  Catalog& catalog;
  PageTable& pages;
  BasePages* base = nullptr;  ///< the same that `pages` has
  TransactionLog& log;        ///< of the moment that the catalog was filled with
  TransactionBuffer& buffer;
  TextDecoders& decoders;
  EventSink& sink;
};

/// One thread at a time. After an error nothing more may be asked of it.
class FeedDecoder final : private RelationFilter {
 public:
  FeedDecoder(const FeedParts& parts, FeedFilter filter, std::uint64_t system_identifier);

  /// Which timeline wrote what. Without it the pages say so, and those around a switch say it wrongly.
  void set_history(TimelineHistory history) { history_ = std::move(history); }

  /// The next record of the log.
  std::expected<void, std::string> apply(const Record& record);

  /// WAL is missing or damaged between these two; the next record begins at `to`. Transactions that run then
  /// are partial, pages unknown until they come whole, and all schemas unknown for good: nothing tells
  /// whether the gap held a change of one. Whoever wants rows again begins with newer catalogs.
  std::expected<void, std::string> gap(Lsn from, Lsn to, std::string_view reason);

  /// The server wrote this part of the log without images of pages.
  bool full_page_writes_off() const { return heap_.full_page_writes_off(); }

  /// Writes all that is known, between two records; the other two as SnapshotHeader has them.
  std::expected<void, std::string> save(SnapshotWriter& out, Lsn delivered, Lsn base_start);
  /// Goes on where a snapshot was taken, of which header and catalog were read; before the first record. The
  /// records to apply are those from header.redo on: up to header.position they only bring the pages back.
  std::expected<void, std::string> load(SnapshotReader& in, const SnapshotHeader& header);
  /// Whether there is something to save: records, and not only those before the snapshot that was loaded.
  bool can_save() const { return last_.lsn.valid() && !resumed_; }
  /// Behind the last record.
  Lsn position() const { return position_; }
  /// Whether the snapshot was taken with another filter. Then transactions that were running are told as
  /// partial.
  bool filter_changed() const { return filter_changed_; }

 private:
  using Result = std::expected<void, std::string>;

  bool wanted(const RelFileLocator& relation) override;

  Result follow(const Record& record);
  void begin_redo(Lsn redo, TimelineId timeline);
  Result redo(const Record& record);
  Result save_pages(SnapshotWriter& out);
  Result end_redo();
  Result follow_changes(const Record& record);
  Result follow_change(const Record& record, const HeapChange& change);
  Result table_change(const Record& record, const HeapChange& change, const RelationView& view);
  Result unknown_change(const Record& record, const HeapChange& change);
  void start_change(ChangeKind kind, const Record& record, const HeapChange& change);
  void truncated(const Record& record, const SchemaRef& schema);
  Result add(const Change& change);
  Result flush_truncations(Xid xid);
  Result follow_truncation(const Record& record);
  void follow_storage(const Record& record);
  Result follow_message(const Record& record);
  void follow_server(const Record& record);
  void purge(std::span<const Xid> xids);
  template <class Ended>
  void purge_catalog(Ended ended);
  Result follow_transaction(const Record& record);
  Result prepare(const TransactionMark& mark);
  void abort(const TransactionMark& mark);
  Result commit(const Record& record, const TransactionMark& mark);
  CommitChanges schema_changes(const Record& record, const TransactionMark& mark,
                               const CatalogCommit& commit);
  TransactionInfo describe(const Record& record) const;
  std::string database_name(Oid database) const;

  Catalog& catalog_;
  PageTable& pages_;
  TransactionLog& log_;
  TransactionBuffer& buffer_;
  EventSink& sink_;
  FeedFilter filter_;
  std::uint64_t system_identifier_;
  std::optional<TimelineHistory> history_;
  HeapDecoder heap_;
  RelationViews views_;
  ToastStore toast_;
  RowReader rows_;

  Xid xid_ = 0;    // of the record at hand
  Change change_;  // its buffers are used again

  Lsn redo_;  // of the last checkpoint: what changes a page after it brings all of it
  TimelineId redo_timeline_;
  Lsn position_;  // behind the last record
  RecordPlace last_;
  std::optional<SnapshotHeader> resumed_;  // until its position is reached
  bool filter_changed_ = false;

  // That the catalog or the file told of, not yet among their transaction's changes.
  struct Truncation {
    Change change;
    std::uint64_t place = 0;

    template <class Io, class Self>
    static void transfer(Io& io, Self& self) {
      io(self.change, self.place);
    }
  };
  std::vector<Truncation> truncations_;
};

}  // namespace walkit
