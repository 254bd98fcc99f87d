#include "tools/program_options.h"

#include <gtest/gtest.h>

namespace walkit {
namespace {

using Strings = std::vector<std::string>;

TEST(ProgramOptions, OptionsAndOperandsMayMix) {
  const auto parsed = parse_options(
      Command::stats, {"a", "--top=3", "b", "--json", "-j", "2", "-s0/1", "-", "--", "--top"}, {});
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->operands, (Strings{"a", "b", "-", "--top"}));
  EXPECT_EQ(*parsed->find(OptionId::top), "3");
  EXPECT_EQ(*parsed->find(OptionId::jobs), "2");
  EXPECT_EQ(*parsed->find(OptionId::start), "0/1");
  EXPECT_TRUE(parsed->has(OptionId::json));
  EXPECT_FALSE(parsed->has(OptionId::help));
  EXPECT_EQ(parsed->find(OptionId::by), nullptr);
}

TEST(ProgramOptions, TheEnvironmentGivesWhatTheCommandLineDoesNot) {
  const Strings environment{"HOME=/", "WALKIT_JOBS=", "WALKIT_JOBS=7", "WALKIT_TOP=9", "WALKIT_JOBSX=8"};
  EXPECT_EQ(*parse_options(Command::stats, {}, environment)->find(OptionId::jobs), "7");
  EXPECT_EQ(*parse_options(Command::stats, {"--jobs=1"}, environment)->find(OptionId::jobs), "1");
  EXPECT_FALSE(parse_options(Command::stats, {}, environment)->has(OptionId::top))
      << "not an option of the environment";
}

TEST(ProgramOptions, TheFileGivesWhatCommandLineAndEnvironmentDoNot) {
  constexpr std::string_view kFile =
      "[global]\nrepo = /file\ncluster = file\nspool = /file\ntimeout = 9s\n[push]\ntimeout = 1s\nlevel = 3\n"
      "[get]\ntimeout = 2s\n";
  auto options = *parse_options(Command::push, {"--repo=line"},
                                {"WALKIT_REPO=/environment", "WALKIT_CLUSTER=environment", "WALKIT_LEVEL="});
  ASSERT_TRUE(add_config(options, kFile, "f"));
  EXPECT_EQ(*options.find(OptionId::repo), "line");
  EXPECT_EQ(*options.find(OptionId::cluster), "environment");
  EXPECT_EQ(*options.find(OptionId::spool), "/file");
  EXPECT_EQ(*options.find(OptionId::timeout), "1s") << "a command's section overrides [global]";
  EXPECT_EQ(*options.find(OptionId::level), "3") << "an empty variable is none";
  EXPECT_EQ(options.given(OptionId::repo)->origin, Origin::line);
  EXPECT_EQ(options.given(OptionId::cluster)->where, "WALKIT_CLUSTER");
  EXPECT_EQ(options.given(OptionId::timeout)->where, "f:7");

  auto others = *parse_options(Command::ls, {}, {});
  ASSERT_TRUE(add_config(others, kFile, "f"));
  EXPECT_FALSE(others.has(OptionId::timeout)) << "ls has no such option";
}

TEST(ProgramOptions, SwitchesCanBeTurnedOffWhereTheyAreNotTyped) {
  const auto mark_done = [](const Strings& arguments, const Strings& environment, std::string_view file) {
    auto options = *parse_options(Command::push, arguments, environment);
    EXPECT_TRUE(add_config(options, file, "f"));
    return options.has(OptionId::mark_done);
  };
  EXPECT_TRUE(mark_done({}, {}, "[global]\nmark-done = y\n"));
  EXPECT_FALSE(mark_done({}, {}, "[global]\nmark-done = yes\n[push]\nmark-done = no\n"));
  EXPECT_FALSE(mark_done({}, {"WALKIT_MARK_DONE=off"}, "[push]\nmark-done = yes\n"));
  EXPECT_TRUE(mark_done({"--mark-done"}, {"WALKIT_MARK_DONE=off"}, "[push]\nmark-done = no\n"));

  EXPECT_EQ(parse_options(Command::push, {}, {"WALKIT_MARK_DONE=maybe"}).error(),
            "invalid value \"maybe\" for WALKIT_MARK_DONE: expected yes or no");
  auto options = *parse_options(Command::push, {}, {});
  EXPECT_EQ(add_config(options, "[push]\nlevel = 3\nmark-done = maybe\n", "f").error(),
            "f:3: invalid value \"maybe\" for option mark-done: expected yes or no");
  EXPECT_TRUE(options.values.empty()) << "nothing is taken from a file that is refused";
}

TEST(ProgramOptions, ErrorsNameTheOption) {
  const auto error = [](const Strings& arguments) {
    return parse_options(Command::stats, arguments, {}).error();
  };
  EXPECT_EQ(error({"--frob"}), "unrecognized option \"--frob\"");
  EXPECT_EQ(error({"-Z"}), "unrecognized option \"-Z\"");
  EXPECT_EQ(error({"--top"}), "the required argument for option \"--top\" is missing");
  EXPECT_EQ(error({"--json=1"}), "option \"--json\" does not take any arguments");
  EXPECT_EQ(error({"--top=1", "--top=2"}), "option \"--top\" cannot be specified more than once");
  EXPECT_EQ(error({"--quiet"}), "unrecognized option \"--quiet\"") << "an option of another command";
}

TEST(ProgramOptions, EveryCommandHasHelp) {
  for (const Command command : {Command::stats, Command::verify, Command::init, Command::push, Command::get,
                                Command::ls, Command::info, Command::expire})
    for (const char* spelling : {"--help", "-?"}) {
      const auto parsed = parse_options(command, {spelling}, {});
      ASSERT_TRUE(parsed) << parsed.error();
      EXPECT_TRUE(parsed->has(OptionId::help));
    }
}

}  // namespace
}  // namespace walkit
