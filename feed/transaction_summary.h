// What each committed transaction did, counted from records alone: no page is followed and no row is read, so
// it goes as fast as WAL can be decoded.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "feed/destruction.h"
#include "feed/file_hash.h"
#include "feed/heap_change.h"
#include "feed/schema.h"
#include "walreader/record.h"
#include "walreader/rmgr/transaction.h"

namespace walkit {

struct RowCounts {
  std::uint64_t inserted = 0;
  std::uint64_t updated = 0;
  std::uint64_t deleted = 0;

  RowCounts& operator+=(const RowCounts& other) {
    inserted += other.inserted;
    updated += other.updated;
    deleted += other.deleted;
    return *this;
  }
  bool operator==(const RowCounts&) const = default;
};

/// Rows of one table, by the file they lie in. A table whose file is replaced on the way counts twice.
struct RelationRows {
  RelFileLocator file;
  SchemaRef schema;  ///< nullptr if nobody knows it
  RowCounts rows;
};

/// Without names, rows of TOAST relations and those that a rewrite of a table copies are counted, too.
struct TransactionSummary {
  Xid xid = 0;
  TimelineId timeline;  ///< of the page that the commit record starts on
  Lsn first;            ///< where its first record starts
  Lsn commit;           ///< where its commit record starts
  Lsn commit_end;
  PgTime commit_time;
  Oid database = 0;  ///< 0 if unknown
  bool two_phase = false;
  std::string gid;                            ///< of a prepared transaction, where the record says
  std::uint64_t wal_bytes = 0;                ///< of its records
  std::vector<RelationRows> relations;        ///< no catalogs; in the order of their first change
  std::vector<RelFileLocator> removed_files;  ///< of what was dropped or replaced, not files it made itself
  bool drops = false;                         ///< some of those files were dropped relations'
  bool truncates = false;                     ///< some of them were replaced by files that stayed empty
  std::vector<Oid> truncated_oids;            ///< relations that it truncated; only wal_level=logical tells
  std::vector<Destruction> destroyed;
  std::vector<SchemaRef> truncated;  ///< left empty here: for whoever follows the catalogs
  std::vector<SchemaRef> dropped;    ///< likewise

  RowCounts rows() const;
  /// Recovery that stops here, exclusively, has everything before the transaction and nothing of it.
  Lsn target() const;
};

/// What is known of a file by its name.
struct NamedFile {
  bool counts = true;  ///< its rows are a table's
  SchemaRef schema;
};

/// Asked once for each file that a transaction changes rows in.
class FileNames {
 public:
  virtual ~FileNames() = default;
  virtual NamedFile name(const RelFileLocator& file, Xid asking) = 0;
};

/// Give it every record in the order of the log. Memory grows with the transactions that are open. One thread
/// at a time.
class TransactionSummaries {
 public:
  /// Borrows `names`; without them all files but those of catalogs count, by their numbers.
  explicit TransactionSummaries(FileNames* names = nullptr) : names_(names) {}

  /// The transaction that this record commits, else nullptr; valid until the next call. Rows of
  /// subtransactions that were rolled back are not in it.
  TransactionSummary* apply(const Record& record);

 private:
  static constexpr std::size_t kSearched = 16;  ///< that many relations are searched one by one

  /// What happened to rows of pg_class, by where they lie: an insert has no old one, a delete no new one.
  struct ClassChange {
    Lsn lsn;
    RelFileLocator file;
    std::optional<TupleId> old_place, new_place;
  };
  struct Counted {
    RelationRows relation;
    bool counts = true;
  };
  struct CreatedFile {
    RelFileLocator file;
    bool filled = false;
  };
  /// A transaction or subtransaction that has not ended.
  struct Open {
    Lsn first;
    bool prepared = false;
    bool shared_delete = false;  // a row of a catalog that all databases share was deleted
    std::uint64_t wal_bytes = 0;
    std::vector<Counted> relations;
    std::size_t last = 0;                                              // relation that was found last
    std::unordered_map<RelFileLocator, std::size_t, FileHash> places;  // once there are many
    std::vector<ClassChange> class_changes;
    std::vector<CreatedFile> created;
    std::vector<Oid> truncated_oids;
    std::vector<Destruction> destroyed;
    std::string gid;

    void clear();
    Counted& add(Counted counted);
    void absorb(Open& sub);
  };

  Open& open(Xid xid, Lsn lsn);
  void forget(Xid xid);
  template <class Condition>
  void forget_if(Condition condition);
  Counted& relation(Open& open, const RelFileLocator& file, Xid xid);
  static Counted* find(Open& open, const RelFileLocator& file);

  void follow_heap(Open& open, const Record& record);
  void count(Open& open, const Record& record, const RelFileLocator& file);
  void follow_multi_insert(Open& open, const Record& record);
  static void follow_class(Open& open, const Record& record);
  static void follow_storage(Open& open, const Record& record);
  static void follow_truncate(Open& open, const Record& record);
  static void fill_created(Open& open, const Record& record);
  void follow_server(const Record& record);
  TransactionSummary* follow_end(const Record& record);
  void prepare(const TransactionMark& mark, Lsn lsn);
  TransactionSummary* commit(const Record& record, const TransactionMark& mark);
  static bool drops_relations(Open& open);

  FileNames* names_;
  DestructionFinder destructions_;
  std::unordered_map<Xid, std::unique_ptr<Open>> open_;
  std::vector<std::unique_ptr<Open>> free_;  // to be used again, with the memory they have
  Xid last_xid_ = 0;                         // what open() gave last
  Open* last_ = nullptr;
  TransactionSummary committed_;
};

}  // namespace walkit
