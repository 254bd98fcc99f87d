#include "walreader/history.h"

#include <gtest/gtest.h>

namespace walkit {
namespace {

constexpr TimelineId kFour{4};

TEST(TimelineHistory, WithoutAncestorsHoldsEverything) {
  const TimelineHistory history(kFour);
  EXPECT_EQ(history.timeline_of(Lsn{1}), kFour);
  EXPECT_EQ(history.timeline_of(Lsn{~0ULL}), kFour);
  EXPECT_FALSE(history.switch_point(kFour));
  EXPECT_EQ(history.spans().size(), 1U);
}

TEST(TimelineHistory, ParsesWhatPostgresWrites) {
  const auto history = TimelineHistory::parse(kFour,
                                              "1\t0/3000000\tno recovery target specified\n"
                                              "\n"
                                              "2\tA/5000028\tbefore 2026-01-01 00:00:00+00\n");
  ASSERT_TRUE(history);
  ASSERT_EQ(history->spans().size(), 3U);
  EXPECT_EQ(history->spans()[0].reason, "no recovery target specified");
  EXPECT_EQ(history->spans()[1].begin, Lsn{0x3000000});
  EXPECT_EQ(history->spans()[1].end, Lsn{0xA'0500'0028});
  EXPECT_EQ(history->timeline(), kFour);
  EXPECT_FALSE(history->spans()[2].end.valid());
  EXPECT_EQ(history->switch_point(TimelineId{1}), Lsn{0x3000000});
  EXPECT_FALSE(history->switch_point(TimelineId{3}));
}

TEST(TimelineHistory, SwitchPointBelongsToTheNextTimeline) {
  const auto history = TimelineHistory::parse(kFour, "1 0/3000000\n2 0/5000028\n");
  ASSERT_TRUE(history);
  EXPECT_EQ(history->timeline_of(Lsn{0x2FFFFFF}), TimelineId{1});
  EXPECT_EQ(history->timeline_of(Lsn{0x3000000}), TimelineId{2});
  EXPECT_EQ(history->timeline_of(Lsn{0x5000027}), TimelineId{2});
  EXPECT_EQ(history->timeline_of(Lsn{0x5000028}), kFour);
}

TEST(TimelineHistory, SkipsCommentsAndTakesAnyLineEnd) {
  const auto history = TimelineHistory::parse(kFour, "# made by hand\r\n  # indented\r\n  1 0/10\r\n2\t0/20");
  ASSERT_TRUE(history);
  EXPECT_EQ(history->spans().size(), 3U);
  EXPECT_EQ(history->spans()[0].reason, "");
}

TEST(TimelineHistory, NewestWinsWhereSwitchPointsDecrease) {
  const auto history = TimelineHistory::parse(kFour, "1 0/5000000\n2 0/4000000\n");
  ASSERT_TRUE(history);
  EXPECT_EQ(history->timeline_of(Lsn{0x3FFFFFF}), TimelineId{1});
  EXPECT_EQ(history->timeline_of(Lsn{0x4800000}), kFour);
}

struct BadHistory {
  const char* text;
  HistoryError::Kind kind;
  std::size_t line_number;
};

TEST(TimelineHistory, ReportsWhatIsWrongAndWhere) {
  for (const BadHistory& bad : {
           BadHistory{"x 0/1\n", HistoryError::Kind::timeline_expected, 1},
           BadHistory{"99999999999 0/1\n", HistoryError::Kind::timeline_expected, 1},
           BadHistory{"-1 0/1\n", HistoryError::Kind::timeline_expected, 1},
           BadHistory{"# c\n1\n", HistoryError::Kind::switch_point_expected, 2},
           BadHistory{"1 0\n", HistoryError::Kind::switch_point_expected, 1},
           BadHistory{"1 0/\n", HistoryError::Kind::switch_point_expected, 1},
           BadHistory{"1 0/123456789\n", HistoryError::Kind::switch_point_expected, 1},
           BadHistory{"2 0/1\n1 0/2\n", HistoryError::Kind::not_increasing, 2},
           BadHistory{"2 0/1\n2 0/2\n", HistoryError::Kind::not_increasing, 2},
           BadHistory{"1 0/1\n4 0/2\n", HistoryError::Kind::not_below_child, 2},
       }) {
    const auto history = TimelineHistory::parse(kFour, bad.text);
    ASSERT_FALSE(history) << bad.text;
    EXPECT_EQ(history.error().kind, bad.kind) << bad.text;
    EXPECT_EQ(history.error().line_number, bad.line_number) << bad.text;
    EXPECT_FALSE(hint(history.error()).empty());
  }
  const auto history = TimelineHistory::parse(kFour, "1 oops\n");
  ASSERT_FALSE(history);
  EXPECT_EQ(describe(history.error()), "syntax error in history file: 1 oops");
}

}  // namespace
}  // namespace walkit
