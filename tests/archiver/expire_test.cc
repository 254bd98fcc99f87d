#include "archiver/expire.h"

#include <algorithm>

#include "archiver/store_decorators.h"
#include "tests/archiver/made_objects.h"
#include "walreader/read_error.h"

namespace walkit {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using test::Bytes;
using test::kServer;
using test::MadeRepository;
using namespace std::chrono_literals;

constexpr std::chrono::sys_seconds kNow = sys_days(2026y / 8 / 20);

std::string name_of(std::uint32_t timeline, std::uint64_t number) {
  return segment_name(TimelineId{timeline}, SegmentNo{number}, test::kMiB);
}
RetentionRule from(std::uint64_t number) { return {.from = parse_segment_name(name_of(1, number))}; }

class ExpireTest : public testing::Test {
 protected:
  void put_segments(std::uint32_t timeline, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t number = first; number <= last; ++number) made_.put_segment(name_of(timeline, number));
  }
  // A backup that starts and stops in segment `number`.
  void put_backup(std::uint32_t timeline, std::uint64_t number, const std::string& day) {
    const auto lsn = [&](std::uint64_t offset) { return to_string(Lsn{number * test::kMiB + offset}); };
    made_.put_text(name_of(timeline, number) + ".00000028.backup",
                   MadeRepository::label_text(lsn(0x28), lsn(0x100), day + " 12:00:00 UTC"));
  }
  Inventory read() { return read_inventory(made_.repository, kServer, 1).value(); }
  ExpirePlan plan(const RetentionRule& rule) { return plan_expire(read(), rule, kNow).value(); }

  // The files that are left after following the rule.
  std::vector<std::string> kept(const RetentionRule& rule) {
    EXPECT_TRUE(expire(made_.store, plan(rule)));
    std::vector<std::string> names;
    for (const InventoryItem& item : read().items) names.push_back(item.name.file);
    return names;
  }
  static std::vector<std::string> names(const ExpirePlan& plan) {
    std::vector<std::string> names;
    names.reserve(plan.objects.size());
    for (const ExpiringObject& object : plan.objects)
      names.push_back(object.object.substr(object.object.rfind('/') + 1));
    return names;
  }
  static std::vector<std::string> sorted(std::vector<std::string> names) {
    std::ranges::sort(names);
    return names;
  }

  MadeRepository made_;
};

TEST_F(ExpireTest, ComparesSegmentsWithoutTheirTimelines) {
  put_segments(1, 1, 4);
  put_segments(2, 3, 6);
  made_.put_text("00000002.history", "1\t0/480000\treason\n");
  EXPECT_EQ(kept(from(4)),
            sorted({name_of(1, 4), "00000002.history", name_of(2, 4), name_of(2, 5), name_of(2, 6)}));
}

TEST_F(ExpireTest, TakesLabelsPartialsVariantsAndSidecarsWithTheirSegments) {
  made_.put_segment(name_of(1, 1));
  made_.put(MadeRepository::segment_header(name_of(1, 1), Bytes(90)), Bytes(90), "0123456789abcdef");
  made_.put_segment(name_of(1, 2) + ".partial");
  put_backup(1, 2, "2026-08-01");
  auto plain = MadeRepository::segment_header(name_of(1, 2), Bytes(80));
  plain.codec.codec = Codec::none;
  made_.put(plain, Bytes(80));
  put_segments(1, 3, 3);
  const ExpirePlan plan = this->plan(from(3));
  EXPECT_EQ(names(plan),
            (std::vector<std::string>{name_of(1, 1) + ".zst", name_of(1, 1) + "~0123456789abcdef.zst",
                                      name_of(1, 2) + ".00000028.backup.zst", name_of(1, 2),
                                      name_of(1, 2) + ".json", name_of(1, 2) + ".partial.zst"}))
      << "oldest first, the label before its WAL, the segment before its header";
  EXPECT_EQ(plan.segments, 4U);
  EXPECT_EQ(plan.labels, 1U);
  EXPECT_EQ(plan.kept_from, name_of(1, 3));
  EXPECT_EQ(kept(from(3)), std::vector{name_of(1, 3)});
  EXPECT_EQ(made_.store.object_count(), 4U) << "walkit.json, owner.json, cluster.json and the segment";
}

TEST_F(ExpireTest, NeverRemovesTheNewestSegmentOfTheNewestTimeline) {
  put_segments(1, 1, 9);
  put_segments(2, 3, 5);
  EXPECT_EQ(kept(from(100)), sorted({name_of(1, 5), name_of(1, 6), name_of(1, 7), name_of(1, 8),
                                     name_of(1, 9), name_of(2, 5)}));
}

TEST_F(ExpireTest, RefusesASegmentOfAnotherSize) {
  put_segments(1, 1, 2);
  const auto plan = plan_expire(read(), {.from = parse_segment_name("0000000100000000FFFFFFFF")}, kNow);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind, ArchiveError::Kind::bad_input);
}

TEST_F(ExpireTest, WithoutALabelOnlyASegmentCanBeNamed) {
  put_segments(1, 1, 5);
  for (const RetentionRule& rule : {RetentionRule{.days = days(1)}, RetentionRule{.bytes = 1}}) {
    const auto plan = plan_expire(read(), rule, kNow);
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().kind, ArchiveError::Kind::bad_input);
    EXPECT_NE(plan.error().text.find("no backup label"), std::string::npos) << plan.error().text;
  }
}

