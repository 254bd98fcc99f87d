#include "archiver/inventory.h"

#include "tests/archiver/made_objects.h"

namespace walkit {
namespace {

using test::Bytes;
using test::kServer;
using test::MadeRepository;

std::string name_of(std::uint32_t timeline, std::uint64_t number) {
  return segment_name(TimelineId{timeline}, SegmentNo{number}, test::kMiB);
}

class InventoryTest : public testing::Test {
 protected:
  Inventory read(int jobs = 2) { return read_inventory(made_.repository, kServer, jobs).value(); }
  std::string directory() const { return made_.repository.identity_directory(kServer.system_identifier); }

  MadeRepository made_;
};

TEST_F(InventoryTest, IsEmptyForANewRepository) {
  const Inventory inventory = read();
  EXPECT_TRUE(inventory.items.empty());
  EXPECT_TRUE(inventory.strangers.empty()) << "cluster.json belongs there";
  const InventorySummary summary = summarize(inventory);
  EXPECT_TRUE(summary.sound());
  EXPECT_TRUE(summary.ranges.empty());
}

TEST_F(InventoryTest, FindsRangesAndGaps) {
  for (const std::uint64_t number : {3, 4, 5, 8, 9}) made_.put_segment(name_of(1, number));
  const InventorySummary summary = summarize(read());
  ASSERT_EQ(summary.ranges.size(), 2U);
  EXPECT_EQ(summary.ranges[0].first_file, name_of(1, 3));
  EXPECT_EQ(summary.ranges[0].last_file, name_of(1, 5));
  EXPECT_EQ(summary.ranges[0].segments, 3U);
  EXPECT_EQ(summary.ranges[0].start, Lsn{3 * test::kMiB});
  EXPECT_EQ(summary.ranges[0].end, Lsn{6 * test::kMiB});
  EXPECT_EQ(summary.ranges[0].first_archived_ms, 1'800'000'000'000);
  ASSERT_EQ(summary.gaps.size(), 1U);
  EXPECT_EQ(summary.gaps[0].first_file, name_of(1, 6));
  EXPECT_EQ(summary.gaps[0].last_file, name_of(1, 7));
  EXPECT_EQ(summary.gaps[0].segments, 2U);
  EXPECT_EQ(summary.gaps[0].next_file, name_of(1, 8));
  EXPECT_EQ(summary.highest, Lsn{10 * test::kMiB});
  EXPECT_FALSE(summary.sound());
}

TEST_F(InventoryTest, FollowsTimelinesByTheirHistories) {
  for (const std::uint64_t number : {3, 4, 5}) made_.put_segment(name_of(1, number));
  for (const std::uint64_t number : {5, 6}) made_.put_segment(name_of(2, number));
  made_.put_text("00000002.history", "1\t0/580000\treason\n");
  const Inventory sound = read();
  EXPECT_TRUE(summarize(sound).sound());
  EXPECT_EQ(sound.newest_timeline(), TimelineId{2});
  EXPECT_EQ(sound.newest_history().spans().size(), 2U);
  EXPECT_EQ(summarize(sound).highest, Lsn{7 * test::kMiB});

  made_.put_segment(name_of(3, 9));
  made_.put_text("00000003.history", "1\t0/580000\treason\n2\t0/780000\treason\n");
  const InventorySummary broken = summarize(read());
  ASSERT_EQ(broken.gaps.size(), 1U) << "timeline 3 should follow segment 7 of timeline 2";
  EXPECT_EQ(broken.gaps[0].segments, 2U);
}

TEST_F(InventoryTest, CountsEveryKindOfObject) {
  made_.put_segment(name_of(1, 3));
  made_.put(MadeRepository::segment_header(name_of(1, 3), Bytes(90)), Bytes(90), "0123456789abcdef");
  made_.put_segment(name_of(1, 4) + ".partial");
  made_.put_text("00000002.history", "1\t0/580000\treason\n");
  made_.put_text(name_of(1, 3) + ".00000028.backup",
                 MadeRepository::label_text("0/300028", "0/300100", "2026-08-01 12:30:00 UTC"));
  auto plain = MadeRepository::segment_header(name_of(1, 5), Bytes(80));
  plain.codec.codec = Codec::none;
  const std::string plain_object = made_.put(plain, Bytes(80));

  const Inventory inventory = read();
  const InventorySummary summary = summarize(inventory);
  EXPECT_EQ(summary.segments, 2U);
  EXPECT_EQ(summary.variants, 1U);
  EXPECT_EQ(summary.partials, 1U);
  EXPECT_EQ(summary.histories, 1U);
  EXPECT_EQ(summary.labels, 1U);
  ASSERT_EQ(summary.ranges.size(), 1U)
      << "the partial segment fills the gap, the variant is no second segment";
  EXPECT_EQ(summary.ranges[0].segments, 3U);
  ASSERT_EQ(inventory.backups.size(), 1U);
  EXPECT_EQ(inventory.backups[0].label.start, Lsn{0x300028});
  EXPECT_EQ(inventory.backups[0].finished_unix_s, 1785587400);
  for (const InventoryItem& item : inventory.items) {
    EXPECT_TRUE(item.header) << item.object;
    EXPECT_EQ(item.has_sidecar, item.object == plain_object);
  }
}

TEST_F(InventoryTest, APartialSegmentBesideTheWholeOneIsNoRangeOfItsOwn) {
  made_.put_segment(name_of(1, 3));
  made_.put_segment(name_of(1, 4) + ".partial");
  made_.put_segment(name_of(1, 4));
  const InventorySummary summary = summarize(read());
  ASSERT_EQ(summary.ranges.size(), 1U);
  EXPECT_EQ(summary.ranges[0].last_file, name_of(1, 4));
}

TEST_F(InventoryTest, TellsDamageFromUnreadableHeaders) {
  auto damaged = MadeRepository::segment_header(name_of(1, 3), Bytes(100));
  damaged.damaged = true;
  made_.put(damaged, Bytes(100));
  const std::string broken = made_.put_segment(name_of(1, 4));
  made_.store.plant(broken, Bytes(50));
  const std::string headerless = made_.repository.object_name(
      kServer.system_identifier, name_of(1, 5), *parse_wal_file_name(name_of(1, 5)), Codec::none);
  made_.store.plant(headerless, Bytes(50));
  made_.put_text("00000002.history", "nonsense\n");

  const Inventory inventory = read();
  const InventorySummary summary = summarize(inventory);
  ASSERT_EQ(summary.damaged.size(), 1U);
  EXPECT_EQ(inventory.items[summary.damaged[0]].name.file, name_of(1, 3));
  EXPECT_EQ(summary.unreadable.size(), 3U);
  EXPECT_TRUE(inventory.histories.empty());
  EXPECT_EQ(summary.ranges.size(), 1U) << "they are there all the same";
  EXPECT_TRUE(summary.gaps.empty());
}

TEST_F(InventoryTest, SetsAsideWhatIsNotTheArchivesOwn) {
  made_.put_segment(name_of(1, 3));
  const std::string subdirectory = directory() + "/0000000100000000";
  made_.store.plant(subdirectory + "/" + name_of(1, 4) + ".json", Bytes(5));
  made_.store.plant(subdirectory + "/notes.txt", Bytes(5));
  made_.store.plant(directory() + "/" + name_of(1, 5) + ".zst", Bytes(5));
  made_.store.plant(subdirectory + "/0000000100000000FFFFFFFF.zst", Bytes(5));
  const Inventory inventory = read();
  EXPECT_EQ(inventory.items.size(), 1U);
  ASSERT_EQ(inventory.orphans.size(), 1U);
  EXPECT_TRUE(inventory.orphans[0].name.ends_with(".json"));
  EXPECT_EQ(inventory.strangers.size(), 3U)
      << "no WAL, the wrong directory, a number no segment of 1 MiB has";
}

TEST_F(InventoryTest, ChoosesTheCopyThatIsRestored) {
  auto shorter = MadeRepository::segment_header(name_of(1, 3), Bytes(100));
  shorter.summary->ending = SegmentEnding::end_of_wal;
  shorter.summary->end = Lsn{0x300100};
  made_.put(shorter, Bytes(100));
  auto longer = shorter;
  longer.summary->end = Lsn{0x300200};
  const std::string expected = made_.put(longer, Bytes(101), "0123456789abcdef");
  auto diverging = longer;
  diverging.summary->end = Lsn{0x300300};
  diverging.diverging = true;
  made_.put(diverging, Bytes(102), "fedcba9876543210");

  const Inventory inventory = read();
  const auto copies = restorable_copies(inventory);
  ASSERT_EQ(copies.size(), 1U);
  EXPECT_EQ(inventory.items[copies[0]].object, expected);
  EXPECT_EQ(summarize(inventory).diverging.size(), 1U);
}

TEST_F(InventoryTest, IsTheSameWithAnyNumberOfThreads) {
  for (std::uint64_t number = 1; number < 60; ++number) made_.put_segment(name_of(1, number));
  const Inventory one = read(1);
  const Inventory many = read(8);
  ASSERT_EQ(one.items.size(), many.items.size());
  for (std::size_t i = 0; i < one.items.size(); ++i) {
    EXPECT_EQ(one.items[i].object, many.items[i].object);
    ASSERT_TRUE(many.items[i].header);
    EXPECT_EQ(one.items[i].header->plain_digest, many.items[i].header->plain_digest);
  }
}

}  // namespace
}  // namespace walkit
