#include "walreader/chain.h"

#include <gtest/gtest.h>

namespace walkit {
namespace {

constexpr std::uint32_t kSegment = 1 << 20;
const WalFormat& kFormat = format_of(Major::pg16);

Lsn segment_start(std::uint64_t number) { return Lsn{number * kSegment}; }

ChainSegment segment(std::uint32_t timeline, std::uint64_t number, PageState first_page = PageState::own) {
  return {.timeline = {timeline}, .number = {number}, .first_page = first_page};
}

PageHeader page(std::uint32_t timeline, Lsn address) {
  return {.magic = kFormat.magic, .timeline = {timeline}, .address = address};
}

TimelineHistory history(std::uint32_t timeline, std::string_view text) {
  return TimelineHistory::parse({timeline}, text).value();
}

Histories histories(std::initializer_list<TimelineHistory> list) {
  Histories all;
  for (const TimelineHistory& one : list) all.emplace(one.timeline(), one);
  return all;
}

PageState judge(const PageHeader& header, std::uint32_t timeline, std::uint32_t oldest = 0) {
  return judge_page(header, segment_start(9), {timeline}, {oldest}, kFormat);
}

TEST(JudgePage, ItsOwnAddressAndTimeline) { EXPECT_EQ(judge(page(1, segment_start(9)), 1), PageState::own); }

TEST(JudgePage, CopyOfAnAncestorsPage) { EXPECT_EQ(judge(page(1, segment_start(9)), 2, 1), PageState::own); }

TEST(JudgePage, RecycledFromALowerAddress) {
  EXPECT_EQ(judge(page(1, segment_start(4)), 1), PageState::stale);
}

TEST(JudgePage, RecycledFromATimelineThatWasLeft) {
  EXPECT_EQ(judge(page(1, segment_start(12)), 2, 2), PageState::stale);
  EXPECT_EQ(judge(page(1, segment_start(9)), 2, 2), PageState::stale);
}

TEST(JudgePage, NeverWritten) { EXPECT_EQ(judge(PageHeader{}, 1), PageState::zeros); }

TEST(JudgePage, Damage) {
  EXPECT_EQ(judge(page(1, segment_start(12)), 1), PageState::damaged);  // from a higher address
  EXPECT_EQ(judge(page(2, segment_start(9)), 1), PageState::damaged);   // from the future
  PageHeader other = page(1, segment_start(9));
  other.magic = 0x1234;
  EXPECT_EQ(judge(other, 1), PageState::damaged);
}

TEST(FindChain, OneRunATimeline) {
  const ChainSegment segments[] = {segment(2, 4), segment(1, 3), segment(1, 2), segment(1, 4)};
  const Chain chain = find_chain(segments);
  ASSERT_EQ(chain.runs.size(), 2U);
  EXPECT_EQ(chain.runs[0].segments, (std::vector<std::size_t>{2, 1, 3}));
  EXPECT_EQ(chain.runs[1].segments, (std::vector<std::size_t>{0}));
  EXPECT_TRUE(chain.gaps.empty());
  EXPECT_TRUE(chain.past_end.empty());
}

TEST(FindChain, GapSplitsARun) {
  const ChainSegment segments[] = {segment(1, 2), segment(1, 6)};
  const Chain chain = find_chain(segments);
  EXPECT_EQ(chain.runs.size(), 2U);
  ASSERT_EQ(chain.gaps.size(), 1U);
  EXPECT_EQ(chain.gaps[0].first, SegmentNo{3});
  EXPECT_EQ(chain.gaps[0].last, SegmentNo{5});
  EXPECT_EQ(chain.gaps[0].next_segment, 1U);
}

TEST(FindChain, RecycledFilesAfterTheLastUsedOneArePastTheEnd) {
  const ChainSegment segments[] = {segment(1, 2), segment(1, 3, PageState::stale),
                                   segment(1, 5, PageState::zeros)};
  const Chain chain = find_chain(segments);
  ASSERT_EQ(chain.runs.size(), 1U);
  EXPECT_EQ(chain.runs[0].segments.size(), 1U);
  EXPECT_EQ(chain.past_end, (std::vector<std::size_t>{1, 2}));
  EXPECT_TRUE(chain.gaps.empty()) << "nothing is missing between files that are not used";
}

TEST(FindChain, StaleFileBetweenUsedOnesBelongsToTheRun) {
  const ChainSegment segments[] = {segment(1, 2), segment(1, 3, PageState::stale), segment(1, 4)};
  const Chain chain = find_chain(segments);
  ASSERT_EQ(chain.runs.size(), 1U);
  EXPECT_EQ(chain.runs[0].segments.size(), 3U);
}

TEST(FindChain, SecondFileOfASegmentIsARunOfItsOwn) {
  ChainSegment partial = segment(1, 3);
  partial.partial = true;
  const ChainSegment segments[] = {segment(1, 2), partial, segment(1, 3), segment(1, 4)};
  const Chain chain = find_chain(segments);
  ASSERT_EQ(chain.runs.size(), 2U);
  EXPECT_EQ(chain.runs[0].segments, (std::vector<std::size_t>{0, 2, 3}));
  EXPECT_EQ(chain.runs[1].segments, (std::vector<std::size_t>{1}));
  EXPECT_TRUE(chain.gaps.empty());
}

TEST(FindChain, NothingAtAll) { EXPECT_TRUE(find_chain({}).runs.empty()); }

TEST(FindBranchGaps, ChildFollowsItsParent) {
  const ChainSegment segments[] = {segment(1, 3), segment(1, 4), segment(2, 4), segment(2, 5)};
  const Histories known = histories({history(2, "1\t0/400100\tpromoted\n")});
  EXPECT_TRUE(find_branch_gaps(segments, known, kSegment).empty());
}

TEST(FindBranchGaps, ParentsPartOfTheSegmentIsInTheChilds) {
  const ChainSegment segments[] = {segment(1, 3), segment(2, 4)};
  const Histories known = histories({history(2, "1\t0/400100\tpromoted\n")});
  EXPECT_TRUE(find_branch_gaps(segments, known, kSegment).empty());
}

TEST(FindBranchGaps, MissingBetweenParentAndChild) {
  const ChainSegment segments[] = {segment(1, 2), segment(2, 5)};
  const Histories known = histories({history(2, "1\t0/400100\tpromoted\n")});
  const auto gaps = find_branch_gaps(segments, known, kSegment);
  ASSERT_EQ(gaps.size(), 1U);
  EXPECT_EQ(gaps[0].timeline, TimelineId{1});
  EXPECT_EQ(gaps[0].first, SegmentNo{3});
  EXPECT_EQ(gaps[0].last, SegmentNo{4});
}

TEST(FindBranchGaps, ParentMayBeGone) {
  const ChainSegment segments[] = {segment(2, 7), segment(2, 8)};
  const Histories known = histories({history(2, "1\t0/400100\tpromoted\n")});
  EXPECT_TRUE(find_branch_gaps(segments, known, kSegment).empty());
}

TEST(SwitchPoints, OnlyThoseOfTimelinesThatHaveSegments) {
  const ChainSegment segments[] = {segment(1, 3), segment(3, 4)};
  const Histories known = histories(
      {history(2, "1\t0/300100\tpromoted\n"), history(3, "1\t0/300100\tpromoted\n2\t0/400200\tagain\n")});
  EXPECT_EQ(switch_points({1}, segments, known), (std::vector<Lsn>{Lsn{0x300100}}));
  EXPECT_EQ(switch_points({3}, segments, known), std::vector<Lsn>{});
}

TEST(TimelineExpected, FollowsTheHistory) {
  const TimelineHistory known = history(2, "1\t0/400100\tpromoted\n");
  EXPECT_TRUE(timeline_expected(&known, {2}, Lsn{0x400000}, {1}));
  EXPECT_FALSE(timeline_expected(&known, {2}, Lsn{0x400000}, {2}));
  EXPECT_TRUE(timeline_expected(&known, {2}, Lsn{0x402000}, {2}));
  EXPECT_FALSE(timeline_expected(&known, {2}, Lsn{0x402000}, {1}));
}

TEST(TimelineExpected, AnyAncestorWithoutAHistory) {
  EXPECT_TRUE(timeline_expected(nullptr, {3}, Lsn{0x400000}, {1}));
  EXPECT_FALSE(timeline_expected(nullptr, {3}, Lsn{0x400000}, {4}));
  EXPECT_FALSE(timeline_expected(nullptr, {3}, Lsn{0x400000}, {0}));
}

TEST(HistoriesAgree, ChildRepeatsItsParents) {
  const TimelineHistory parent = history(2, "1\t0/300100\tx\n");
  EXPECT_TRUE(histories_agree(parent, history(3, "1\t0/300100\ty\n2\t0/400200\tz\n")));
  EXPECT_FALSE(histories_agree(parent, history(3, "1\t0/300180\ty\n2\t0/400200\tz\n")));
  EXPECT_FALSE(histories_agree(parent, history(3, "2\t0/400200\tz\n")));
  EXPECT_TRUE(histories_agree(parent, history(3, "1\t0/200100\tz\n"))) << "2 is no ancestor of 3";
}

constexpr Lsn kStop{0x345678};

TEST(IsDamage, NothingAfterItIsTheEndOfWal) { EXPECT_FALSE(is_damage(kStop, {}, {})); }

TEST(IsDamage, WhatWasWrittenLaterProvesIt) {
  EXPECT_TRUE(is_damage(kStop, {.later_page = true}, {}));
  EXPECT_TRUE(is_damage(kStop, {.next_segment = true}, {}));
  EXPECT_TRUE(is_damage(kStop, {.later_segment = true}, {}));
  EXPECT_TRUE(is_damage(kStop, {.first_page_damaged = true}, {}));
}

TEST(IsDamage, CompleteSegmentHasNoEnd) { EXPECT_TRUE(is_damage(kStop, {.archived = true}, {})); }

TEST(IsDamage, PartialSegmentIsNeverComplete) {
  EXPECT_FALSE(is_damage(kStop, {.later_segment = true, .partial = true}, {}));
  EXPECT_TRUE(is_damage(kStop, {.later_page = true, .partial = true}, {}));
}

TEST(IsDamage, TimelineThatWasLeftEndsThere) {
  const Lsn left[] = {kStop};
  EXPECT_FALSE(is_damage(kStop, {.archived = true}, left)) << "a standby marks it .done, half written";
  const Lsn later[] = {kStop + 8};
  EXPECT_TRUE(is_damage(kStop, {}, later)) << "the next timeline began with more records than that";
}

}  // namespace
}  // namespace walkit
