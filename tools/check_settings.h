// What a server's settings, and the rights of who asks, mean for archiving with this configuration.
#pragma once

#include <string>
#include <vector>

#include "live/server_facts.h"
#include "tools/archive_settings.h"
#include "tools/check_report.h"

namespace walkit {

/// What the server is compared with. Borrows all of it.
struct ExpectedSettings {
  const ArchiveSettings& archive;
  std::string archive_line, restore_line;  ///< as postgresql.conf should have them
};

/// Version and role; failed if walkit does not know WAL of this major.
CheckStep judge_server(const ServerFacts& facts);

/// One step for each setting that matters to a server in this role.
std::vector<CheckStep> judge_settings(const ServerFacts& facts, const ExpectedSettings& expected);

/// What the user must be allowed for the rest of the check: one step if that is so, else one for each right
/// that is missing, with the GRANT.
std::vector<CheckStep> judge_rights(const ServerFacts& facts);

}  // namespace walkit
