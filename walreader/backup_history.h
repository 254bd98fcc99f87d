// Backup history files (NAME.OFFSET.backup): what a finished base backup needs, and when it was made.
//
// Format: access/transam/xlogbackup.c of PostgreSQL (xlog.c until 14). Lines of "KEY: value", written by the
// server.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "walreader/types.h"

namespace walkit {

/// A value. Times are as the server printed them, in its log_timezone.
struct BackupHistory {
  Lsn start;                  ///< recovery begins to read WAL here
  Lsn stop;                   ///< and can end from here on
  TimelineId start_timeline;  ///< zero if the file does not say
  std::string start_time, stop_time;
  std::string label;
};

/// The error is one line without the file's name: which of the two positions is missing.
std::expected<BackupHistory, std::string> parse_backup_history(std::string_view text);

/// What backup_label, the file inside a base backup, says of where its WAL begins. A value.
struct BackupLabel {
  Lsn start;       ///< the redo point: recovery begins to read WAL here
  Lsn checkpoint;  ///< the record of that checkpoint
  TimelineId timeline;
};

/// The error is one line without the file's name.
std::expected<BackupLabel, std::string> parse_backup_label(std::string_view text);

/// Seconds since 1970 of "2026-08-01 12:00:00 UTC". The zones UTC, GMT and offsets such as +02 and -0330 are
/// understood; what other abbreviations mean depends on the server's settings: nullopt.
std::optional<std::int64_t> backup_time(std::string_view text);

}  // namespace walkit
