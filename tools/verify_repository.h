// The check of a repository: each object by itself, then the segments with one another, as those of a
// directory.
#pragma once

#include <functional>
#include <vector>

#include "archiver/inventory.h"
#include "archiver/repository.h"
#include "tools/verify_report.h"

namespace walkit {

/// What of a repository is looked at. A value; borrows the repository.
class RepositoryVerifier {
 public:
  /// Lists it and reads the headers.
  static ArchiveResult<RepositoryVerifier> open(const Repository& repository,
                                                const std::vector<ClusterIdentity>& identities, int jobs);

  /// Bytes that verify() will tell its progress in.
  std::uint64_t total_bytes() const;

  /// Told how many bytes are done, from any thread but one at a time.
  void verify(const std::function<void(std::uint64_t bytes)>& progress, VerifyReport& report) const;

 private:
  RepositoryVerifier(const Repository& repository, int jobs) : repository_(&repository), jobs_(jobs) {}
  void verify(const Inventory& inventory, const std::function<void(std::uint64_t bytes)>& progress,
              VerifyReport& report) const;

  const Repository* repository_;
  int jobs_;
  std::vector<Inventory> inventories_;
};

}  // namespace walkit
