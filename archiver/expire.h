// Retention: which objects are not needed any more, and removing them in an order in which an interruption
// leaves a continuous archive.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "archiver/inventory.h"

namespace walkit {

/// What is to be kept; exactly one is set.
struct RetentionRule {
  std::optional<SegmentName> from{};        ///< this segment and later ones, whatever their timelines
  std::optional<std::chrono::days> days{};  ///< what restoring to any moment of so many days needs
  std::optional<std::uint64_t> bytes{};  ///< the newest objects of this sum, and what the newest backup needs
};

struct ExpiringObject {
  std::string object;
  std::uint64_t bytes = 0;
};

/// What would be removed, and why no more.
struct ExpirePlan {
  std::string
      kept_from;       ///< the first segment that stays, on the line of the newest timeline; empty if all do
  std::string reason;  ///< what decided, for people
  std::vector<ExpiringObject> objects;  ///< in the order in which they go
  std::uint64_t segments = 0;           ///< whole and partial ones, variants too
  std::uint64_t labels = 0;
  std::uint64_t leftovers = 0;  ///< of writers that died more than a day ago
  std::uint64_t bytes = 0;
  std::string first_file, last_file;  ///< of the segments that go, in that order
};

/// Segments are compared by number, without their timelines; labels, partial segments and variants go with
/// theirs, and histories stay. The newest segment of the newest timeline always stays. Base backups count
/// only if the newest timeline can be reached from them.
///
/// Kind::bad_input if the rule cannot be followed: a segment's name of another segment size, or a rule about
/// backups where no label was archived.
ArchiveResult<ExpirePlan> plan_expire(const Inventory& inventory, const RetentionRule& rule,
                                      std::chrono::sys_seconds now);

/// Removes what was planned, telling of each removed object. Stops at the first failure.
ArchiveResult<void> expire(Store& store, const ExpirePlan& plan,
                           const std::function<void(const ExpiringObject&)>& removed = {});

}  // namespace walkit
