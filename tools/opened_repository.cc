#include "tools/opened_repository.h"

#include "archiver/directory_store.h"
#include "archiver/store_decorators.h"

namespace walkit {

std::unique_ptr<Store> open_store(const ArchiveSettings& settings) {
  return make_retrying_store(make_directory_store(settings.repo, settings.modes));
}

ArchiveResult<OpenedRepository> open_repository(const ArchiveSettings& settings) {
  auto store = open_store(settings);
  auto repository = Repository::open(*store, settings.cluster);
  if (!repository) return std::unexpected(std::move(repository).error());
  return OpenedRepository{std::move(store), *std::move(repository)};
}

ArchiveResult<std::vector<ClusterIdentity>> chosen_identities(const Repository& repository,
                                                              const ArchiveSettings& settings) {
  if (!settings.system_identifier) return repository.identities();
  const auto identity = repository.identity(settings.system_identifier);
  if (!identity) return std::unexpected(identity.error());
  return std::vector{*identity};
}

int report_error(const Messages& messages, const ArchiveError& error) {
  messages.error(error.text);
  if (!error.hint.empty()) messages.hint(error.hint);
  return kExitRepository;
}

}  // namespace walkit
