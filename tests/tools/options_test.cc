// The table of options agrees with itself, and what is made from it holds all of it.
#include "tools/options.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tools/archive_settings.h"
#include "tools/config_file.h"
#include "tools/config_template.h"

namespace walkit {
namespace {

TEST(Options, RowsOfOneOptionStandTogetherUnderOneName) {
  std::set<OptionId> seen;
  const Option* last = nullptr;
  for (const Option& option : options()) {
    const bool first_row = last == nullptr || last->id != option.id;
    EXPECT_EQ(seen.insert(option.id).second, first_row) << option.name;
    if (!first_row) {
      EXPECT_EQ(option.name, last->name);
    }
    last = &option;
  }
}

TEST(Options, NamesAndLettersOfACommandAreUnique) {
  for (const CommandDescription& row : commands()) {
    std::set<std::string_view> names;
    std::set<char> letters;
    const Option* last = nullptr;
    for (const Option& option : options()) {
      if (!option.commands.has(row.command) || (last != nullptr && last->id == option.id)) continue;
      last = &option;
      EXPECT_TRUE(names.insert(option.name).second) << option.name;
      EXPECT_TRUE(option.letter == 0 || letters.insert(option.letter).second) << option.letter;
    }
    EXPECT_TRUE(names.contains("help")) << row.name;
  }
}

TEST(Options, HelpFitsATerminal) {
  for (const CommandDescription& row : commands()) {
    const std::string help = options_help(row.command, kNewestMajor);
    for (std::size_t at = 0; at < help.size();) {
      const std::size_t end = help.find('\n', at);
      EXPECT_LE(end - at, 88u) << help.substr(at, end - at);
      at = end + 1;
    }
  }
}

TEST(Options, HelpSaysTheDefault) {
  EXPECT_NE(options_help(Command::push, kNewestMajor)
                .find("none, lz4 or zstd\n                         (default: zstd)\n"),
            std::string::npos);
  EXPECT_EQ(options_help(Command::push, kNewestMajor).find("--prefetch"), std::string::npos);
}

TEST(Options, ManualAndCompletionHaveEveryOption) {
  const std::string page = man_page();
  const std::string bash = completion_script("bash");
  for (const CommandDescription& row : commands()) {
    EXPECT_NE(bash.find(std::string("    ") + std::string(row.name) + ") options="), std::string::npos);
    for (const Option& option : options()) {
      const bool current = option.commands.has(row.command) && option.until == Major::open;
      EXPECT_TRUE(!current || bash.find("--" + std::string(option.name)) != std::string::npos) << option.name;
    }
  }
  std::size_t variables = 0;
  const std::string jobs = ".TP\n\\fBWALKIT_JOBS\\fR";
  for (std::size_t at = page.find(jobs); at != std::string::npos; at = page.find(jobs, at + 1)) ++variables;
  EXPECT_EQ(variables, 1u) << "an option is one variable, however many rows it has";
  EXPECT_NE(page.find("\\-\\-batch\\-bytes"), std::string::npos);
}

TEST(Options, FishTakesExplanationsWithQuotes) {
  const std::string fish = completion_script("fish");
  EXPECT_NE(fish.find("such as \\\"2026-11-23 04:30\\\""), std::string::npos);
}

TEST(ConfigTemplate, HasEveryOptionOfTheFileOnce) {
  const std::string text = config_template(*parse_options(Command::init, {}, {}));
  ASSERT_TRUE(parse_config(text, "f"));
  EXPECT_TRUE(parse_config(text, "f")->empty()) << "all of it is comments";
  for (const Option& option : options()) {
    if (option.places != Places::file) continue;
    const std::string key = "\n#" + std::string(option.name) + " = ";
    EXPECT_NE(text.find(key), std::string::npos) << option.name;
  }
  EXPECT_EQ(text.find("#config ="), std::string::npos);
  EXPECT_EQ(text.find("#backfill ="), std::string::npos);
}

// Its comments without the mark: what a user may do with the file.
TEST(ConfigTemplate, DefaultsThatAreUncommentedChangeNothing) {
  std::string text = config_template(*parse_options(Command::init, {"--repo=/r"}, {}));
  for (const Option& option : options()) {
    const std::string value(option.argument == Argument::none ? "no" : option.standard);
    if (value.empty()) continue;
    const std::string line = std::string(option.name) + " = " + value;
    if (const std::size_t at = text.find("#" + line); at != std::string::npos) text.erase(at, 1);
  }
  for (const Command command : {Command::push, Command::get, Command::expire, Command::verify}) {
    auto options = *parse_options(command, {}, {});
    const auto added = add_config(options, text, "f");
    ASSERT_TRUE(added) << added.error();
    EXPECT_TRUE(options.has(OptionId::cluster));
    const auto settings = read_archive_settings(options);
    ASSERT_TRUE(settings) << settings.error();
    EXPECT_EQ(settings->repo, "/r");
    EXPECT_FALSE(settings->push.mark_done);
  }
}

TEST(ConfigTemplate, WhatIsGivenIsSetInItsSection) {
  const std::string text =
      config_template(*parse_options(Command::init, {"--repo=/a b", "--codec=lz4"}, {"WALKIT_CLUSTER=c"}));
  auto push = *parse_options(Command::push, {}, {});
  ASSERT_TRUE(add_config(push, text, "f"));
  EXPECT_EQ(*push.find(OptionId::repo), "/a b");
  EXPECT_EQ(*push.find(OptionId::cluster), "c");
  EXPECT_EQ(*push.find(OptionId::codec), "lz4");
  EXPECT_EQ(push.given(OptionId::codec)->origin, Origin::command_section);
  EXPECT_EQ(push.values.size(), 3u);
}

TEST(ConfigTemplate, ServerSettingsNameTheFileWhereNeeded) {
  EXPECT_EQ(server_settings("/etc/walkit/walkit.conf"),
            "archive_mode = on\narchive_command = 'walkit push %p'\nrestore_command = 'walkit get %f %p'\n");
  EXPECT_NE(server_settings("/a/b.conf").find("'walkit push --config=/a/b.conf %p'"), std::string::npos);
  EXPECT_NE(server_settings("/a b/10%.conf").find("'walkit push --config=''/a b/10%%.conf'' %p'"),
            std::string::npos)
      << "quoted for the shell, and that for postgresql.conf";
}

}  // namespace
}  // namespace walkit
