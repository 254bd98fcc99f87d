#include "feed/catalog.h"

#include <algorithm>

namespace walkit {
namespace {

/// Relations with files that hold their rows or entries (RELKIND_HAS_STORAGE).
bool has_file(char kind) { return std::string_view("rmtiS").contains(kind); }

}  // namespace

const SchemaRef& Catalog::schema(const RelFileLocator& file, Xid asking) {
  static const SchemaRef unknown;
  const auto found = files_.find(file);
  if (found == files_.end()) return unknown;
  File& known = found->second;
  if (!known.fresh || !(known.for_all || known.viewer == asking)) remake_schema(known, asking);
  families_.note_doubt(known.doubt);
  return known.schema;
}

// Where nothing of it changed the schema stays the same object: whoever compares pointers sees that at once.
void Catalog::remake_schema(File& file, Xid asking) {
  const Xid doubt = families_.take_doubt();
  SchemaRef made;
  file.for_all = true;
  if (file.database != nullptr && file.database->usable()) {
    made = file.database->build_schema(file.relation, families_, asking);
    const ClassRow* row = file.database->classes.newest(file.relation);
    file.for_all = row == nullptr || file.database->namespaces.settled(row->name_space);
  }
  if (made == nullptr || file.schema == nullptr || *made != *file.schema) file.schema = std::move(made);
  file.fresh = true;
  file.viewer = asking;
  file.doubt = families_.take_doubt();
  families_.note_doubt(doubt);
}

SchemaRef Catalog::schema(Oid database, Oid relation, Xid asking) const {
  const DatabaseCatalog* catalog = find_database(database);
  if (catalog == nullptr || !catalog->usable()) return nullptr;
  return catalog->build_schema(relation, families_, asking);
}

const TypeCatalog& Catalog::types(Oid database, Xid asking) {
  std::unique_ptr<DatabaseTypes>& types = types_[database];
  if (types == nullptr) {
    types = std::make_unique<DatabaseTypes>(families_);
    types->bind(find_database(database));
  }
  types->set_asking(asking);
  return *types;
}

void Catalog::types_changed(Oid database) {
  if (const auto types = types_.find(database); types != types_.end())
    types->second->bind(find_database(database));
}

Oid Catalog::toast_owner(Oid database, Oid toast) const {
  const DatabaseCatalog* catalog = find_database(database);
  return catalog == nullptr ? 0 : catalog->toast_owner(toast);
}

std::optional<Catalog::Place> Catalog::relation_in(const RelFileLocator& file) const {
  const auto found = files_.find(file);
  if (found == files_.end() || found->second.database == nullptr || !found->second.database->usable())
    return std::nullopt;
  return Place{found->second.database, found->second.relation};
}

std::vector<RelFileLocator> Catalog::files_of(Oid database) const {
  std::vector<RelFileLocator> files;
  for (const auto& [file, known] : files_)
    if (file.database == database) files.push_back(file);
  return files;
}

std::vector<RelFileLocator> Catalog::files_touched(std::span<const Xid> xids) const {
  std::vector<RelFileLocator> files;
  for (const Xid xid : xids) {
    const auto touches = touches_.find(xid);
    if (touches == touches_.end()) continue;
    for (const Touch& touch : touches->second) {
      const auto place = places_.find({touch.database, touch.relation});
      if (touch.kind == CatalogKind::classes && place != places_.end()) files.push_back(place->second);
    }
  }
  return files;
}

const DatabaseCatalog* Catalog::rows_of(const RelFileLocator& file, CatalogKind kind) const {
  const auto found = files_.find(file);
  return found == files_.end() || found->second.kind != kind ? nullptr : found->second.database;
}

std::string Catalog::schema_name(const DatabaseCatalog& database, const ClassRow& row, Xid asking) const {
  const NamespaceRow* seen = database.namespaces.seen(row.name_space, families_.own(asking));
  return seen == nullptr ? std::string() : database.text(seen->name);
}

bool Catalog::wants_pages(const RelFileLocator& file) const {
  const auto found = files_.find(file);
  if (found != files_.end() && (found->second.kind != CatalogKind::none || found->second.to_be_catalog))
    return true;
  const DatabaseCatalog* catalog = find_database(file.database);
  return catalog != nullptr && catalog->on_pages;
}

bool Catalog::being_changed(const RelationSchema& relation) const {
  const DatabaseCatalog* catalog = find_database(relation.database);
  return catalog != nullptr && catalog->classes.maker(relation.oid) != 0;
}

std::vector<DatabaseRow> Catalog::database_rows() const {
  std::vector<DatabaseRow> rows;
  databases_.for_each([&](const DatabaseRow& row) { rows.push_back(row); });
  std::ranges::sort(rows, {}, &DatabaseRow::oid);
  return rows;
}

DatabaseCatalog* Catalog::find_database(Oid oid) {
  const auto found = catalogs_.find(oid);
  return found == catalogs_.end() ? nullptr : found->second.get();
}

const DatabaseCatalog* Catalog::find_database(Oid oid) const {
  const auto found = catalogs_.find(oid);
  return found == catalogs_.end() ? nullptr : found->second.get();
}

void Catalog::set_decoders(DecoderOf decoder_of_encoding) {
  decoder_of_ = std::move(decoder_of_encoding);
  ++generation_;
  for (const auto& [oid, catalog] : catalogs_) {
    catalog->decoder = decoder_of(oid);
    types_changed(oid);
    invalidate_all(*catalog);
  }
}

const TextDecoder* Catalog::decoder_of(Oid oid) const {
  const DatabaseRow* row = database(oid);
  return row == nullptr || decoder_of_ == nullptr ? nullptr : decoder_of_(row->encoding);
}

DatabaseCatalog& Catalog::add_database(Oid oid, Oid tablespace) {
  forget_database(oid);
  ++generation_;
  auto& catalog = catalogs_[oid] = std::make_unique<DatabaseCatalog>();
  catalog->oid = oid;
  catalog->tablespace = tablespace;
  types_changed(oid);
  catalog->decoder = decoder_of(oid);
  catalog->lost = all_lost_;
  if (const DatabaseRow* row = database(oid)) catalog->name = row->name;
  return *catalog;
}

void Catalog::forget_database(Oid oid) {
  const auto found = catalogs_.find(oid);
  if (found == catalogs_.end()) return;
  const DatabaseCatalog* gone = found->second.get();
  std::erase_if(files_, [&](const auto& entry) { return entry.second.database == gone; });
  std::erase_if(places_, [&](const auto& entry) { return entry.first.database == oid; });
  std::erase_if(before_, [&](const auto& entry) { return entry.first.database == oid; });
  catalogs_.erase(found);
  types_changed(oid);
  ++generation_;
  place_shared_catalogs();
}

void Catalog::load_database_row(DatabaseRow row, Xid made_by, Xid removed_by) {
  const Oid oid = row.oid;
  for (const Xid xid : {made_by, removed_by})
    if (xid != 0) touches_[xid].push_back({xid, 0, CatalogKind::databases, oid, 0});
  databases_.load(std::move(row), made_by, removed_by);
}

void Catalog::loaded(DatabaseCatalog& database) {
  ++generation_;
  database.on_pages = false;
  for (const CatalogKind kind : kDatabaseCatalogs)
    database.with_table(kind, [&](auto& table) {
      table.for_each_open([&](const auto& row, Xid xid) {
        touches_[xid].push_back({xid, database.oid, kind, row.key(), relation_of(row)});
        if constexpr (std::is_same_v<decltype(row), const IndexRow&>) database.note_index(row);
      });
    });
  database.indexes.for_each([&](const IndexRow& row) { database.note_index(row); });
  types_changed(database.oid);
  refresh_all(database);
}

void Catalog::set_map(Oid database, RelationMap map) {
  ++generation_;
  if (database == 0) {
    shared_map_ = std::move(map);
    place_shared_catalogs();
    return;
  }
  DatabaseCatalog* catalog = find_database(database);
  if (catalog == nullptr) return;
  catalog->map = std::move(map);
  for (const RelationMap::Entry& entry : catalog->map.entries()) refresh(*catalog, entry.relation);
}

// The file of pg_database has to be known before any other catalog is; the rest of the shared ones are known
// by their rows, which every database has.
void Catalog::place_shared_catalogs() {
  const Oid filenode = shared_map_.filenode(kPgDatabase);
  std::erase_if(files_, [&](const auto& entry) {
    return entry.second.kind == CatalogKind::databases && entry.first.relation != filenode;
  });
  const RelFileLocator file{kGlobalTablespace, 0, filenode};
  if (filenode != 0) {
    File& known = files_[file];
    known.relation = kPgDatabase;
    known.kind = CatalogKind::databases;
  }
  for (const auto& [oid, catalog] : catalogs_)
    for (const RelationMap::Entry& entry : shared_map_.entries()) refresh(*catalog, entry.relation);
}

std::optional<RelFileLocator> Catalog::file_of(const DatabaseCatalog& database, const ClassRow& row) const {
  if (!has_file(row.kind)) return std::nullopt;
  Oid filenode = row.filenode;
  if (filenode == 0) filenode = (row.shared ? shared_map_ : database.map).filenode(row.oid);
  // What takes the place of a mapped catalog is in no map before its transaction ends, and until then lies in
  // a file that has its OID (heap_create). If the catalog is shared, only its tablespace says so.
  if (filenode == 0 && row.oid >= kFirstNormalOid) filenode = row.oid;
  if (filenode == 0) return std::nullopt;
  if (row.shared || row.tablespace == kGlobalTablespace)
    return RelFileLocator{kGlobalTablespace, 0, filenode};
  return RelFileLocator{row.tablespace == 0 ? database.tablespace : row.tablespace, database.oid, filenode};
}

// A relation's file, by its newest row. Another relation may have taken over the old file by now: VACUUM FULL
// and ALTER TABLE let two relations swap theirs.
void Catalog::refresh(DatabaseCatalog& database, Oid relation) {
  const ClassRow* row = database.classes.newest(relation);
  const auto file = row == nullptr ? std::nullopt : file_of(database, *row);
  const RelationKey key{database.oid, relation};
  if (const auto old = places_.find(key); old != places_.end() && old->second != file) {
    const auto entry = files_.find(old->second);
    if (entry != files_.end() && entry->second.relation == relation && entry->second.database == &database)
      files_.erase(entry);
    places_.erase(old);
  }
  if (!file) return;
  places_[key] = *file;
  File& entry = files_[*file];
  if (entry.relation != relation) entry.schema = nullptr;
  entry.relation = relation;
  entry.database = &database;
  // The rows a catalog's new file gets after it was swapped in are the catalog's.
  entry.kind = catalog_kind(row->filenode == 0 && row->rewrite_of != 0 ? row->rewrite_of : relation);
  entry.to_be_catalog = catalog_kind(row->rewrite_of) != CatalogKind::none;
  entry.fresh = false;
}

void Catalog::refresh_all(DatabaseCatalog& database) {
  database.classes.for_each([&](const ClassRow& row) {
    database.note_toast(row);
    refresh(database, row.oid);
  });
}

void Catalog::invalidate(const DatabaseCatalog& database, Oid relation) {
  const auto place = places_.find({database.oid, relation});
  if (place == places_.end()) return;
  const auto file = files_.find(place->second);
  if (file != files_.end()) file->second.fresh = false;
}

void Catalog::invalidate_all(const DatabaseCatalog& database) {
  for (auto& [file, known] : files_)
    if (known.database == &database) known.fresh = false;
}

}  // namespace walkit
