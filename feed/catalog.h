// The catalogs of a cluster through time: which relation a file holds, and what it looks like, at the moment
// a record is read.
//
// Fill it from a data directory (catalog_loader.h), then hand it every change of a catalog, every record that
// changes relation maps or databases, and the end of every transaction, in the order of the log. Pure; one
// thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "feed/catalog_types.h"
#include "feed/database_catalog.h"
#include "feed/file_hash.h"
#include "feed/heap_change.h"
#include "feed/schema.h"
#include "walreader/record.h"

namespace walkit {

class SnapshotReader;
class SnapshotWriter;

/// What a change of a catalog means beyond itself.
struct CatalogEffect {
  bool catalog = false;     ///< the change was one of a catalog; nothing else need be done about it
  bool unreadable = false;  ///< ... but could not be read: that database's relations are unknown from here on
  /// The relation lost all its rows: its file was replaced by a new one and no other relation's was taken
  /// over, which nothing but TRUNCATE does. (One of a relation whose file this transaction made cuts it
  /// instead, and changes no catalog.)
  SchemaRef truncated;
};

/// A table, partitioned table or materialized view that a transaction changed.
struct SchemaChange {
  SchemaRef before;  ///< nullptr: it was created
  SchemaRef after;   ///< nullptr: it was dropped
};

/// What a commit made of the catalogs.
struct CatalogCommit {
  std::vector<SchemaChange> changes;    ///< without temporary relations and catalogs; by database and OID
  std::vector<Oid> databases_on_pages;  ///< to be filled by load_database() from the pages seen so far
};

class Catalog {
 public:
  explicit Catalog(Major major) : major_(major) {}
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  Major major() const { return major_; }

  // Lookups. What they hand out other than by SchemaRef is valid until the next change.

  /// The relation in a file, as `asking` sees it; nullptr if unknown. One hash lookup where nothing changed.
  const SchemaRef& schema(const RelFileLocator& file, Xid asking);
  /// The same by OID, for relations without a file, too; made anew at each call.
  SchemaRef schema(Oid database, Oid relation, Xid asking) const;
  /// The types of a database; of one that is unknown, none. The object lives as long as the catalog.
  const TypeCatalog& types(Oid database, Xid asking);
  const DatabaseRow* database(Oid oid) const { return databases_.newest(oid); }
  /// Which relation is in a file; nothing if unknown.
  struct Place {
    const DatabaseCatalog* database = nullptr;
    Oid relation = 0;
  };
  std::optional<Place> relation_in(const RelFileLocator& file) const;
  /// The files of a database's relations.
  std::vector<RelFileLocator> files_of(Oid database) const;
  /// The files of the relations whose rows in pg_class these transactions changed, which have not ended.
  std::vector<RelFileLocator> files_touched(std::span<const Xid> xids) const;
  /// The database whose catalog of this kind is in the file; nullptr if that is not what is in it.
  const DatabaseCatalog* rows_of(const RelFileLocator& file, CatalogKind kind) const;
  /// The schema of a relation as `asking` sees it; empty if unknown.
  std::string schema_name(const DatabaseCatalog& database, const ClassRow& row, Xid asking) const;
  /// The relation whose values a TOAST relation holds; 0 if unknown.
  Oid toast_owner(Oid database, Oid toast) const;
  /// Whether pages of this file have to be tracked for the catalogs' sake, those included that VACUUM FULL
  /// writes a catalog to before it is known as one.
  bool wants_pages(const RelFileLocator& file) const;
  /// Whether any transaction, or this one, changed catalogs and has not ended.
  bool any_open() const { return !touches_.empty(); }
  bool is_open(Xid xid) const { return touches_.contains(xid); }
  /// Counts the changes: what was computed from the catalogs is good as long as this stays the same.
  std::uint64_t generation() const { return generation_; }
  std::vector<DatabaseRow> database_rows() const;  ///< by OID
  /// Whether a transaction that changed catalogs since the start was rolled back.
  bool aborted(Xid xid) const { return aborted_.contains(xid); }
  /// One that had been before; its rows still lie on pages.
  void note_aborted(Xid xid) { aborted_.insert(xid); }
  /// Whether an open transaction made or changed the relation: nobody else writes to it before that ends.
  bool being_changed(const RelationSchema& relation) const;

  // Changes.

  CatalogEffect apply(const HeapChange& change);
  /// Records of relation maps and of databases that are created or dropped; others are ignored.
  void apply(const Record& record);
  /// A subtransaction's parent became known.
  void assign(Xid subtransaction, Xid top) { families_.assign(subtransaction, top); }
  /// The transaction that what was asked for since the last call depends on: it is not seen, and must be if
  /// it proves to be of the family of who asked. 0 if there is none.
  Xid take_doubt() { return families_.take_doubt(); }
  /// `xids`: the top-level transaction and its subtransactions.
  CatalogCommit commit(std::span<const Xid> xids);
  /// The same of transactions that can end no other way, after a crash.
  void abort(std::span<const Xid> xids);
  /// Those that changed catalogs and have not ended, for whoever knows which of them never will.
  std::vector<Xid> open_transactions() const;
  /// WAL is missing: no database's relations are known from here on, whatever comes.
  void lose_all();

  // Snapshots: all that is known at a moment, for a run of later (feed_snapshot.h).

  void save(SnapshotWriter& out) const;
  /// Into one that is empty. What went wrong is in `in`; then the catalog is of no use.
  void load(SnapshotReader& in);

  // Filling it.

