#include "tools/verify_repository.h"

#include <fmt/format.h>

#include <algorithm>

#include "archiver/repository_source.h"
#include "archiver/repository_verify.h"
#include "tools/verify_set.h"

namespace walkit {
namespace {

// Units of the decoder are small, and files that are read in parallel lie next to each other.
constexpr std::size_t kWindowBytes = std::size_t{16} << 20;

Severity severity_of(RepositoryProblem::Severity severity) {
  switch (severity) {
    case RepositoryProblem::Severity::warning:
      return Severity::warning;
    case RepositoryProblem::Severity::damage:
      return Severity::damage;
    case RepositoryProblem::Severity::unreachable:
      break;
  }
  return Severity::unreadable;
}

std::uint64_t bytes_of(const Inventory& inventory) {
  std::uint64_t bytes = 0;
  for (const InventoryItem& item : inventory.items)
    if (item.header) bytes += item.header->plain_size_bytes;
  return bytes;
}

// The segments whose objects are sound, as `get` would give them; what the others hold has been reported.
VerifySet set_of(const Inventory& inventory, const RepositoryFindings& findings,
                 const Repository& repository) {
  VerifySet set;
  set.directory = repository.identity_directory(inventory.identity.system_identifier);
  set.histories = inventory.histories;
  set.archived_because = "it was archived as a complete segment";
  set.open = [&store = repository.store()](const std::string& object) {
    return open_archived_file(store, object, {.window_bytes = kWindowBytes});
  };
  for (const std::size_t i : restorable_copies(inventory)) {
    const InventoryItem& item = inventory.items[i];
    const CheckedItem& checked = findings.items[i];
    const SegmentName name = item.name.wal.segment;
    if (!checked.sound) {
      set.unusable.push_back(name);
      continue;
    }
    const bool partial = item.is(WalFileKind::partial);
    set.files.push_back({.path = item.object,
                         .name = name,
                         .partial = partial,
                         .archived = !partial,
                         .probe = checked.probe});
  }
  return set;
}

// Broken records of copies that are not part of the chain, which would otherwise go unsaid.
void report_spare_copies(const Inventory& inventory, const RepositoryFindings& findings,
                         VerifyReport& report) {
  const std::vector<std::size_t> chain = restorable_copies(inventory);
  for (std::size_t i = 0; i < inventory.items.size(); ++i) {
    const auto& found = findings.items[i].found;
    if (!found || found->ending != SegmentEnding::corrupt || std::ranges::find(chain, i) != chain.end())
      continue;
    report.damage(inventory.items[i].object, found->stopped_at, found->reason);
  }
}

}  // namespace

ArchiveResult<RepositoryVerifier> RepositoryVerifier::open(const Repository& repository,
                                                           const std::vector<ClusterIdentity>& identities,
                                                           int jobs) {
  RepositoryVerifier verifier(repository, jobs);
  for (const ClusterIdentity& identity : identities) {
    auto inventory = read_inventory(repository, identity, jobs);
    if (!inventory) return std::unexpected(inventory.error());
    verifier.inventories_.push_back(*std::move(inventory));
  }
  return verifier;
}

// Each object is read once by itself and once more as one of many.
std::uint64_t RepositoryVerifier::total_bytes() const {
  std::uint64_t bytes = 0;
  for (const Inventory& inventory : inventories_) bytes += 2 * bytes_of(inventory);
  return bytes;
}

void RepositoryVerifier::verify(const std::function<void(std::uint64_t bytes)>& progress,
                                VerifyReport& report) const {
  std::uint64_t done = 0;
  for (const Inventory& inventory : inventories_) {
    verify(inventory, [&](std::uint64_t bytes) { progress(done + bytes); }, report);
    done += 2 * bytes_of(inventory);
  }
}

void RepositoryVerifier::verify(const Inventory& inventory,
                                const std::function<void(std::uint64_t bytes)>& progress,
                                VerifyReport& report) const {
  const RepositoryFindings findings = verify_objects(repository_->store(), inventory, jobs_, progress);
  for (const RepositoryProblem& problem : findings.problems)
    report.problems.push_back({severity_of(problem.severity), problem.object, {}, problem.text});
  report_spare_copies(inventory, findings, report);
  const std::uint64_t done = bytes_of(inventory);
  verify_set(
      set_of(inventory, findings, *repository_), jobs_, [&](std::uint64_t bytes) { progress(done + bytes); },
      report);
}

}  // namespace walkit
