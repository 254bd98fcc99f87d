#include "tools/timeline_choice.h"

#include <gtest/gtest.h>

#include <map>

namespace walkit {
namespace {

constexpr std::uint32_t kSegmentSize = 1 << 20;

TimelineHistory history(std::uint32_t timeline, std::string_view text) {
  return TimelineHistory::parse(TimelineId{timeline}, text).value();
}

// 2 left 1 at 0/300000; 3 left 1 at 0/200000; 4 left 2 at 0/500000; of 5 there is no file.
class TimelineChoice : public testing::Test {
 protected:
  std::expected<TimelineHistory, std::string> choose(TimelinePoint origin,
                                                     std::optional<TimelineId> asked_for = {}) {
    const HistoryReader read = [this](TimelineId timeline) -> std::expected<TimelineHistory, std::string> {
      const auto found = histories_.find(timeline.value);
      return found == histories_.end() ? TimelineHistory(timeline) : found->second;
    };
    return choose_history({{2}, {5}, {1}, {4}, {3}, {3}}, origin, asked_for, read,
                          Messages("walkit", "walkit feed"));
  }
  std::uint32_t chosen(std::uint32_t timeline, std::uint64_t lsn) {
    return choose({TimelineId{timeline}, Lsn{lsn}})->timeline().value;
  }

  std::map<std::uint32_t, TimelineHistory> histories_{{2, history(2, "1\t0/300000\n")},
                                                      {3, history(3, "1\t0/200000\n")},
                                                      {4, history(4, "1\t0/300000\n2\t0/500000\n")}};
};

TEST_F(TimelineChoice, TheNewestThatDescendsIsRead) {
  EXPECT_EQ(chosen(1, 0x100000), 4U);
  EXPECT_EQ(chosen(1, 0x300000), 4U);  // which both timelines have
  EXPECT_EQ(chosen(2, 0x400000), 4U);
  EXPECT_EQ(chosen(1, 0x300008), 1U);  // the others had left by then
  EXPECT_EQ(chosen(2, 0x500008), 2U);
  EXPECT_EQ(chosen(3, 0x250000), 3U);
}

TEST_F(TimelineChoice, OneThatIsAskedForHasToDescend) {
  EXPECT_EQ(choose({TimelineId{1}, Lsn{0x100000}}, TimelineId{3})->timeline().value, 3U);
  EXPECT_EQ(choose({TimelineId{1}, Lsn{0x250000}}, TimelineId{3}).error(),
            "timeline 3 does not descend from timeline 1 at 0/250000");
}

TEST_F(TimelineChoice, AnAncestorsSegmentsCountUpToTheSwitch) {
  const TimelineHistory& newest = histories_.at(4);
  EXPECT_TRUE(on_history(newest, {TimelineId{1}, 0, 2}, kSegmentSize));
  EXPECT_FALSE(on_history(newest, {TimelineId{1}, 0, 3}, kSegmentSize));  // it begins where 1 was left
  EXPECT_TRUE(on_history(newest, {TimelineId{4}, 0, 9}, kSegmentSize));
  EXPECT_FALSE(on_history(newest, {TimelineId{3}, 0, 2}, kSegmentSize));
}

}  // namespace
}  // namespace walkit
