#include "tools/check_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace walkit {
namespace {

using nlohmann::json;

TEST(CheckReport, AStepIsALineAndAHintAnother) {
  EXPECT_EQ(step_text({"wal_level", StepResult::ok, "replica", {}}), "wal_level         ok: replica\n");
  EXPECT_EQ(step_text({"spool", StepResult::not_checked, "why", "what to do"}),
            "spool             not checked: why\n                  hint: what to do\n");
}

TEST(CheckReport, JsonHasEveryMember) {
  const json empty = json::parse(report_json({}, {}));
  EXPECT_EQ(empty,
            json::parse(R"({"passed": true, "segment": null, "restore_point": null, "archived_ms": null,
                                   "restored_ms": null, "steps": []})"));
  const CheckedSegment segment{
      "000000010000000000000001", Lsn{0x1000028}, std::chrono::milliseconds(100), {}};
  const json full = json::parse(report_json({{"archiving", StepResult::failed, "a \"b\"", "h"}}, segment));
  EXPECT_EQ(full, json::parse(R"({"passed": false, "segment": "000000010000000000000001",
                                  "restore_point": "0/1000028", "archived_ms": 100, "restored_ms": null,
                                  "steps": [{"step": "archiving", "result": "failed", "text": "a \"b\"",
                                             "hint": "h"}]})"));
}

TEST(CheckReport, OnlyAFailureFails) {
  CheckReport report(true);
  report.add({"a", StepResult::warning, "w", {}});
  report.add({"b", StepResult::not_checked, "n", {}});
  EXPECT_FALSE(report.any_failed());
  report.add({"c", StepResult::failed, "f", {}});
  EXPECT_TRUE(report.any_failed());
}

}  // namespace
}  // namespace walkit
