#include "tools/stats_arguments.h"

#include <gtest/gtest.h>

namespace walkit {
namespace {

std::expected<StatsArguments, UsageError> read(const std::vector<std::string>& arguments) {
  return read_stats_arguments(*parse_options(Command::stats, arguments, {}));
}

TEST(StatsArguments, ValuesAreTakenAsTyped) {
  const auto read_ones =
      read({"--by=xid,rmgr,xid", "--top=0", "--start=1/A0", "--end=1/FFFFFFFF", "-t", "0x1F", "seg"});
  ASSERT_TRUE(read_ones) << read_ones.error().text;
  EXPECT_EQ(read_ones->choice.by, (std::vector{Breakdown::xid, Breakdown::rmgr}));
  EXPECT_EQ(read_ones->choice.top, 0u);
  EXPECT_EQ(read_ones->start, Lsn{0x1000000A0});
  EXPECT_EQ(read_ones->end, Lsn{0x1FFFFFFFF});
  EXPECT_EQ(read_ones->timeline, TimelineId{31});
  EXPECT_EQ(read_ones->operands, std::vector<std::string>{"seg"});
}

TEST(StatsArguments, AllMeansEveryBreakdown) {
  EXPECT_EQ(read({"--by=all", "--catalog=backup"})->choice.by.size(), kBreakdowns);
}

TEST(StatsArguments, TablesAreKnownWithACatalogOnly) {
  EXPECT_EQ(read({"--by=all"})->choice.by.size(), kBreakdowns - 1);
  EXPECT_EQ(read({"--by=table"}).error().text, "--by=table requires --catalog");
  EXPECT_EQ(read({"--by=table", "--catalog=backup"})->choice.by, std::vector{Breakdown::table});
}

TEST(StatsArguments, WrongValuesAreNamed) {
  for (const char* wrong : {"--by=,", "--by=rmgr,", "--by=relations", "--top=-1", "--top=x", "--top=1x",
                            "--start=1", "--start=1/", "--start=/1", "--end=1/1FFFFFFFF", "--end=1/1g",
                            "--timeline=0", "--timeline=4294967296", "--jobs=0", "--jobs=2x"}) {
    const std::string argument = wrong;
    const std::size_t equals = argument.find('=');
    const auto result = read({argument});
    ASSERT_FALSE(result) << argument;
    EXPECT_EQ(result.error().text, "invalid value \"" + argument.substr(equals + 1) + "\" for option " +
                                       argument.substr(0, equals));
  }
}

}  // namespace
}  // namespace walkit
