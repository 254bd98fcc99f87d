// Fetching segments before the server asks for them: the work of a process that `get` leaves behind.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "archiver/data_directory.h"
#include "archiver/prefetch_cache.h"
#include "archiver/store.h"

namespace walkit {

struct PrefetchLimits {
  std::uint32_t segments = 0;
  std::uint64_t bytes = 0;

  /// How many segments of this size are kept ahead.
  std::uint64_t capacity(std::uint32_t segment_size_bytes) const;
};

/// A value.
struct PrefetchPlan {
  std::string spool;  ///< Spool::path()
  std::function<std::unique_ptr<Store>()> open_store;
  std::string cluster;
  PrefetchOrigin origin;
  std::uint32_t segment_size_bytes = 0;
  DataDirectory server;
  PrefetchLimits limits;
  int jobs = 1;
  std::chrono::seconds patience{60};  ///< with a server that asks for nothing more
};

/// Whether it is time to fetch more: less than half of what may be ahead of `name` is there, and nobody is at
/// it.
bool wants_prefetch(const PrefetchCache& cache, const SegmentName& name, std::uint64_t capacity);

/// Keeps the cache filled with what comes after the segment that was asked for last, as the server goes on.
/// Returns when it is full, at the first segment that is not in the archive or not plainly restorable
/// (several copies, damage: `get` judges those), when the server is gone or asks no more, after any error,
/// and at once if another process does this already.
void prefetch(const PrefetchPlan& plan);

}  // namespace walkit
