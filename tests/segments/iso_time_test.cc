#include "segments/iso_time.h"

#include <gtest/gtest.h>

#include "walreader/local_time.h"

namespace walkit {
namespace {

TEST(IsoTime, FormatsMomentsOfBothClocks) {
  EXPECT_EQ(iso_time(PgTime{0}), "2000-01-01T00:00:00.000000Z");
  EXPECT_EQ(iso_time(PgTime{1}), "2000-01-01T00:00:00.000001Z");
  EXPECT_EQ(iso_time(PgTime{-1}), "1999-12-31T23:59:59.999999Z");
  EXPECT_EQ(iso_time(PgTime{(1'785'586'245 - kPostgresEpochUnixSeconds) * kMicrosecondsPerSecond + 678'901}),
            "2026-08-01T12:10:45.678901Z");
  EXPECT_EQ(iso_time_ms(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(iso_time_ms(951'782'399'999), "2000-02-28T23:59:59.999Z");
  EXPECT_EQ(iso_time_ms(951'782'400'000), "2000-02-29T00:00:00.000Z");
}

TEST(IsoTime, MomentsOfNoClockBecomeTheFirstOrLast) {
  EXPECT_EQ(iso_time(PgTime{INT64_MIN}), "0001-01-01T00:00:00.000000Z");
  EXPECT_EQ(iso_time(PgTime{INT64_MAX}), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(iso_time_ms(INT64_MIN), "0001-01-01T00:00:00.000Z");
  EXPECT_EQ(iso_time_ms(INT64_MAX), "9999-12-31T23:59:59.999Z");
}

TEST(IsoTime, WhatIsWrittenIsReadBack) {
  for (const std::int64_t moment :
       {INT64_C(0), INT64_C(-1), INT64_C(838'901'445'678'901), INT64_C(-999'999'999'999'999)})
    EXPECT_EQ(parse_iso_time(iso_time(PgTime{moment})), PgTime{moment});
  for (const std::int64_t moment : {INT64_C(0), INT64_C(-1), INT64_C(1'785'586'245'678)})
    EXPECT_EQ(parse_iso_time_ms(iso_time_ms(moment)), moment);
  for (const std::int64_t moment : {INT64_MIN, INT64_MAX}) {
    const std::string text = iso_time(PgTime{moment});
    ASSERT_TRUE(parse_iso_time(text));
    EXPECT_EQ(iso_time(*parse_iso_time(text)), text);
  }
}

TEST(IsoTime, NothingElseIsRead) {
  for (const char* text :
       {"", "2026-08-01T12:10:45.678Z", "2026-08-01T12:10:45.678901", "2026-08-01T12:10:45.678901z",
        "2026-08-01 12:10:45.678901Z", "2026-08-01T12:10:45.678901Z ", "2026-13-01T12:10:45.678901Z",
        "2026-00-01T12:10:45.678901Z", "2026-02-29T12:10:45.678901Z", "2026-08-00T12:10:45.678901Z",
        "2026-08-01T24:10:45.678901Z", "2026-08-01T12:60:45.678901Z", "2026-08-01T12:10:60.678901Z",
        "0000-08-01T12:10:45.678901Z", "-026-08-01T12:10:45.678901Z", "2026-08-01T12:10:45.+78901Z"})
    EXPECT_FALSE(parse_iso_time(text)) << text;
  EXPECT_FALSE(parse_iso_time_ms("2026-08-01T12:10:45.678901Z"));
  EXPECT_FALSE(parse_iso_time_ms("2026-02-30T12:10:45.678Z"));
  EXPECT_TRUE(parse_iso_time_ms("2024-02-29T12:10:45.678Z"));
}

}  // namespace
}  // namespace walkit
