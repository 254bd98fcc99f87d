// Threads that share work with the one that starts them.
#pragma once

#include <cstddef>
#include <system_error>
#include <thread>
#include <vector>

namespace walkit {

/// Starts threads that call `work`, so that with the caller, which does the same, there are `total`; fewer
/// where the system refuses more, as under a limit on processes. They are joined as the vector goes.
template <typename Work>
std::vector<std::jthread> start_helpers(std::size_t total, const Work& work) {
  std::vector<std::jthread> helpers;
  try {
    while (helpers.size() + 1 < total) helpers.emplace_back(work);
  } catch (const std::system_error&) {  // all of the work is done with any number
  }
  return helpers;
}

}  // namespace walkit
