#include "tools/server_command.h"

#include <gtest/gtest.h>

namespace walkit {
namespace {

using Commands = std::vector<std::vector<std::string>>;

TEST(ShellWords, AreSplitAndUnquotedAsAShellDoes) {
  EXPECT_EQ(shell_words("a  b\tc"), (Commands{{"a", "b", "c"}}));
  EXPECT_EQ(shell_words("'a b'c \"d \\\" 'e\" f\\ g ''"), (Commands{{"a bc", "d \" 'e", "f g", ""}}));
  EXPECT_EQ(shell_words("a && b; c | d & "), (Commands{{"a"}, {"b"}, {"c"}, {"d"}}));
  EXPECT_EQ(shell_words("a b2 2>>/log"), (Commands{{"a", "b2"}, {"/log"}}));
  EXPECT_EQ(shell_words(""), Commands{});
}

TEST(ShellWords, WhatOnlyAShellKnowsIsNotGuessed) {
  for (const char* line : {"a $B", "a `b`", "a \"$b\"", "a *", "a 'b", "a \"b", "(a)", "a \"b\\"})
    EXPECT_FALSE(shell_words(line)) << line;
}

TEST(ServerCommand, ReadsTheOptionsOfTheCall) {
  const auto command = read_server_command(
      Command::push, "/usr/bin/walkit push --repo='/a b/10%%' --cluster=sales \"%p\" 2>/dev/null");
  EXPECT_TRUE(command.calls_walkit);
  EXPECT_EQ(command.problem, "");
  ASSERT_TRUE(command.settings);
  EXPECT_EQ(command.settings->repo, "/a b/10%");
  EXPECT_EQ(command.settings->cluster, "sales");
}

TEST(ServerCommand, SeesVariablesThatTheCommandSets) {
  const auto command =
      read_server_command(Command::get, "test -d /r && WALKIT_REPO=/r nice -n 5 walkit get %f %p");
  ASSERT_TRUE(command.settings) << command.problem;
  EXPECT_EQ(command.settings->repo, "/r");
}

TEST(ServerCommand, OtherCommandsAreNotWalkits) {
  for (const char* line :
       {"cp %p /r/%f", "walkit get --repo=/r %f %p", "sh -c 'walkit push %p'", "notwalkit push"})
    EXPECT_FALSE(read_server_command(Command::push, line).calls_walkit) << line;
}

TEST(ServerCommand, WrongCallsSayWhatIsWrong) {
  EXPECT_EQ(read_server_command(Command::push, "walkit push --repo=/r --frob %p").problem,
            "unrecognized option \"--frob\"");
  EXPECT_EQ(read_server_command(Command::push, "walkit push --repo=/r").problem,
            "expected %p after the options");
  EXPECT_EQ(read_server_command(Command::get, "walkit get --repo=/r %p %f").problem,
            "expected %f %p after the options");
  EXPECT_NE(read_server_command(Command::push, "walkit push --config=/no/such/file %p").problem, "");
  EXPECT_NE(read_server_command(Command::push, "walkit push --repo=/r --codec=zip %p").problem, "");
}

TEST(ServerCommand, WhatOnlyAShellKnowsIsLeftOpen) {
  const auto command = read_server_command(Command::push, "walkit push --repo=$DIR %p");
  EXPECT_TRUE(command.calls_walkit);
  EXPECT_FALSE(command.settings);
  EXPECT_EQ(command.problem, "");
}

}  // namespace
}  // namespace walkit
