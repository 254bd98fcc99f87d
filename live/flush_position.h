// How far a server's WAL is safe to read: up to there it is on disk and does not change any more.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "live/server_connection.h"
#include "walreader/types.h"

namespace walkit {

/// One thread at a time. Survives the server's restarts: each call connects anew if it has to.
class FlushPosition {
 public:
  /// Only of the server with this system identifier, whoever answers.
  FlushPosition(ServerConnection connection, std::uint64_t system_identifier)
      : connection_(std::move(connection)), system_identifier_(system_identifier) {}

  /// Now: what a primary has flushed, or a standby has replayed (pg_current_wal_flush_lsn(),
  /// pg_last_wal_replay_lsn()). May lie within a record. The error is one line.
  std::expected<Lsn, std::string> now();

 private:
  ServerConnection connection_;
  std::uint64_t system_identifier_;
};

}  // namespace walkit
