#include "walreader/segment_name.h"

#include <gtest/gtest.h>

namespace walkit {
namespace {

constexpr std::uint32_t kMiB = 1U << 20;

TEST(SegmentName, FormatsAsPostgresDoes) {
  EXPECT_EQ(segment_name(TimelineId{1}, SegmentNo{1}, 16 * kMiB), "000000010000000000000001");
  EXPECT_EQ(segment_name(TimelineId{0xAB}, SegmentNo{0x1FF}, 16 * kMiB), "000000AB00000001000000FF");
  EXPECT_EQ(segment_name(TimelineId{1}, SegmentNo{0x1FFF}, kMiB), "000000010000000100000FFF");
  EXPECT_EQ(segment_name(TimelineId{1}, SegmentNo{7}, 1024 * kMiB), "000000010000000100000003");
  EXPECT_EQ(history_name(TimelineId{0x1F}), "0000001F.history");
  EXPECT_EQ(backup_history_name(TimelineId{1}, Lsn{0x1'0200'0028}, 16 * kMiB),
            "000000010000000100000002.00000028.backup");
}

TEST(SegmentName, SurvivesTheWayBackForEverySegmentSize) {
  for (std::uint32_t size = kMiB; size <= 1024 * kMiB; size *= 2) {
    for (const std::uint64_t number : {0x1ULL, 0xFULL, 0x1000ULL, 0xFFF'FFFFULL}) {
      const auto name = parse_segment_name(segment_name(TimelineId{3}, SegmentNo{number}, size));
      ASSERT_TRUE(name);
      EXPECT_EQ(name->timeline, TimelineId{3});
      EXPECT_EQ(name->number(size), SegmentNo{number});
      EXPECT_TRUE(name->fits(size));
      EXPECT_EQ(format_segment_name(*name), segment_name(TimelineId{3}, SegmentNo{number}, size));
    }
  }
}

TEST(SegmentName, TakesTwentyFourUpperCaseDigitsOnly) {
  EXPECT_TRUE(parse_segment_name("0000000100000000000000AF"));
  for (const char* name : {"", "0", "00000001000000000000000", "0000000100000000000000011",
                           "0000000100000000000000af", "00000001000000000000000G", "0x0000010000000000000001",
                           "00000001 000000000000001", "000000010000000000000001.zst"})
    EXPECT_FALSE(parse_segment_name(name)) << name;
}

TEST(SegmentName, OrdinalBeyondTheSegmentSizeIsToldApart) {
  const auto name = parse_segment_name("000000010000000000000100");
  ASSERT_TRUE(name);
  EXPECT_FALSE(name->fits(16 * kMiB));
  EXPECT_TRUE(name->fits(kMiB));
  EXPECT_EQ(name->number(16 * kMiB), SegmentNo{0x100});
}

TEST(WalFileName, TellsTheFourKindsApart) {
  const auto segment = parse_wal_file_name("000000020000000300000004");
  ASSERT_TRUE(segment);
  EXPECT_EQ(segment->kind, WalFileKind::segment);
  EXPECT_EQ(segment->segment, (SegmentName{TimelineId{2}, 3, 4}));

  const auto partial = parse_wal_file_name("000000020000000300000004.partial");
  ASSERT_TRUE(partial);
  EXPECT_EQ(partial->kind, WalFileKind::partial);
  EXPECT_EQ(partial->segment, segment->segment);

  const auto history = parse_wal_file_name("0000000A.history");
  ASSERT_TRUE(history);
  EXPECT_EQ(history->kind, WalFileKind::history);
  EXPECT_EQ(history->segment.timeline, TimelineId{10});

  const auto backup = parse_wal_file_name("000000020000000300000004.00ABCDEF.backup");
  ASSERT_TRUE(backup);
  EXPECT_EQ(backup->kind, WalFileKind::backup_history);
  EXPECT_EQ(backup->backup_offset, 0xABCDEFU);
}

TEST(WalFileName, RefusesOtherNames) {
  for (const char* name :
       {"", "archive_status", "0000000A.histor", "0000000a.history", "00000001.history.tmp",
        "000000020000000300000004.partia", "000000020000000300000004.00ABCDEF.backu",
        "000000020000000300000004.0ABCDEF.backup", "000000020000000300000004x00ABCDEF.backup",
        "000000020000000300000004.00ABCDEG.backup", "xlogtemp.1234"})
    EXPECT_FALSE(parse_wal_file_name(name)) << name;
}

}  // namespace
}  // namespace walkit
