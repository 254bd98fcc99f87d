#include "walreader/backup_history.h"

#include <gtest/gtest.h>

namespace walkit {
namespace {

constexpr std::string_view kText =
    "START WAL LOCATION: A/2000028 (file 00000003000000000000000A)\n"
    "STOP WAL LOCATION: A/2000100 (file 00000003000000000000000A)\n"
    "CHECKPOINT LOCATION: A/2000060\n"
    "BACKUP METHOD: streamed\n"
    "BACKUP FROM: primary\n"
    "START TIME: 2026-08-01 12:00:00 UTC\n"
    "LABEL: pg_basebackup base backup\n"
    "START TIMELINE: 3\n"
    "STOP TIME: 2026-08-01 12:34:56 UTC\n"
    "STOP TIMELINE: 3\n";

TEST(BackupHistory, ReadsWhatPostgresWrites) {
  const auto backup = parse_backup_history(kText);
  ASSERT_TRUE(backup);
  EXPECT_EQ(backup->start, Lsn{0xA'0200'0028});
  EXPECT_EQ(backup->stop, Lsn{0xA'0200'0100});
  EXPECT_EQ(backup->start_timeline, TimelineId{3});
  EXPECT_EQ(backup->start_time, "2026-08-01 12:00:00 UTC");
  EXPECT_EQ(backup->stop_time, "2026-08-01 12:34:56 UTC");
  EXPECT_EQ(backup->label, "pg_basebackup base backup");
}

TEST(BackupHistory, IsNotDeceivedByItsLabel) {
  std::string text(kText);
  text.replace(text.find("pg_basebackup"), 0,
               "x\nSTOP TIME: 1999-01-01 00:00:00 UTC\nSTART WAL LOCATION: 0/0\n");
  const auto backup = parse_backup_history(text);
  ASSERT_TRUE(backup);
  EXPECT_EQ(backup->start, Lsn{0xA'0200'0028});
  EXPECT_EQ(backup->stop_time, "2026-08-01 12:34:56 UTC");
}

TEST(BackupHistory, RefusesWhatLacksAPosition) {
  EXPECT_FALSE(parse_backup_history(""));
  EXPECT_FALSE(parse_backup_history("START WAL LOCATION: 0/2000028 (file 1)\n"));
  EXPECT_FALSE(parse_backup_history("START WAL LOCATION: 0-2\nSTOP WAL LOCATION: 0/2\n"));
  EXPECT_FALSE(parse_backup_history("START WAL LOCATION: 123456789/2\nSTOP WAL LOCATION: 0/2\n"));
}

TEST(BackupLabel, SaysWhereReadingBegins) {
  const auto label = parse_backup_label(
      "START WAL LOCATION: A/2000028 (file 00000003000000000000000A)\n"
      "CHECKPOINT LOCATION: A/2000060\nBACKUP METHOD: streamed\nBACKUP FROM: primary\n"
      "START TIME: 2026-08-01 12:00:00 UTC\nLABEL: START TIMELINE: 9\nSTART TIMELINE: 3\n");
  ASSERT_TRUE(label);
  EXPECT_EQ(label->start, Lsn{0xA'0200'0028});
  EXPECT_EQ(label->checkpoint, Lsn{0xA'0200'0060});
  EXPECT_EQ(label->timeline, TimelineId{3});
  EXPECT_FALSE(parse_backup_label(""));
  EXPECT_FALSE(parse_backup_label("START WAL LOCATION: A/2000028 (file 1)\n"));
}

TEST(BackupHistory, KnowsMomentsOfZonesThatMeanOneThing) {
  EXPECT_EQ(backup_time("1970-01-02 00:00:01 UTC"), 86401);
  EXPECT_EQ(backup_time("2026-08-01 12:00:00 GMT"), 1785585600);
  EXPECT_EQ(backup_time("2026-08-01 12:00:00 -03"), 1785585600 + 3 * 3600);
  EXPECT_EQ(backup_time("2026-08-01 12:00:00 +0530"), 1785585600 - 19800);
  EXPECT_EQ(backup_time("2026-08-01 12:00:00 +05:30"), 1785585600 - 19800);
}

TEST(BackupHistory, GuessesNoMoment) {
  for (const char* text : {"", "2026-08-01 12:00:00", "2026-08-01 12:00:00 CEST", "2026-13-01 12:00:00 UTC",
                           "2026-02-30 12:00:00 UTC", "2026-08-01 24:00:00 UTC", "2026-08-01 12:00:00 UTC+",
                           "2026-08-01 12:00:00 +", "2026-08-01T12:00:00 UTC", "-2026-08-01 12:00:00 UTC"})
    EXPECT_FALSE(backup_time(text)) << text;
}

}  // namespace
}  // namespace walkit
