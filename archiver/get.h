// restore_command: a file out of the repository, or certainty that it is not there.
//
// A server takes absence for the end of the archive, and may promote. So nothing that went wrong may look
// like it: an answer without a file is given only by a repository that was opened, is the one that was meant,
// and still is there afterwards.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "archiver/repository.h"
#include "archiver/store_decorators.h"

namespace walkit {

struct GetRequest {
  std::string file;  ///< a name of WAL
  WalFileName name;  ///< the same, taken apart
  std::string target;
  std::string cluster;
  std::optional<ClusterIdentity> server;           ///< as its pg_control says
  std::optional<std::uint64_t> system_identifier;  ///< where there is no pg_control
  std::optional<std::string> repository_id;        ///< of the repository used last: another one is refused
  bool partial = false;    ///< a partial segment will do where there is none of this name
  bool allow_gap = false;  ///< a hole is as good as the end
  Deadline deadline;       ///< until then a hole, or a store that cannot be reached, is looked at again
};

struct GetAnswer {
  bool found = false;  ///< and restored; otherwise it is certainly not there
  std::string repository_id;
  std::vector<std::string> warnings;
};

/// Puts the file under its target: digests compared, renamed when whole. `missing` also if there is a hole.
ArchiveResult<GetAnswer> get_file(Store& store, const GetRequest& request);

}  // namespace walkit
