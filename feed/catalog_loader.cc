#include "feed/catalog_loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <type_traits>

#include "feed/tuple.h"

namespace walkit {
namespace {

// Bits of t_infomask (access/htup_details.h).
constexpr std::uint16_t kExclusiveLock = 0x0040;
constexpr std::uint16_t kLockOnly = 0x0080;
constexpr std::uint16_t kMakerCommitted = 0x0100;
constexpr std::uint16_t kMakerInvalid = 0x0200;
constexpr std::uint16_t kMakerFrozen = kMakerCommitted | kMakerInvalid;
constexpr std::uint16_t kRemoverInvalid = 0x0800;
constexpr std::uint16_t kRemoverIsMulti = 0x1000;
constexpr std::uint16_t kLocks = 0x0010 | kExclusiveLock;

/// Until then transaction numbers mean something else: none, initdb, frozen.
constexpr Xid kFirstNormalXid = 3;

/// The OIDs of each database's catalogs, pg_class first: it says where those are that are not mapped.
constexpr Oid kCatalogOids[] = {1259, 1249, 1247, 2615, 3501, 2610, 3541};

/// HEAP_XMAX_IS_LOCKED_ONLY.
bool only_locked(std::uint16_t infomask) {
  return (infomask & kLockOnly) != 0 || (infomask & (kRemoverIsMulti | kLocks)) == kExclusiveLock;
}

bool is_zero(std::byte byte) { return byte == std::byte{0}; }

}  // namespace

std::expected<XidFate, std::string> ContinuedLog::fate(Xid xid) {
  auto fate = start_.fate(xid);
  if (!fate || *fate == XidFate::committed || *fate == XidFate::aborted) return fate;
  return catalog_.aborted(xid) ? XidFate::aborted : XidFate::committed;
}

std::expected<bool, std::string> TrackedPages::read(const RelFileLocator& relation, BlockNumber block,
                                                    PageBytes out) {
  table_.begin_record();
  const auto page = table_.find({relation, block}, at_);
  if (table_.error()) return std::unexpected(*table_.error());
  if (page) std::ranges::copy(page->bytes(), out.begin());
  return page.has_value();
}

std::expected<XidFate, std::string> CatalogLoader::maker_fate(Xid xid, std::uint16_t infomask) {
  if (xid < kFirstNormalXid) return XidFate::committed;
  if ((infomask & kMakerFrozen) == kMakerFrozen) {
    const auto later = log_.frozen_later(xid);
    if (!later) return std::unexpected(later.error());
    return *later ? XidFate::later : XidFate::committed;
  }
  // The hint bits are not looked at: they were set when the page was written, which may be too late.
  return log_.fate(xid);
}

std::expected<Xid, std::string> CatalogLoader::remover(Xid xmax, std::uint16_t infomask) {
  if (xmax == 0 || (infomask & kRemoverInvalid) != 0 || only_locked(infomask)) return Xid{0};
  return (infomask & kRemoverIsMulti) != 0 ? log_.updater(xmax) : std::expected<Xid, std::string>(xmax);
}

std::expected<CatalogLoader::Visibility, std::string> CatalogLoader::visibility(ByteSpan tuple) {
  const auto header = read_tuple_header(tuple);
  if (!header) return std::unexpected("a tuple's header is damaged");
  const auto made = maker_fate(header->xmin, header->infomask);
  if (!made) return std::unexpected(made.error());
  if (*made == XidFate::aborted || *made == XidFate::later) return Visibility{};
  Visibility result{.visible = true, .made_by = 0, .removed_by = 0};
  if (*made == XidFate::running) result.made_by = header->xmin;

  const auto xid = remover(header->xmax, header->infomask);
  if (!xid) return std::unexpected(xid.error());
  if (*xid < kFirstNormalXid) return result;
  const auto removed = log_.fate(*xid);
  if (!removed) return std::unexpected(removed.error());
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
    if (tuple.empty()) continue;
    const auto seen = visibility(tuple);
    if (!seen) return failed(item, seen.error());
    if (!seen->visible) continue;
    auto row = Row::read(tuple, catalog_.major());
    if (!row) return failed(item, "it is damaged");
    store(std::move(*row), seen->made_by, seen->removed_by);
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
    if (auto done = load_page<Row>(file, block, page, store); !done) return done;
  }
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
  for (const Oid catalog : kCatalogOids) {
    Oid filenode = database->map.filenode(catalog);
    if (const ClassRow* row = database->classes.newest(catalog); filenode == 0 && row != nullptr)
      filenode = row->filenode;
    const RelFileLocator file{database->tablespace, oid, filenode};
    database->with_table(catalog_kind(catalog), [&]<class Row>(CatalogTable<Row>& table) {
      done = load_rows<Row>(file, [&](Row row, Xid made_by, Xid removed_by) {
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

}  // namespace walkit
