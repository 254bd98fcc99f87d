// global/pg_control: which cluster this is and where it stands (catalog/pg_control.h).
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "walreader/types.h"

namespace walkit {

/// The file is this long; what follows the structure is zeros.
inline constexpr std::size_t kPgControlFileSize = 8192;

/// DBState.
enum class ClusterState : std::uint32_t {
  startup = 0,
  shut_down,
  shut_down_in_recovery,
  shutting_down,
  crash_recovery,
  archive_recovery,
  in_production,
};

/// A value.
struct PgControl {
  std::uint64_t system_identifier = 0;
  std::uint32_t control_version = 0;  ///< 1300 for 13 to 16, 1700, 1800
  std::uint32_t catalog_version = 0;
  int major = 0;  ///< by the catalog version
  ClusterState state = ClusterState::startup;
  Lsn checkpoint;                    ///< the latest checkpoint record
  Lsn redo;                          ///< where replay would begin
  TimelineId timeline;               ///< of that checkpoint
  bool full_page_writes = false;     ///< at that checkpoint
  std::int64_t checkpoint_time = 0;  ///< when it began, in seconds since 1970
  Lsn minimum_recovery_point;        ///< zero on a primary
  TimelineId minimum_recovery_timeline;
  Xid next_xid = 0;           ///< when that checkpoint began: no transaction had it yet
  Xid next_multixact = 0;     ///< likewise
  Xid oldest_active_xid = 0;  ///< ... and was running; 0 after a shutdown, when none is
  std::uint32_t segment_size_bytes = 0;
};

/// Takes the file apart after checking its CRC. The error is one line without the file's name: too short,
/// another byte order, a version of no supported major, a CRC that does not match.
std::expected<PgControl, std::string> parse_pg_control(ByteSpan file);

}  // namespace walkit