TEST_F(ExpireTest, KeepsFromTheNewestBackupOlderThanTheWindow) {
  put_segments(1, 1, 9);
  put_backup(1, 2, "2026-08-01");
  put_backup(1, 4, "2026-08-08");
  put_backup(1, 7, "2026-08-15");
  EXPECT_EQ(plan({.days = days(30)}).objects.size(), 0U) << "no backup is older, so all is needed";
  EXPECT_EQ(plan({.days = days(19)}).objects.size(), 0U) << "the first is finished twelve hours too late";
  EXPECT_EQ(plan({.days = days(18)}).kept_from, name_of(1, 2));
  EXPECT_EQ(plan({.days = days(10)}).kept_from, name_of(1, 4));
  EXPECT_EQ(plan({.days = days(1)}).kept_from, name_of(1, 7));
}

TEST_F(ExpireTest, GoesByWhenALabelWasArchivedIfItsZoneIsAnyonesGuess) {
  put_segments(1, 1, 9);
  const auto archived = sys_days(2026y / 8 / 10).time_since_epoch() / 1ms;
  made_.put_text(name_of(1, 4) + ".00000028.backup",
                 MadeRepository::label_text("0/400028", "0/400100", "2026-07-01 12:00:00 CEST"), archived);
  EXPECT_EQ(plan({.days = days(11)}).objects.size(), 0U);
  EXPECT_EQ(plan({.days = days(10)}).kept_from, name_of(1, 4));
}

TEST_F(ExpireTest, CountsNoBackupThatTheNewestTimelineCannotBeRestoredFrom) {
  put_segments(1, 1, 9);
  put_segments(2, 5, 8);
  made_.put_text("00000002.history", "1\t0/580000\treason\n");
  put_backup(1, 3, "2026-08-01");
  put_backup(1, 7, "2026-08-02");  // after timeline 2 had left
  EXPECT_EQ(plan({.days = days(5)}).kept_from, name_of(1, 3));
  EXPECT_EQ(plan({.bytes = 1}).kept_from, name_of(1, 3));
}

TEST_F(ExpireTest, RemovesNothingIfTheNewestTimelineHasNoBackup) {
  put_segments(1, 1, 9);
  put_segments(2, 5, 8);
  put_backup(1, 3, "2026-08-01");
  const ExpirePlan plan = this->plan({.days = days(5)});
  EXPECT_TRUE(plan.objects.empty()) << "there is no history that says where timeline 2 comes from";
  EXPECT_NE(plan.reason.find("timeline 2 has no base backup"), std::string::npos) << plan.reason;
  EXPECT_TRUE(this->plan({.bytes = 1}).objects.empty());
}

TEST_F(ExpireTest, IgnoresALabelThatCannotBeRead) {
  put_segments(1, 1, 9);
  put_backup(1, 3, "2026-08-01");
  made_.put_text(name_of(1, 7) + ".00000028.backup", "nonsense\n");
  EXPECT_EQ(plan({.days = days(5)}).kept_from, name_of(1, 3));
}

TEST_F(ExpireTest, KeepsTheNewestBytesButNeverLessThanTheNewestBackupNeeds) {
  put_segments(1, 1, 9);
  put_backup(1, 7, "2026-08-15");
  const Inventory inventory = read();
  std::uint64_t label = 0;
  std::uint64_t segment = 0;
  for (const InventoryItem& item : inventory.items) (item.is_wal() ? segment : label) = item.stored_bytes;
  EXPECT_EQ(plan({.bytes = 1}).kept_from, name_of(1, 7));
  EXPECT_EQ(plan({.bytes = 5 * segment + label - 1}).kept_from, name_of(1, 6));
  EXPECT_EQ(plan({.bytes = 5 * segment + label}).kept_from, name_of(1, 5));
  EXPECT_TRUE(plan({.bytes = 1 << 20}).objects.empty());
}

TEST_F(ExpireTest, AnInterruptionLeavesAContinuousArchive) {
  put_segments(1, 1, 9);
  const ExpirePlan plan = this->plan(from(8));
  ASSERT_EQ(plan.objects.size(), 7U);
  for (std::size_t i = 0; i < plan.objects.size(); ++i) {
    ASSERT_TRUE(made_.store.remove(plan.objects[i].object));
    const InventorySummary summary = summarize(read());
    EXPECT_EQ(summary.ranges.size(), 1U) << "after " << i;
  }
}

TEST_F(ExpireTest, StopsAtTheFirstFailure) {
  put_segments(1, 1, 9);
  const ExpirePlan plan = this->plan(from(8));
  int removals = 0;
  const auto faulty =
      make_faulty_store(std::make_unique<MemoryStore>(),
                        [&](StoreOperation operation, std::string_view) -> std::optional<StoreError> {
                          if (operation != StoreOperation::remove || ++removals < 3) return {};
                          return StoreError{StoreError::Kind::denied, "permission denied"};
                        });
  int told = 0;
  const auto result = expire(*faulty, plan, [&](const ExpiringObject&) { ++told; });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().store, StoreError::Kind::denied);
  EXPECT_EQ(told, 2);
}

}  // namespace
}  // namespace walkit
