// From settings to the repository that the reading and keeping commands work on.
#pragma once

#include <memory>
#include <vector>

#include "archiver/repository.h"
#include "archiver/store.h"
#include "tools/archive_settings.h"
#include "tools/messages.h"

namespace walkit {

/// Exit status of those commands when the repository cannot be read.
inline constexpr int kExitRepository = 3;

struct OpenedRepository {
  std::unique_ptr<Store> store;
  Repository repository;  ///< borrows the store
};

/// The store that --repo names; what fails for a passing reason is tried again.
std::unique_ptr<Store> open_store(const ArchiveSettings& settings);
ArchiveResult<OpenedRepository> open_repository(const ArchiveSettings& settings);

/// The server that --system-identifier names, or all whose WAL is there.
ArchiveResult<std::vector<ClusterIdentity>> chosen_identities(const Repository& repository,
                                                              const ArchiveSettings& settings);

/// Says it, with its hint. Returns kExitRepository.
int report_error(const Messages& messages, const ArchiveError& error);

}  // namespace walkit
