// Base backups that a recovery may begin with.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "tools/archive_settings.h"
#include "walreader/history.h"
#include "walreader/types.h"

namespace walkit {

/// A finished base backup, as far as its label tells.
struct KnownBackup {
  std::string name;   ///< the .backup file, or the directory it is in
  std::string label;  ///< that its maker gave it; may be empty
  Lsn start;
  std::optional<Lsn> stop;  ///< recovery can end from here on; unknown for a directory whose end was not read
  TimelineId timeline;      ///< it began on
};

/// By the .backup files in a directory of WAL, or in an archive. What cannot be read is left out: it is a
/// hint, and the WAL is what counts.
std::vector<KnownBackup> backups_in_directory(const std::string& directory);
std::vector<KnownBackup> backups_in_archive(const ArchiveSettings& settings);

/// The one in a directory, by its backup_label. The error is one line.
std::expected<KnownBackup, std::string> backup_of_directory(const std::string& directory);

/// Whether recovery from it can reach `target` on that timeline.
bool reaches(const KnownBackup& backup, Lsn target, const TimelineHistory& history);

/// The newest that does; nullptr if there is none.
const KnownBackup* backup_for(const std::vector<KnownBackup>& backups, Lsn target,
                              const TimelineHistory& history);

}  // namespace walkit
