#include "tools/cpu_quota.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/segments/test_files.h"

namespace walkit {
namespace {

class CpuQuota : public testing::Test {
 protected:
  void set(const std::string& group, const std::string& content) {
    std::filesystem::create_directories(mount_ / group);
    std::ofstream(mount_ / (group + "/cpu.max")) << content;
  }
  std::optional<int> of(const std::string& membership) { return cpu_quota(mount_.path(), membership); }

  TempDirectory mount_;
};

TEST_F(CpuQuota, IsTheLeastOfTheGroupAndAllAboveItRoundedUp) {
  set("a/b", "350000 100000\n");
  EXPECT_EQ(of("0::/a/b\n"), 4);
  set("a", "max 100000\n");
  EXPECT_EQ(of("0::/a/b\n"), 4);
  EXPECT_EQ(of("0::/a\n"), std::nullopt);
  set("a", "150000 100000\n");
  EXPECT_EQ(of("0::/a/b\n"), 2);
  EXPECT_EQ(of("4:memory:/x\n0::/a/b\n"), 2);
  set("", "5000 100000\n");
  EXPECT_EQ(of("0::/a/b\n"), 1);
  EXPECT_EQ(of("0::/\n"), 1);
}

TEST_F(CpuQuota, IsNoneWhereNothingSaysSo) {
  EXPECT_EQ(of(""), std::nullopt);
  EXPECT_EQ(of("1:cpu:/\n"), std::nullopt);
  EXPECT_EQ(of("0::/no/such\n"), std::nullopt);
  EXPECT_EQ(of("0::nonsense"), std::nullopt);
  for (const std::string content :
       {"", "max", "0 100000\n", "100000 0\n", "-1 5\n", "100000 x\n", "1 2 3\n"}) {
    set("a", content);
    EXPECT_EQ(of("0::/a\n"), std::nullopt) << content;
  }
}

}  // namespace
}  // namespace walkit
