// WAL out of a repository, for the commands that decode.
#pragma once

#include <optional>

#include "tools/archive_settings.h"
#include "tools/wal_input.h"

namespace walkit {

/// Operands are STARTSEG [ENDSEG], names of segments; without them all of a timeline (the newest unless the
/// request names one) is read, with what its history names of its ancestors. Says what is wrong and returns
/// nullopt.
std::optional<WalInput> open_repository_input(const ArchiveSettings& settings, const InputRequest& request,
                                              Messages& messages);

}  // namespace walkit
