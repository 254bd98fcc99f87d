// What a server says about itself, as far as archiving depends on it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "archiver/repository.h"
#include "live/server.h"

namespace walkit {

/// A value.
struct ServerFacts {
  int version_num = 0;  ///< 150020 is 15.20
  std::string version;  ///< "15.20 (Debian 15.20-0+deb12u1)"
  bool is_standby = false;
  std::string user;                             ///< of the session, quoted as SQL wants it
  std::map<std::string, std::string> settings;  ///< those that the user may see
  std::vector<std::string> refused_functions;  ///< that the user may not execute, with their arguments' types
  std::optional<std::uint64_t> system_identifier;  ///< nullopt if the user may not ask for it

  int major() const { return version_num / 10000; }
  /// nullptr if there is no such setting, or it may not be seen.
  const std::string* setting(const std::string& name) const;
  bool may_execute(const std::string& function) const;
  /// What must agree with the repository; nullopt where it could not be asked for.
  std::optional<ClusterIdentity> identity() const;
};

/// The functions that are asked about, as they are named in `refused_functions`.
inline constexpr const char* kControlFunction = "pg_control_system()";
inline constexpr const char* kRestorePointFunction = "pg_create_restore_point(text)";
inline constexpr const char* kSwitchFunction = "pg_switch_wal()";

/// Version and role only: of a server whose major walkit does not know, nothing else is asked.
ServerResult<ServerFacts> read_server_role(Server& server, Deadline deadline);
/// The rest.
ServerResult<void> read_server_settings(Server& server, ServerFacts& facts, Deadline deadline);

}  // namespace walkit
