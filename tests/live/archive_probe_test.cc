#include "live/archive_probe.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/archiver/archive_support.h"
#include "tests/live/fake_server.h"

namespace walkit {
namespace {

using namespace std::chrono_literals;
using namespace test;

constexpr std::uint32_t kMiB = 1U << 20;

Deadline in(std::chrono::milliseconds time) { return Deadline::clock::now() + time; }

TEST(SegmentBefore, ARecordThatEndsWithItsSegmentIsInThatSegment) {
  EXPECT_EQ(segment_before({1}, Lsn{5 * kMiB - 1}, kMiB), "000000010000000000000004");
  EXPECT_EQ(segment_before({1}, Lsn{5 * kMiB}, kMiB), "000000010000000000000004");
  EXPECT_EQ(segment_before({1}, Lsn{5 * kMiB + 1}, kMiB), "000000010000000000000005");
  EXPECT_EQ(segment_before({2}, Lsn{std::uint64_t{1} << 32}, 16 * kMiB), "0000000200000000000000FF");
}

TEST(SwitchSegment, SaysWhichSegmentAndSwitches) {
  FakeServer server;
  server.answer("pg_create_restore_point", {{"5242880", "0000000A", "1700000000000000"}});
  server.answer("pg_switch_wal", {{"0/4FFFFF"}});
  const auto segment = switch_segment(server, kMiB, in(1s));
  ASSERT_TRUE(segment) << segment.error().text;
  EXPECT_EQ(segment->restore_point, Lsn{5 * kMiB});
  EXPECT_EQ(segment->file, "0000000A0000000000000004");
  EXPECT_EQ(segment->written_us, 1700000000000000);
  EXPECT_TRUE(server.asked.back().contains("pg_switch_wal"));
}

TEST(SwitchSegment, DoesNotSwitchAfterAnAnswerThatIsNone) {
  for (const Row& row : {Row{"0", "00000001", "1"}, Row{"x", "00000001", "1"}, Row{"5", std::nullopt, "1"},
                         Row{"5", "00000001", "now"}, Row{"5"}}) {
    FakeServer server;
    server.answer("pg_create_restore_point", {row});
    EXPECT_FALSE(switch_segment(server, kMiB, in(1s)));
    EXPECT_EQ(server.asked.size(), 1u);
  }
}

class AwaitSegment : public testing::Test {
 protected:
  static constexpr std::int64_t kWritten = 1700000000000000;

  void state(std::int64_t failed_us, std::string archived, std::string failing = {}) {
    server_.answer("pg_stat_archiver",
                   {{std::to_string(failed_us), std::move(archived), std::move(failing)}});
  }
  ServerResult<void> await(const std::string& file, std::chrono::milliseconds time) {
    return await_segment(server_, archive_.store(), "main", TestArchive::identity().system_identifier,
                         {Lsn{1}, file, kWritten}, in(time));
  }

  FakeServer server_;
  TestArchive archive_;
};

TEST_F(AwaitSegment, EndsWhenTheSegmentIsThere) {
  archive_.add_segment(5);
  EXPECT_TRUE(await(segment_file({1}, 5), 10s));
}

TEST_F(AwaitSegment, AFailureSinceTheSwitchEndsIt) {
  state(kWritten + 1, "", segment_file({1}, 4));
  const auto arrived = await(segment_file({1}, 5), 10s);
  ASSERT_FALSE(arrived);
  EXPECT_TRUE(arrived.error().text.contains(segment_file({1}, 4))) << arrived.error().text;
}

TEST_F(AwaitSegment, WhatWasArchivedElsewhereIsNotWaitedFor) {
  for (const std::uint64_t last : {5, 6}) {
    state(kWritten, segment_file({1}, last));
    const auto arrived = await(segment_file({1}, 5), 10s);
    ASSERT_FALSE(arrived);
    EXPECT_TRUE(arrived.error().text.contains("not into this repository")) << arrived.error().text;
  }
}

TEST_F(AwaitSegment, OlderFailuresAndOtherFilesEndNothing) {
  for (const std::string& last :
       {segment_file({1}, 4), segment_file({2}, 5), std::string("00000002.history")}) {
    state(kWritten - 1, last, segment_file({1}, 5));
    const auto arrived = await(segment_file({1}, 5), 700ms);
    ASSERT_FALSE(arrived);
    EXPECT_EQ(arrived.error().kind, ServerError::Kind::timeout) << arrived.error().text;
    EXPECT_TRUE(arrived.error().text.contains(last)) << arrived.error().text;
  }
}

TEST_F(AwaitSegment, ABrokenConnectionAndABrokenObjectEndIt) {
  EXPECT_EQ(await(segment_file({1}, 5), 10s).error().kind, ServerError::Kind::connection);
  const std::string object = archive_.file_of(archive_.add_segment(5));
  std::filesystem::resize_file(object, std::filesystem::file_size(object) - 1);
  EXPECT_FALSE(await(segment_file({1}, 5), 10s));
}

class TryRestore : public testing::Test {
 protected:
  ArchiveResult<std::vector<std::string>> restore(const std::string& file, const std::string& scratch) {
    return try_restore(archive_.store(), "main", TestArchive::identity(), file, scratch, in(300ms));
  }

  TestArchive archive_;
  TempDirectory scratch_;
};

TEST_F(TryRestore, LeavesNothing) {
  archive_.add_segment(5);
  const auto restored = restore(segment_file({1}, 5), scratch_ / "");
  ASSERT_TRUE(restored) << restored.error().text;
  EXPECT_TRUE(restored->empty());
  EXPECT_TRUE(std::filesystem::is_empty(scratch_ / ""));
  EXPECT_EQ(restore(segment_file({1}, 6), scratch_ / "").error().kind, ArchiveError::Kind::missing);
  EXPECT_TRUE(std::filesystem::is_empty(scratch_ / ""));
}

TEST_F(TryRestore, ADirectoryThatCannotBeUsedIsNamed) {
  archive_.add_segment(5);
  const auto restored = restore(segment_file({1}, 5), scratch_ / "missing");
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().kind, ArchiveError::Kind::target);
  EXPECT_TRUE(restored.error().text.contains("missing")) << restored.error().text;
}

TEST_F(TryRestore, TheNewestSegmentIsOfTheNewestTimeline) {
  const auto newest = [this] {
    return newest_segment(archive_.repository(), TestArchive::identity()).value();
  };
  archive_.add_segment(5);
  archive_.add_segment(9);
  EXPECT_EQ(newest(), segment_file({1}, 9));
  archive_.add_segment(6, {2});
  archive_.add("00000003.history", "1\t0/600000\tno recovery target specified\n");
  EXPECT_EQ(newest(), segment_file({2}, 6));
}

TEST_F(TryRestore, AnEmptyArchiveHasNoNewestSegment) {
  EXPECT_FALSE(newest_segment(archive_.repository(), TestArchive::identity()).value());
}

}  // namespace
}  // namespace walkit
