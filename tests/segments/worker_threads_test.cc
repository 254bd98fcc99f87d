#include "segments/worker_threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <system_error>

namespace walkit {
namespace {

TEST(WorkerThreads, HelpersAreOneFewerThanTheTotal) {
  std::atomic<int> calls = 0;
  for (const std::size_t total : {0, 1, 2, 5}) start_helpers(total, [&] { ++calls; });
  EXPECT_EQ(calls, 1 + 4);
}

// Fails as a thread does that the system refuses.
struct RefusedAfter {
  RefusedAfter(int* copies, std::atomic<int>* counted) : left(copies), calls(counted) {}
  RefusedAfter(const RefusedAfter& other) : left(other.left), calls(other.calls) {
    if ((*left)-- == 0)
      throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
  }
  RefusedAfter(RefusedAfter&&) = default;
  void operator()() const { ++*calls; }

  int* left;
  std::atomic<int>* calls;
};

TEST(WorkerThreads, FewerHelpWhereTheSystemRefusesMore) {
  int left = 2;
  std::atomic<int> calls = 0;
  {
    const auto helpers = start_helpers(9, RefusedAfter(&left, &calls));
    EXPECT_EQ(helpers.size(), 2);
  }
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace walkit
