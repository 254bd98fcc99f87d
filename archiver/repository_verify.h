// Every object of a repository held against what its header says: each stored and each plain byte, every
// record.
//
// What one object alone cannot show (records across segments, gaps, timelines) is for whoever has all of
// them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "archiver/inventory.h"
#include "segments/page_probe.h"

namespace walkit {

struct RepositoryProblem {
  enum class Severity : std::uint8_t {
    warning,  ///< nothing is lost: remains of an interrupted push, files of somebody else
    damage,
    unreachable,  ///< the store failed; what is there is not known
  };
  Severity severity = Severity::damage;
  std::string object;
  std::string text;
};

/// What was found in one item of the inventory.
struct CheckedItem {
  bool sound = false;                   ///< its content is what was archived, broken records included
  PageProbe probe;                      ///< of a sound segment or partial segment
  std::optional<SegmentSummary> found;  ///< likewise; nullopt if its first page is no guide
};

struct RepositoryFindings {
  std::vector<RepositoryProblem> problems;  ///< by object
  std::vector<CheckedItem> items;           ///< one an item of the inventory
  std::uint64_t objects = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t plain_bytes = 0;  ///< that were looked at
};

/// Told how many plain bytes have been checked so far, from any thread but one at a time.
using VerifyProgress = std::function<void(std::uint64_t bytes)>;

/// Reads every object with `jobs` threads. Memory: about 10 MiB a thread.
RepositoryFindings verify_objects(Store& store, const Inventory& inventory, int jobs,
                                  const VerifyProgress& progress = {});

}  // namespace walkit
