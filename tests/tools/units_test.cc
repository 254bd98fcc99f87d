#include "tools/units.h"

#include <gtest/gtest.h>

namespace walkit {
namespace {

TEST(Units, SizesHaveOneDecimalInTheLargestFittingUnit) {
  EXPECT_EQ(binary_size(0), "0 B");
  EXPECT_EQ(binary_size(1023), "1023 B");
  EXPECT_EQ(binary_size(1024), "1.0 KiB");
  EXPECT_EQ(binary_size(1536), "1.5 KiB");
  EXPECT_EQ(binary_size(16 << 20), "16.0 MiB");
  EXPECT_EQ(binary_size(UINT64_MAX), "16.0 EiB");
}

TEST(Units, SizesNeverPrintAs1024OfAUnit) {
  EXPECT_EQ(binary_size((1 << 20) - 1), "1.0 MiB");
  EXPECT_EQ(binary_size((1ull << 60) - 1), "1.0 EiB");
}

TEST(Units, CountsHaveTheirPlural) {
  EXPECT_EQ(plural(1, "gap"), "1 gap");
  EXPECT_EQ(plural(0, "gap"), "0 gaps");
  EXPECT_EQ(plural(2, "history", "histories"), "2 histories");
}

TEST(Units, PercentageOfNothingIsNone) {
  EXPECT_EQ(percentage(1, 3), "33.3%");
  EXPECT_EQ(percentage(0, 0), "-");
}

}  // namespace
}  // namespace walkit
