#include "walreader/version.h"

#include <gtest/gtest.h>

#include <string>

namespace walkit {
namespace {

TEST(Version, EveryMajorIsFoundByItsMagic) {
  for (int i = 0; i < kMajorCount; ++i) {
    const WalFormat& format = format_of(static_cast<Major>(static_cast<int>(kOldestMajor) + i));
    EXPECT_EQ(find_format(format.magic), &format);
  }
}

TEST(Version, TheNewestMinorIsOneOfItsMajor) {
  for (int i = 0; i < kMajorCount; ++i) {
    const int major = static_cast<int>(kOldestMajor) + i;
    const std::string_view minor = format_of(static_cast<Major>(major)).newest_minor;
    EXPECT_TRUE(minor.starts_with(std::to_string(major) + ".")) << minor;
  }
}

TEST(Version, UnknownMagicsAreNotFound) {
  EXPECT_EQ(find_format(0), nullptr);
  EXPECT_EQ(find_format(0xD101), nullptr);  // PostgreSQL 12
  EXPECT_EQ(find_format(0xFFFF), nullptr);
}

}  // namespace
}  // namespace walkit
