#include "feed/catalog_loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <type_traits>

#include "feed/tuple_header.h"

namespace walkit {
namespace {

/// Until then transaction numbers mean something else: none, initdb, frozen.
constexpr Xid kFirstNormalXid = 3;

/// The OIDs of each database's catalogs, pg_class first: it says where those are that are not mapped.
constexpr Oid kCatalogOids[] = {1259, 1249, 1247, 2615, 3501, 2610, 3541};

/// Hint bits are set after the transaction's end is in pg_xact, so they never know it better: else that is
/// damaged.
bool contradicts(XidFate fate, std::uint16_t hints, std::uint16_t committed, std::uint16_t invalid) {
  const unsigned told = hints & (committed | invalid);
  return (fate == XidFate::aborted && told == committed) || (fate == XidFate::committed && told == invalid);
}
std::unexpected<std::string> contradiction_of(Xid xid) {
  return std::unexpected(fmt::format("pg_xact and the row do not agree on how transaction {} ended", xid));
}

bool is_zero(std::byte byte) { return byte == std::byte{0}; }

/// The log of the start, continued by the transactions the catalog was told of since; for nothing but
/// catalogs in which nothing is open, as those of a database that was just copied.
class ContinuedLog final : public TransactionLog {
 public:
  ContinuedLog(TransactionLog& start, const Catalog& catalog) : start_(start), catalog_(catalog) {}
  std::expected<XidFate, std::string> fate(Xid xid) override {
    auto fate = start_.fate(xid);
    if (!fate || *fate == XidFate::committed || *fate == XidFate::aborted) return fate;
    return catalog_.aborted(xid) ? XidFate::aborted : XidFate::committed;
  }
  std::expected<Xid, std::string> updater(Xid multixact) override { return start_.updater(multixact); }

 private:
  TransactionLog& start_;
  const Catalog& catalog_;
};

/// The pages that were tracked so far, as of a record: those of a database that WAL brought whole.
class TrackedPages final : public BasePages {
 public:
  TrackedPages(PageTable& table, Lsn at) : table_(table), at_(at) {}
  std::expected<bool, std::string> read(const RelFileLocator& relation, BlockNumber block,
                                        PageBytes out) override {
    const bool known = table_.copy({relation, block}, at_, out);
    if (table_.error()) return std::unexpected(*table_.error());
    return known;
  }

