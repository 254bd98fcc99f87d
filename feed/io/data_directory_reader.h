// A data directory, where a feed begins: a stopped server's, a base backup, or that of a server that runs.
//
// All hold the catalogs and all pages as they were at a redo point, or, where the server went on while they
// were copied or read, as they will be once WAL from that point on is replayed. One thread at a time. Errors
// are one line that names the file.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "feed/catalog.h"
#include "feed/io/data_files.h"
#include "feed/io/relation_files.h"
#include "feed/io/transaction_files.h"
#include "walreader/pg_control.h"
#include "walreader/rmgr/xlog.h"

namespace walkit {

class DataDirectoryReader {
 public:
  /// Refuses a directory that a server is running on: its files change under the reader.
  static std::expected<std::unique_ptr<DataDirectoryReader>, std::string> open(std::string directory);
  /// Files that are in use are those of a server that has full_page_writes on.
  static std::expected<std::unique_ptr<DataDirectoryReader>, std::string> open(
      std::unique_ptr<DataFiles> files);

  const PgControl& control() const { return control_; }
  Major major() const { return static_cast<Major>(control_.major); }
  /// Where WAL has to be read from, and on which timeline: the redo point of pg_control, or of backup_label.
  Lsn start() const { return start_; }
  TimelineId timeline() const { return timeline_; }
  /// The record of the checkpoint that start() is the redo point of; it says the next xid then.
  Lsn checkpoint() const { return checkpoint_; }
  bool is_backup() const { return is_backup_; }

  /// Whether pg_control is of a later checkpoint than start(), as where a backup took longer than to the next
  /// one. Then the record at checkpoint() has to tell which transactions there were, before catalogs are
  /// read.
  bool needs_checkpoint() const { return control_.checkpoint != checkpoint_; }
  void begin_at(const Checkpoint& checkpoint);

  /// The catalogs of all databases at start().
  std::expected<std::unique_ptr<Catalog>, std::string> read_catalog();

  /// Of a server that runs, those of small relations.
  BasePages& pages() { return files_->in_use() ? static_cast<BasePages&>(small_) : pages_; }
  /// What had become of transactions; there after read_catalog().
  TransactionFiles& transactions() { return *transactions_; }

 private:
  DataDirectoryReader(std::unique_ptr<DataFiles> files, const PgControl& control);
  std::expected<void, std::string> read_label();
  /// Or between the redo point and the server's end, or while it is read.
  bool changed_while_copied() const { return is_backup_ || control_.state != ClusterState::shut_down; }
  std::expected<std::unique_ptr<Catalog>, std::string> try_read_catalog();
  std::expected<std::optional<RelationMap>, std::string> read_map(Oid tablespace, Oid database);
  std::expected<void, std::string> expect_dropped(const DatabaseRow& row);
  std::expected<void, std::string> read_database(Catalog& catalog, const DatabaseRow& row);

  std::unique_ptr<DataFiles> files_;
  PgControl control_;
  Lsn start_;
  Lsn checkpoint_;
  TimelineId timeline_;
  bool is_backup_ = false;
  RelationFiles pages_;
  SmallRelationFiles small_{pages_};
  std::optional<TransactionFiles> transactions_;
};

}  // namespace walkit
