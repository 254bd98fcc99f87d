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
  for (const Command command : {Command::stats, Command::verify})
    for (const char* spelling : {"--help", "-?"}) {
      const auto parsed = parse_options(command, {spelling}, {});
      ASSERT_TRUE(parsed) << parsed.error();
      EXPECT_TRUE(parsed->has(OptionId::help));
    }
}

}  // namespace
}  // namespace walkit