 private:
  PageTable& table_;
  Lsn at_;
};

}  // namespace

std::expected<Xid, std::string> SnapshotLog::updater(Xid multixact) {
  return std::unexpected(fmt::format("what became of multixact {} is not known any more", multixact));
}

std::expected<XidFate, std::string> CatalogLoader::maker_fate(Xid xid, std::uint16_t bits) {
  if (xid < kFirstNormalXid) return XidFate::committed;
  if ((bits & infomask::kXminFrozen) == infomask::kXminFrozen) {
    const auto later = log_.frozen_later(xid);
    if (!later) return std::unexpected(later.error());
    return *later ? XidFate::later : XidFate::committed;
  }
  // The hint bits are not looked at: they were set when the page was written, which may be too late.
  return log_.fate(xid);
}

std::expected<Xid, std::string> CatalogLoader::remover(Xid xmax, std::uint16_t bits) {
  if (xmax == 0 || (bits & infomask::kXmaxInvalid) != 0 || is_locked_only(bits)) return Xid{0};
  return (bits & infomask::kXmaxIsMulti) != 0 ? log_.updater(xmax) : std::expected<Xid, std::string>(xmax);
}

std::expected<CatalogLoader::Visibility, std::string> CatalogLoader::visibility(ByteSpan tuple) {
  const auto header = read_tuple_header(tuple);
  if (!header) return std::unexpected("a tuple's header is damaged");
  const auto made = maker_fate(header->xmin, header->infomask);
  if (!made) return std::unexpected(made.error());
  if (contradicts(*made, header->infomask, infomask::kXminCommitted, infomask::kXminInvalid))
    return contradiction_of(header->xmin);
  if (*made == XidFate::aborted) catalog_.note_aborted(header->xmin);
  if (*made == XidFate::aborted || *made == XidFate::later)
    return Visibility{.later = *made == XidFate::later};
  Visibility result{.visible = true};
  if (*made == XidFate::running) result.made_by = header->xmin;

  const auto xid = remover(header->xmax, header->infomask);
  if (!xid) return std::unexpected(xid.error());
  if (*xid < kFirstNormalXid) return result;
  const auto removed = log_.fate(*xid);
  if (!removed) return std::unexpected(removed.error());
  const bool single = (header->infomask & infomask::kXmaxIsMulti) == 0;
  if (single && contradicts(*removed, header->infomask, infomask::kXmaxCommitted, infomask::kXmaxInvalid))
    return contradiction_of(*xid);
  if (*removed == XidFate::aborted) catalog_.note_aborted(*xid);
  if (*removed == XidFate::committed) return Visibility{};
  if (*removed == XidFate::running) result.removed_by = *xid;
  return result;
}

template <class Row, class Store>
std::expected<void, std::string> CatalogLoader::load_page(const RelFileLocator& file, BlockNumber block,
                                                          HeapPage page, Store&& store) {
  const auto failed = [&](std::uint16_t item, std::string_view why) {
    return std::unexpected(fmt::format("could not read catalog row ({},{}) of file {}/{}/{}: {}", block, item,
                                       file.tablespace, file.database, file.relation, why));
  };
  for (std::uint16_t item = 1; item <= page.item_count(); ++item) {
    const ByteSpan tuple = page.tuple(item);
    if (tuple.empty() && page.item(item).state == ItemState::normal) return failed(item, "it is damaged");
    if (tuple.empty()) continue;
    const auto seen = visibility(tuple);
    if (!seen) return failed(item, seen.error());
    constexpr bool is_class = std::is_same_v<Row, ClassRow>;
    if (!seen->visible && !(seen->later && is_class)) continue;
    auto row = Row::read(tuple, catalog_.major());
    if (!row) return failed(item, "it is damaged");
    if (seen->visible) {
      store(std::move(*row), seen->made_by, seen->removed_by);
    } else if constexpr (is_class) {
      if (catalog_kind(row->oid) != CatalogKind::none) later_.push_back(std::move(*row));
    }
  }
  return {};
}

// Only pg_enum may have no rows. Of any other catalog, no page at all means that the file is not what it was.
template <class Row, class Store>
std::expected<void, std::string> CatalogLoader::load_rows(const RelFileLocator& file, Store&& store) {
  const auto failed = [&](std::string_view why) {
    return std::unexpected(
        fmt::format("catalog file {}/{}/{} {}", file.tablespace, file.database, file.relation, why));
  };
  const auto buffer = std::make_unique<std::array<std::byte, kRelationBlockSize>>();
  for (BlockNumber block = 0;; ++block) {
    const auto found = pages_.read(file, block, PageBytes(*buffer));
    if (!found) return std::unexpected(found.error());
    if (!*found && block == 0 && !std::is_same_v<Row, EnumRow>) return failed("is missing or empty");
    if (!*found) return {};
    const HeapPage page{PageBytes(*buffer)};
    if (std::ranges::all_of(*buffer, is_zero)) continue;  // a page that was added and never used
    if (!page.is_heap()) return failed(fmt::format("is damaged in block {}", block));
    if (!pages_.intact(page.bytes(), block))
      return failed(fmt::format("is damaged in block {}: its checksum is not right", block));
    if (auto done = load_page<Row>(file, block, page, store); !done) return done;
  }
}

std::expected<bool, std::string> CatalogLoader::has_pages(const RelFileLocator& file) {
  const auto buffer = std::make_unique<std::array<std::byte, kRelationBlockSize>>();
  return pages_.read(file, 0, PageBytes(*buffer));
}

// Where VACUUM FULL gave a catalog another file while files were copied, the old one may be gone. The new one
// has the same rows, but for those that were removed since: what they told is unknown then, and marked. Of an
// index nothing could be marked, and changes would only lack their key.
std::expected<RelFileLocator, std::string> CatalogLoader::find_catalog(const DatabaseCatalog& database,
                                                                       Oid catalog) {
  Oid filenode = database.map.filenode(catalog);
  const ClassRow* row = database.classes.newest(catalog);
  const bool known = filenode == 0 && row != nullptr;
  if (known) filenode = row->filenode;
  RelFileLocator file{database.tablespace, database.oid, filenode};
  for (const ClassRow& later : later_) {
    if (later.oid != catalog) continue;
    const auto found = known ? has_pages(file) : false;
    if (!found) return std::unexpected(found.error());
    if (*found) break;
    // Which file it had before, the map does not tell any more, nor does a row that was pruned.
    if (!known || catalog_kind(catalog) == CatalogKind::indexes)
      return std::unexpected(
          fmt::format("catalog {} (\"{}\") of database {} was changed or rewritten after the server's "
                      "checkpoint, or while the base backup was made; take another",
                      catalog, later.name, database.oid));
    file.relation = later.filenode;
  }
  return file;
}

std::expected<void, std::string> CatalogLoader::load_database_rows() {
  const RelFileLocator file{kGlobalTablespace, 0, catalog_.shared_map().filenode(kPgDatabase)};
  return load_rows<DatabaseRow>(file, [&](DatabaseRow row, Xid made_by, Xid removed_by) {
    catalog_.load_database_row(std::move(row), made_by, removed_by);
  });
}

std::expected<void, std::string> CatalogLoader::load_database(Oid oid) {
  DatabaseCatalog* database = catalog_.find_database(oid);
  if (database == nullptr) return std::unexpected(fmt::format("there is no database {}", oid));
  std::expected<void, std::string> done;
  later_.clear();
  for (const Oid catalog : kCatalogOids) {
    const auto file = find_catalog(*database, catalog);
    if (!file) return std::unexpected(file.error());
    database->with_table(catalog_kind(catalog), [&]<class Row>(CatalogTable<Row>& table) {
      done = load_rows<Row>(*file, [&](Row row, Xid made_by, Xid removed_by) {
        table.load(std::move(row), made_by, removed_by);
      });
    });
    if (!done) return done;
  }
  if (database->classes.newest(kCatalogOids[0]) == nullptr)
    return std::unexpected(
        fmt::format("the catalogs of database {} are not where its relation map says", oid));
  catalog_.loaded(*database);
  return {};
}

std::expected<void, std::string> load_made_databases(Catalog& catalog, PageTable& pages,
                                                     TransactionLog& start, std::span<const Oid> databases,
                                                     Lsn at) {
  TrackedPages tracked(pages, at);
  ContinuedLog log(start, catalog);
  for (const Oid database : databases)
    if (auto loaded = CatalogLoader(catalog, tracked, log).load_database(database); !loaded) return loaded;
  return {};
}

}  // namespace walkit
