// archive_command: the file that was asked for, and in the same call those the server will ask for next.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "archiver/archive_file.h"
#include "archiver/archive_status.h"
#include "archiver/spool.h"
#include "archiver/store_decorators.h"

namespace walkit {

struct PushSettings {
  ArchivePolicy policy;
  std::string cluster;
  std::optional<std::uint64_t> system_identifier;  ///< of histories and labels where no data directory tells
  int jobs = 1;
  std::size_t batch_segments = 64;  ///< files in one call, the one asked for included
  std::uint64_t batch_bytes = std::uint64_t{4} << 30;
  bool mark_done = false;  ///< tell the server of what was archived ahead, instead of waiting to be asked
  Deadline deadline;       ///< no file is begun after it
};

/// What became of one file of a call.
struct PushedFile {
  std::string name;
  ArchiveResult<ArchivedFile> result;
  bool asked_for = false;
};

struct PushReport {
  std::vector<PushedFile> files;  ///< in no particular order
  std::vector<std::string> warnings;

  /// Of the file that was asked for.
  const ArchiveError* error() const;
};

/// What has been archived ahead of the server's asking and is not acknowledged yet: removes the
/// acknowledgement and answers true. Opens neither repository nor segment.
bool take_acknowledgement(const std::string& path, const Spool& spool);

/// Archives `path`. `server` and `spool` may be nullptr; without a spool there is no looking ahead except
/// with mark_done. An error is one that kept the call from beginning.
ArchiveResult<PushReport> push(Store& store, const std::string& path, const PushSettings& settings,
                               const DataDirectory* server, const Spool* spool);

/// Archives what pg_wal (`wal_directory`) holds and the archive lacks. Only files that the server calls
/// complete, or whose records reach their end; none of what pg_control says may still be written to.
ArchiveResult<PushReport> backfill(Store& store, const std::string& wal_directory,
                                   const PushSettings& settings, const DataDirectory& server,
                                   const Spool* spool);

}  // namespace walkit
