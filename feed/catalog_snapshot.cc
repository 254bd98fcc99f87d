// Catalogs as a snapshot holds them.
#include "feed/catalog.h"
#include "feed/snapshot_fields.h"

namespace walkit {

/// Which file holds a relation does not follow from the rows: between two records of a transaction two
/// relations may claim the same one.
struct Catalog::StoredFile {
  RelFileLocator file;
  Oid relation = 0;
  std::optional<Oid> database;
  CatalogKind kind = CatalogKind::none;
  bool to_be_catalog = false;

  template <class Io, class Self>
  static void transfer(Io& io, Self& self) {
    io(self.file, self.relation, self.database, self.kind, self.to_be_catalog);
  }
};

std::vector<Catalog::StoredFile> Catalog::stored_files() const {
  std::vector<StoredFile> stored;
  stored.reserve(files_.size());
  for (const auto& [file, known] : files_)
    stored.push_back({file, known.relation,
                      known.database == nullptr ? std::nullopt : std::optional(known.database->oid),
                      known.kind, known.to_be_catalog});
  return stored;
}

void Catalog::load_file(const StoredFile& stored, SnapshotReader& in) {
  File& file = files_[stored.file];
  file.relation = stored.relation;
  file.kind = stored.kind;
  file.to_be_catalog = stored.to_be_catalog;
  if (stored.database) file.database = find_database(*stored.database);
  const bool of_none = file.kind == CatalogKind::none || file.kind == CatalogKind::databases;
  if (file.database == nullptr && (stored.database || !of_none)) in.fail("contradicts itself");
}

void Catalog::save(SnapshotWriter& out) const {
  transfer(out, *this);
  out(std::uint64_t{catalogs_.size()});
  for (const auto& [oid, database] : catalogs_) out(*database);
  out(stored_files());
}

void Catalog::load(SnapshotReader& in) {
  transfer(in, *this);
  std::uint64_t databases = 0;
  for (in(databases); databases > 0 && in.ok(); --databases) {
    auto database = std::make_unique<DatabaseCatalog>();
    in(*database);
    database->decoder = decoder_of(database->oid);
    catalogs_[database->oid] = std::move(database);
  }
  std::vector<StoredFile> files;
  in(files);
  for (const StoredFile& file : files) load_file(file, in);
  for (const auto& [oid, types] : types_) types->bind(find_database(oid));
  ++generation_;
}

}  // namespace walkit
