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
  static std::expected<TransactionFiles, std::string> open(DataFiles& files, const PgControl& control,
                                                           Xid next_xid);

  std::expected<XidFate, std::string> fate(Xid xid) override;
  std::expected<Xid, std::string> updater(Xid multixact) override;
  std::expected<bool, std::string> frozen_later(Xid xid) override;

  /// What was prepared, with subtransactions; some of it may have ended since.
  const std::set<Xid>& prepared() const { return prepared_; }

 private:
  TransactionFiles(DataFiles& files, const PgControl& control, Xid next_xid, std::set<Xid> prepared)
      : files_(files),
        next_xid_(next_xid),
        next_xid_now_(next_xid),
        oldest_running_(control.oldest_active_xid == 0 ? next_xid : control.oldest_active_xid),
        next_multixact_(control.next_multixact),
        prepared_(std::move(prepared)) {}
  std::expected<std::uint8_t, std::string> status(Xid xid);

  DataFiles& files_;
  Xid next_xid_;
  Xid next_xid_now_;  // when that was asked last
  Xid oldest_running_;
  Xid next_multixact_;
  std::set<Xid> prepared_;
  // The page of pg_xact that was looked at last.
  static constexpr std::uint32_t kNoPage = UINT32_MAX;
  std::uint32_t page_ = kNoPage;
  std::vector<std::byte> page_bytes_;
};

}  // namespace walkit
