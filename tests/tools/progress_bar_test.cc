#include "tools/progress_bar.h"

#include <gtest/gtest.h>

namespace walkit {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

TEST(ProgressLine, ShowsShareRateAndTimeLeft) {
  EXPECT_EQ(progress_line(50 * kMiB, 100 * kMiB, 2),
            "[===============>              ]  50%  25.0 MiB/s  2 s left");
}

TEST(ProgressLine, LongWaitsInLargerUnits) {
  EXPECT_TRUE(progress_line(kMiB, 101 * kMiB, 1).ends_with("  1 min 40 s left"));
  EXPECT_TRUE(progress_line(kMiB, 7201 * kMiB, 1).ends_with("  2 h 0 min left"));
}

TEST(ProgressLine, NothingDoneYet) {
  EXPECT_EQ(progress_line(0, 100, 0), "[>                             ]   0%  0 B/s");
}

TEST(ProgressLine, NeverMoreThanAll) {
  EXPECT_EQ(progress_line(300, 100, 1), "[==============================] 100%  100 B/s  0 s left");
}

TEST(ProgressLine, WorkOfNoSize) { EXPECT_TRUE(progress_line(0, 0, 1).starts_with("[>")); }

}  // namespace
}  // namespace walkit
