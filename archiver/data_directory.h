// The server whose WAL is moved, as seen from its data directory.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "archiver/repository.h"
#include "walreader/pg_control.h"

namespace walkit {

/// A value.
struct DataDirectory {
  std::string path;  ///< absolute
  dev_t device = 0;
  ino_t inode = 0;

  /// A standby asks again for what it did not get.
  bool has_standby_signal() const;
  ArchiveResult<PgControl> read_control() const;
  /// Whether the process that postmaster.pid names is there.
  bool has_live_postmaster() const;
};

/// The data directory that `wal_path` (the %p of a command) belongs to: the current directory if it holds
/// PG_VERSION, else the parent of the directory of `wal_path`, links not resolved.
std::optional<DataDirectory> find_data_directory(const std::string& wal_path);

/// Reads all of a file of at most `max_bytes`; the error is an errno (EFBIG if it is longer).
std::expected<std::string, int> read_small_file(const std::string& path, std::size_t max_bytes);

}  // namespace walkit