  /// How names become UTF-8, by the number of the encoding (pg_database.encoding); nullptr: not at all. What
  /// it gives must outlive the catalog.
  using DecoderOf = std::function<const TextDecoder*(std::int32_t encoding)>;
  void set_decoders(DecoderOf decoder_of);

  void load_database_row(DatabaseRow row, Xid made_by, Xid removed_by);
  /// A database of which nothing is known yet; whatever was known is forgotten.
  DatabaseCatalog& add_database(Oid oid, Oid tablespace);
  /// Call it after filling a database: from here on its relations are found.
  void loaded(DatabaseCatalog& database);
  void set_map(Oid database, RelationMap map);
  const RelationMap& shared_map() const { return shared_map_; }
  DatabaseCatalog* find_database(Oid oid);
  const DatabaseCatalog* find_database(Oid oid) const;
  /// Where a relation's file is by its row; nothing if it has none.
  std::optional<RelFileLocator> file_of(const DatabaseCatalog& database, const ClassRow& row) const;

 private:
  struct StoredFile;
  /// A file that holds a relation.
  struct File {
    Oid relation = 0;
    DatabaseCatalog* database = nullptr;  // nullptr: only the shared map told of it
    CatalogKind kind = CatalogKind::none;
    bool to_be_catalog = false;  // filled to become a catalog's file
    bool fresh = false;          // `schema` is right for `viewer`
    bool for_all = false;        // ... and for everyone else
    Xid viewer = 0;
    Xid doubt = 0;  // TransactionFamilies::take_doubt()
    SchemaRef schema;
  };
  struct RelationKey {
    Oid database = 0;
    Oid relation = 0;
    constexpr auto operator<=>(const RelationKey&) const = default;

    template <class Io, class Self>
    static void transfer(Io& io, Self& self) {
      io(self.database, self.relation);
    }
  };
  struct RelationKeyHash {
    std::size_t operator()(const RelationKey& key) const {
      return hash_key(std::uint64_t{key.database} << 32 | key.relation);
    }
  };
  /// A row that a transaction changed.
  struct Touch {
    Xid xid = 0;
    Oid database = 0;
    CatalogKind kind = CatalogKind::none;
    RowKey key = 0;
    Oid relation = 0;  // that the row tells of; 0: of none

    template <class Io, class Self>
    static void transfer(Io& io, Self& self) {
      io(self.xid, self.database, self.kind, self.key, self.relation);
    }
  };

  /// The members that are stored as they are.
  template <class Io, class Self>
  static void transfer(Io& io, Self& self) {
    io(self.families_, self.shared_map_, self.databases_, self.places_, self.touches_, self.aborted_,
       self.before_);
  }
  std::vector<StoredFile> stored_files() const;
  void load_file(const StoredFile& stored, SnapshotReader& in);

  template <class Row>
  void change_row(DatabaseCatalog& database, CatalogTable<Row>& table, const HeapChange& change,
                  CatalogEffect& effect);
  template <class Row>
  void put_row(DatabaseCatalog& database, CatalogTable<Row>& table, Row row, Xid xid);
  template <class Row>
  void remove_row(DatabaseCatalog& database, CatalogTable<Row>& table, const Row& row, Xid xid);
  void change_database_row(const HeapChange& change);
  SchemaRef truncation(const DatabaseCatalog& database, const ClassRow& row) const;
  void lose(DatabaseCatalog& database);
  void types_changed(Oid database);

  void remember(const DatabaseCatalog& database, Oid relation);
  void remember_renamed_schemas(std::span<const Touch> touches);
  std::vector<Touch> take_touches(std::span<const Xid> xids);
  void end_row(const Touch& touch, bool committed);
  void end_rows(std::span<const Touch> touches, bool committed);
  void row_changed(DatabaseCatalog& database, CatalogKind kind, Oid relation);
  void database_row_changed(Oid oid);
  bool is_in_schema(const RelationKey& key, Oid name_space) const;
  std::vector<SchemaChange> take_changes(std::span<const Touch> touches);

  void remake_schema(File& file, Xid asking);
  void refresh(DatabaseCatalog& database, Oid relation);
  void refresh_all(DatabaseCatalog& database);
  void place_shared_catalogs();
  void invalidate(const DatabaseCatalog& database, Oid relation);
  void invalidate_all(const DatabaseCatalog& database);
  const TextDecoder* decoder_of(Oid database) const;
  void forget_database(Oid oid);
  void follow_family(const Record& record);
  void update_map(RelationMapUpdate update);
  void copy_database(const Record& record);
  void log_database(const Record& record);
  void drop_database(const Record& record);

  Major major_;
  std::uint64_t generation_ = 0;
  bool all_lost_ = false;
  DecoderOf decoder_of_;
  TransactionFamilies families_;
  RelationMap shared_map_;
  CatalogTable<DatabaseRow> databases_;
  std::unordered_map<Oid, std::unique_ptr<DatabaseCatalog>> catalogs_;
  std::unordered_map<Oid, std::unique_ptr<DatabaseTypes>> types_;
  std::unordered_map<RelFileLocator, File, FileHash> files_;
  std::unordered_map<RelationKey, RelFileLocator, RelationKeyHash> places_;  // of relations in files_
  std::unordered_map<Xid, std::vector<Touch>> touches_;
  std::unordered_set<Xid> aborted_;
  std::unordered_map<RelationKey, SchemaRef, RelationKeyHash> before_;  // relations open transactions touched
};

}  // namespace walkit
