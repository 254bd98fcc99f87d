// What became of transactions, from pg_xact and pg_multixact of a data directory.
//
// Formats: access/transam/clog.c (two bits a transaction), access/transam/multixact.c. The same in
// PostgreSQL 13 to 18.
#pragma once

#include <set>

#include "feed/catalog_loader.h"
#include "feed/io/data_files.h"
#include "walreader/pg_control.h"

namespace walkit {

class TransactionFiles : public TransactionLog {
 public:
  /// Borrows `files`. The moment asked about is the one before the next transaction of `control` began, with
  /// none before its oldest active one and none of a server that was shut down still running, but for those
  /// prepared.
  static std::expected<TransactionFiles, std::string> open(const DataFiles& files, const PgControl& control);

  std::expected<XidFate, std::string> fate(Xid xid) override;
  std::expected<Xid, std::string> updater(Xid multixact) override;

 private:
  TransactionFiles(const DataFiles& files, Xid next_xid, Xid oldest_running, std::set<Xid> prepared)
      : files_(files), next_xid_(next_xid), oldest_running_(oldest_running), prepared_(std::move(prepared)) {}
  std::expected<std::uint8_t, std::string> status(Xid xid);

  const DataFiles& files_;
  Xid next_xid_;
  Xid oldest_running_;
  std::set<Xid> prepared_;
  // The page of pg_xact that was looked at last.
  std::uint32_t page_ = UINT32_MAX;
  std::vector<std::byte> page_bytes_;
};

}  // namespace walkit
