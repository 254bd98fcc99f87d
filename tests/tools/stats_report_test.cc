#include "tools/stats_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/record_builder.h"
#include "tests/support/strict_json.h"
#include "tests/support/utc.h"
#include "walreader/local_time.h"

namespace walkit::test {
namespace {

constexpr std::uint8_t kHeap = 10;
constexpr std::uint64_t kTime = 826'545'600ull * 1'000'000;  // 2026-03-11 12:00:00

void add(Statistics& to, Lsn& at, const RecordParts& parts) {
  const Bytes bytes = record_bytes(parts, Major::pg15);
  const ByteSpan fragment(bytes);
  const Lsn end = at + (bytes.size() + 7) / 8 * 8;
  Record record;
  ASSERT_EQ(record.decode({&fragment, 1}, at, end, TimelineId{1}, format_of(Major::pg15)).fault,
            BodyFault::none);
  to.add(record);
  at = end;
}

// Two transactions on two relations, an image, two checkpoints, a commit.
Statistics sample() {
  Statistics statistics;
  Lsn at{0x1000028};
  const auto checkpoint = [](std::uint64_t redo) {
    return RecordParts{.rmid = 0,
                       .info = 0x10,
                       .main_data = ByteWriter().u64(redo).zeros(56).u64(1'773'230'400).zeros(16).take()};
  };
  StoredImage image{.payload = Bytes(8000), .hole_offset = 24, .hole_length = 192, .has_hole = true};
  add(statistics, at, checkpoint(0x1000028));
  add(statistics, at, {.rmid = kHeap, .xid = 700, .blocks = {{.data = Bytes(100)}}});
  add(statistics, at,
      {.rmid = kHeap,
       .info = 0x20,
       .xid = 701,
       .blocks = {{.relation = RelFileLocator{1663, 5, 99}, .image = image}}});
  add(statistics, at, {.rmid = 1, .xid = 700, .main_data = ByteWriter().u64(kTime).take()});
  add(statistics, at, checkpoint(0x1002000));
  return statistics;
}

std::string text_of(const Statistics& statistics, const StatsChoice& choice) {
  TextBuffer out;
  UtcTime utc;
  append_stats_text(out, statistics, choice, {Major::pg15, "end_of_range"}, utc);
  return std::string(out.view());
}

std::string json_of(const Statistics& statistics, const StatsChoice& choice) {
  TextBuffer out;
  append_stats_json(out, statistics, choice, {Major::pg15, "end_of_wal"});
  return std::string(out.view());
}

StatsChoice everything(std::size_t top) {
  using enum Breakdown;
  return {{rmgr, record, relation, fork, image, xid, time, checkpoint}, top};
}

TEST(StatsReport, TextShowsAlignedTablesLargestFirst) {
  const Statistics statistics = sample();
  EXPECT_EQ(text_of(statistics, {{Breakdown::rmgr, Breakdown::xid, Breakdown::time}, 1}),
            R"(WAL of PostgreSQL 15, timeline 1, from 0/1000028 to 0/1002148
1 commit, 0 rollbacks, 2026-03-11 12:00:00.000000 UTC to 2026-03-11 12:00:00.000000 UTC

                          number     size   share
records                        5    455 B    5.4%
full-page images               1  7.8 KiB   94.3%
page headers and padding             25 B    0.3%
all                               8.3 KiB  100.0%

resource manager  records  record size  image size    total  share
Heap                    2        193 B     7.8 KiB  8.0 KiB  96.9%
2 others                3        262 B         0 B    262 B   3.1%

transaction  outcome  ended  records  record size  image size    total  share
701          open                  1         49 B     7.8 KiB  7.9 KiB  95.2%
2 others                           4        406 B         0 B    406 B   4.8%

minute                commits  rollbacks  records  record size  image size    total  share
2026-03-11 12:00 UTC        1          0        4        341 B     7.8 KiB  8.1 KiB  98.7%
after the last: 114 B in 1 record
)");
}

TEST(StatsReport, JsonCarriesEveryBreakdown) {
  const std::string text = json_of(sample(), everything(0));
  EXPECT_EQ(json_complaint(text.substr(0, text.size() - 1)), "");
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["major"], 15);
  EXPECT_EQ(json["stopped"], "end_of_wal");
  EXPECT_EQ(json["records"], 5);
  EXPECT_EQ(json["image_bytes"], 8000);
  EXPECT_EQ(json["commits"], 1);
  EXPECT_EQ(json["first_time"], "2026-03-11T12:00:00.000000Z");

  ASSERT_EQ(json["rmgr"].size(), 3u);
  EXPECT_EQ(json["rmgr"][0]["rmgr"], "Heap");
  EXPECT_EQ(json["record"][0]["type"], "UPDATE");
  EXPECT_EQ(json["relation"][0]["relation"], 99);
  EXPECT_EQ(json["relation"][1]["relation"], nullptr);
  EXPECT_EQ(json["fork"][0]["fork"], "main");
  EXPECT_EQ(json["image"][0]["reason"], "first_touch");
  EXPECT_EQ(json["image"][0]["hole_bytes"], 192);
  EXPECT_EQ(json["xid"][0]["xid"], 701);
  EXPECT_EQ(json["xid"][0]["outcome"], "open");
  EXPECT_EQ(json["xid"][2]["outcome"], "committed");
  EXPECT_EQ(json["time"][0]["minute"], "2026-03-11T12:00:00.000000Z");
  EXPECT_EQ(json["time"][0]["records"], 4);
  EXPECT_EQ(json["checkpoint"][0]["distance_bytes"], nullptr);
  EXPECT_EQ(json["checkpoint"][1]["distance_bytes"], 0x1002000 - 0x1000028);
  EXPECT_FALSE(json.contains("rmgr_others"));
}

TEST(StatsReport, WhatTopLeavesOutIsAddedUp) {
  const auto all = nlohmann::json::parse(json_of(sample(), everything(0)));
  const auto top = nlohmann::json::parse(json_of(sample(), everything(1)));
  for (const char* breakdown : {"rmgr", "record", "relation", "xid"}) {
    ASSERT_EQ(top[breakdown].size(), 1u) << breakdown;
    const auto& others = top[std::string(breakdown) + "_others"];
    EXPECT_EQ(others["rows"], all[breakdown].size() - 1) << breakdown;
    for (const char* member : {"records", "record_bytes", "image_bytes", "total_bytes"})
      EXPECT_EQ(top[breakdown][0][member].get<int>() + others[member].get<int>(), all[member].get<int>())
          << breakdown;
  }
  EXPECT_EQ(top["checkpoint"].size(), 1u);
  EXPECT_EQ(top["checkpoint_summary"]["checkpoints"], 2);
}

TEST(StatsReport, NothingIsShownAsNothing) {
  const std::string text = json_of(Statistics(), everything(10));
  EXPECT_EQ(json_complaint(text.substr(0, text.size() - 1)), "");
  EXPECT_NE(text_of(Statistics(), everything(10)).find("records"), std::string::npos);
}

}  // namespace
}  // namespace walkit::test
