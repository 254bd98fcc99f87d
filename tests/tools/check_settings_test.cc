#include "tools/check_settings.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tools/config_template.h"

namespace walkit {
namespace {

using enum StepResult;

class CheckSettings : public testing::Test {
 protected:
  CheckSettings() {
    archive_.repo = "/r";
    archive_.cluster = "main";
    facts_.user = "bob";
    facts_.settings = {{"wal_level", "replica"},
                       {"archive_mode", "on"},
                       {"archive_command", "walkit push --repo=/r %p"},
                       {"archive_timeout", "60"},
                       {"full_page_writes", "on"},
                       {"restore_command", "walkit get --repo=/r %f %p"},
                       {"data_directory", "/data"}};
  }

  CheckStep step(std::string_view name) const {
    const auto steps = judge_settings(facts_, {archive_, archive_command_line({}), restore_command_line({})});
    const auto found = std::ranges::find(steps, name, &CheckStep::name);
    return found == steps.end() ? CheckStep{"none", not_checked, {}, {}} : *found;
  }
  CheckStep with(const std::string& name, const std::string& value) {
    facts_.settings[name] = value;
    return step(name);
  }

  ArchiveSettings archive_;
  ServerFacts facts_;
};

TEST_F(CheckSettings, ServersOfUnknownMajorsAreRefused) {
  facts_.version = "x";
  for (const auto& [version_num, result] :
       {std::pair{120022, failed}, {130000, ok}, {180006, ok}, {190000, failed}, {0, failed}}) {
    facts_.version_num = version_num;
    EXPECT_EQ(judge_server(facts_).result, result) << version_num;
  }
  EXPECT_EQ(judge_server(facts_).text, "PostgreSQL x, a primary: walkit knows PostgreSQL 13 to 18");
  facts_.is_standby = true;
  facts_.version_num = 150000;
  EXPECT_EQ(judge_server(facts_).text, "PostgreSQL x, a standby");
}

TEST_F(CheckSettings, GoodOnesPassForEachRole) {
  for (const bool standby : {false, true}) {
    facts_.is_standby = standby;
    const auto steps = judge_settings(facts_, {archive_, {}, {}});
    EXPECT_GE(steps.size(), 3u);
    for (const CheckStep& step : steps) {
      EXPECT_EQ(step.result, ok) << step_text(step);
      EXPECT_EQ(step.hint, "");
    }
  }
}

TEST_F(CheckSettings, ARoleIsAskedForWhatItNeeds) {
  EXPECT_EQ(step("restore_command").name, "none");
  facts_.is_standby = true;
  EXPECT_EQ(step("restore_command").name, "restore_command");
  EXPECT_EQ(step("archive_timeout").name, "none");
}

TEST_F(CheckSettings, EachWrongOneSaysTheLineThatCuresIt) {
  const auto expect = [this](const char* name, const char* value, StepResult result, std::string_view line) {
    const std::string before = facts_.settings[name];
    const CheckStep step = with(name, value);
    EXPECT_EQ(step.result, result) << step_text(step);
    EXPECT_TRUE(step.hint.ends_with(line)) << step_text(step);
    facts_.settings[name] = before;
  };
  expect("wal_level", "minimal", failed, "restart the server: wal_level = replica");
  expect("archive_mode", "off", failed, "restart the server: archive_mode = on");
  expect("archive_command", "", failed, "reload it: archive_command = 'walkit push %p'");
  expect("archive_command", "cp %p /r/%f", warning, "reload it: archive_command = 'walkit push %p'");
  expect("archive_timeout", "0", warning, "reload it: archive_timeout = 60");
  expect("full_page_writes", "off", warning, "reload it: full_page_writes = on");
  facts_.is_standby = true;
  expect("archive_mode", "off", warning, "restart the server: archive_mode = on");
  expect("restore_command", "", warning, "reload it: restore_command = 'walkit get %f %p'");
}

TEST_F(CheckSettings, AnArchiveElsewhereIsNamedWithBothSides) {
  const CheckStep step = with("archive_command", "walkit push --repo=../other --cluster=sales %p");
  EXPECT_EQ(step.result, warning);
  EXPECT_TRUE(step.text.contains("\"sales\" of \"/other\"")) << step.text;
  EXPECT_TRUE(step.text.contains("\"main\" of \"/r\"")) << step.text;
  EXPECT_EQ(with("archive_command", "walkit push --repo=../r %p").result, ok)
      << "relative to the data directory";
}

TEST_F(CheckSettings, CommandsAreNotRepeated) {
  for (const char* command :
       {"KEY=hunter2 cp %p /r", "KEY=hunter2 walkit push --repo=/x %p", "walkit push $hunter2"})
    EXPECT_FALSE(step_text(with("archive_command", command)).contains("hunter2")) << command;
}

TEST_F(CheckSettings, WhatTheServerHidesIsNotJudged) {
  facts_.settings["archive_mode"] = "off";
  EXPECT_EQ(with("archive_command", "(disabled)").result, not_checked);
  facts_.settings.erase("wal_level");
  EXPECT_EQ(step("wal_level").result, not_checked);
  EXPECT_EQ(step("wal_level").hint, "GRANT pg_read_all_settings TO bob;");
  facts_.settings["archive_mode"] = "on";
  EXPECT_EQ(with("archive_command", "walkit push --repo=$R %p").result, not_checked);
}

TEST_F(CheckSettings, ALibraryArchivesInPlaceOfTheCommand) {
  facts_.settings["archive_library"] = "basic_archive";
  EXPECT_EQ(step("archive_command").result, warning);
  EXPECT_TRUE(step("archive_command").text.contains("basic_archive"));
}

TEST_F(CheckSettings, EachMissingRightHasItsGrant) {
  EXPECT_EQ(judge_rights(facts_).size(), 1u);
  EXPECT_EQ(judge_rights(facts_)[0].result, ok);
  facts_.refused_functions = {kControlFunction, kRestorePointFunction, kSwitchFunction};
  facts_.settings.erase("data_directory");
  const auto steps = judge_rights(facts_);
  ASSERT_EQ(steps.size(), 4u);
  EXPECT_EQ(steps[1].result, failed);
  EXPECT_EQ(steps[1].hint, "GRANT EXECUTE ON FUNCTION pg_create_restore_point(text) TO bob;");
  EXPECT_EQ(steps[3].result, warning);
  EXPECT_EQ(steps[3].hint, "GRANT pg_read_all_settings TO bob;");
  facts_.is_standby = true;
  EXPECT_EQ(judge_rights(facts_).size(), 2u) << "a standby neither writes nor switches";
}

}  // namespace
}  // namespace walkit
