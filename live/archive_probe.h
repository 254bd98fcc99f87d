// One segment's way into the archive and back, provoked on a running server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "archiver/repository.h"
#include "live/server.h"

namespace walkit {

/// The segment that the server will archive next, and why it will.
struct SwitchedSegment {
  Lsn restore_point;            ///< where its record ends
  std::string file;             ///< the segment with that record
  std::int64_t written_us = 0;  ///< when, by the server's clock, since 1970
};

/// Writes a restore point, so that there is something to switch away from, and switches.
ServerResult<SwitchedSegment> switch_segment(Server& server, std::uint32_t segment_size_bytes,
                                             Deadline deadline);

/// The segment with the last byte before `end`: a record that ends where a segment does is in the one before.
std::string segment_before(TimelineId timeline, Lsn end, std::uint32_t segment_size_bytes);

/// Waits until the repository holds the segment, its header readable. Ends early if the server says that
/// archiving has failed since, or that it archived the segment while the repository does not have it.
ServerResult<void> await_segment(Server& server, Store& store, const std::string& cluster,
                                 std::uint64_t system_identifier, const SwitchedSegment& segment,
                                 Deadline deadline);

/// Restores `file` as restore_command does, into a directory made below `scratch` and removed again, and
/// compares what its first page says with `server`. Returns the warnings of `get`.
ArchiveResult<std::vector<std::string>> try_restore(Store& store, const std::string& cluster,
                                                    const ClusterIdentity& server, const std::string& file,
                                                    const std::string& scratch, Deadline deadline);

/// The newest whole segment of the newest timeline; nullopt if there is none.
ArchiveResult<std::optional<std::string>> newest_segment(const Repository& repository,
                                                         const ClusterIdentity& server);

}  // namespace walkit
