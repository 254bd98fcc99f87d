// The catalogs kept up with WAL without any rows of tables: for whoever wants names, and what was dropped or
// truncated, rather than changes.
#pragma once

#include <expected>
#include <string>

#include "feed/catalog.h"
#include "feed/catalog_loader.h"
#include "feed/catalog_names.h"
#include "feed/feed_filter.h"
#include "feed/heap_decoder.h"
#include "feed/relation_views.h"
#include "feed/transaction_summary.h"

namespace walkit {

/// Borrows all it is given. One thread at a time. After an error nothing more may be asked of it.
class CatalogFollower final : public FileNames, private RelationFilter {
 public:
  /// `log`: of the moment that the catalog was filled with.
  CatalogFollower(Catalog& catalog, PageTable& pages, TransactionLog& log)
      : catalog_(catalog), pages_(pages), log_(log) {
    remember_databases();
    const std::vector<Xid> running = catalog.open_transactions();
    prepared_.insert(running.begin(), running.end());
  }

  /// The next record; `committed` is the transaction that it commits, to be told what was dropped and
  /// truncated, or nullptr. Ask for names of the files of a record before it is applied.
  std::expected<void, std::string> apply(const Record& record, TransactionSummary* committed);

  /// To be told of names before they are gone; nullptr: nobody.
  void keep_former_names(FormerNames* former) { former_ = former; }

  NamedFile name(const RelFileLocator& file, Xid asking) override;
  /// Of one that was dropped, too; empty if unknown.
  std::string database_name(Oid database) const;

 private:
  struct Truncation {
    Xid xid = 0;
    SchemaRef schema;
  };

  bool wanted(const RelFileLocator& relation) override { return catalog_.wants_pages(relation); }
  void follow_changes(std::span<const HeapChange> changes);
  std::expected<void, std::string> follow_end(const Record& record, TransactionSummary* committed);
  void follow_server(const Record& record);
  void abort(std::span<const Xid> xids);
  void tell(TransactionSummary& committed, std::span<const Xid> family, const CatalogCommit& commit);
  void forget_truncations(std::span<const Xid> family);
  void remember_databases();

  Catalog& catalog_;
  PageTable& pages_;
  TransactionLog& log_;
  HeapDecoder heap_{pages_, this};
  FeedFilter everything_;
  RelationViews views_{catalog_, everything_};
  std::unordered_map<Oid, std::string> database_names_;
  std::uint64_t generation_ = 0;         // of the catalog, when they were taken
  std::vector<Truncation> truncations_;  // of transactions that have not ended
  std::unordered_set<Xid> prepared_;     // or may be, since they ran at the start
  FormerNames* former_ = nullptr;
};

}  // namespace walkit
