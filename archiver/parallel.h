// The same work on many things, with several threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>

#include "segments/worker_threads.h"

namespace walkit {

/// Calls `work(i)` for each i below `count`, in that order, on up to `jobs` threads, the calling one among
/// them.
template <typename Work>
void for_each_index(std::size_t count, int jobs, const Work& work) {
  std::atomic<std::size_t> next = 0;
  const auto take = [&] {
    for (std::size_t i; (i = next++) < count;) work(i);
  };
  const std::size_t threads = std::min(static_cast<std::size_t>(std::max(jobs, 1)), count);
  const auto helpers = start_helpers(threads, take);
  take();
}

}  // namespace walkit
