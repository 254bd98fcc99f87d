// Catalogs read from the pages they lie on.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "feed/base_pages.h"
#include "feed/catalog.h"
#include "feed/page_table.h"

namespace walkit {

/// What had become of a transaction at the moment whose catalogs are wanted.
enum class XidFate : std::uint8_t {
  committed,
  aborted,
  running,  ///< its changes so far are on the pages, its end is still to come
  later,    ///< it began after that moment: what pages show of it is not to be counted
};

/// What had become of all transactions. Errors are one line.
class TransactionLog {
 public:
  virtual ~TransactionLog() = default;
  virtual std::expected<XidFate, std::string> fate(Xid xid) = 0;
  /// The member of a multixact that changed or deleted the row; 0 if they only locked it.
  virtual std::expected<Xid, std::string> updater(Xid multixact) = 0;
  /// Whether a row that was frozen when it was read was made by a transaction after that moment: where files
  /// are read while a server writes to them.
  virtual std::expected<bool, std::string> frozen_later(Xid) { return false; }
};

/// That of catalogs which come out of a snapshot: what had ended by then, the catalog knows itself.
class SnapshotLog : public TransactionLog {
 public:
  std::expected<XidFate, std::string> fate(Xid) override { return XidFate::running; }
  std::expected<Xid, std::string> updater(Xid multixact) override;
};

/// Fills a Catalog. Borrows all it is given. Errors are one line that names the file by its numbers.
class CatalogLoader {
 public:
  CatalogLoader(Catalog& catalog, BasePages& pages, TransactionLog& log)
      : catalog_(catalog), pages_(pages), log_(log) {}

  /// pg_database; the catalog has the shared relation map already.
  std::expected<void, std::string> load_database_rows();
  /// The catalogs of a database that was added and has its relation map.
  std::expected<void, std::string> load_database(Oid oid);

 private:
  /// A tuple's transactions as CatalogTable::load() wants them.
  struct Visibility {
    bool visible = false;
    bool later = false;
    Xid made_by = 0, removed_by = 0;
  };

  std::expected<Visibility, std::string> visibility(ByteSpan tuple);
  std::expected<XidFate, std::string> maker_fate(Xid xid, std::uint16_t bits);
  std::expected<Xid, std::string> remover(Xid xmax, std::uint16_t bits);
  template <class Row, class Store>
  std::expected<void, std::string> load_page(const RelFileLocator& file, BlockNumber block, HeapPage page,
                                             Store&& store);
  template <class Row, class Store>
  std::expected<void, std::string> load_rows(const RelFileLocator& file, Store&& store);
  std::expected<bool, std::string> has_pages(const RelFileLocator& file);
  std::expected<RelFileLocator, std::string> find_catalog(const DatabaseCatalog& database, Oid catalog);

  Catalog& catalog_;
  BasePages& pages_;
  TransactionLog& log_;
  std::vector<ClassRow>
      later_;  // rows that later transactions made of catalogs, in the order of their places
};

/// Fills databases of a catalog that is followed from the pages that WAL brought, once the transaction
/// commits that made them (CatalogCommit::databases_on_pages). `start` is the log that the catalog was filled
/// with, `at` the record of the commit.
std::expected<void, std::string> load_made_databases(Catalog& catalog, PageTable& pages,
                                                     TransactionLog& start, std::span<const Oid> databases,
                                                     Lsn at);

}  // namespace walkit
