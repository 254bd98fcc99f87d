#include "tools/config_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tools/program_options.h"

namespace walkit {
namespace {

std::string error_of(std::string_view text) {
  const auto parsed = parse_config(text, "f");
  return parsed ? "none" : parsed.error();
}

TEST(ConfigFile, KeysStandInSections) {
  const auto entries = parse_config(
      "# a comment\n\n; another\n[global]\nrepo = /a # b\n  jobs=2\r\n[ push ]\n\tjobs = 3\nmark-done = yes",
      "f");
  ASSERT_TRUE(entries) << entries.error();
  ASSERT_EQ(entries->size(), 4u);
  EXPECT_EQ((*entries)[0].option->id, OptionId::repo);
  EXPECT_EQ((*entries)[0].value, "/a # b") << "comments have their own lines";
  EXPECT_FALSE((*entries)[0].command);
  EXPECT_EQ((*entries)[1].value, "2");
  EXPECT_EQ((*entries)[2].command, Command::push);
  EXPECT_EQ((*entries)[2].value, "3");
  EXPECT_EQ((*entries)[3].option->id, OptionId::mark_done);
  EXPECT_EQ((*entries)[3].line, 9);
  EXPECT_TRUE(parse_config("", "f")->empty());
}

TEST(ConfigFile, ErrorsNameFileAndLine) {
  EXPECT_EQ(error_of("\n[main]\n"),
            "f:2: unknown section \"main\" (there are global, verify, push, get, ls, info, expire, check)");
  EXPECT_EQ(error_of("[init]\n"),
            "f:1: unknown section \"init\" (there are global, verify, push, get, ls, info, expire, check)");
  EXPECT_EQ(error_of("[global]\nrepos = /a\n"), "f:2: unknown option \"repos\"");
  EXPECT_EQ(error_of("[get]\nmark-done = yes\n"), "f:2: unknown option \"mark-done\" of get");
  EXPECT_EQ(error_of("[global]\nbackfill = yes\n"), "f:2: unknown option \"backfill\"")
      << "only for one call";
  EXPECT_EQ(error_of("[global]\nconfig = /a\n"), "f:2: unknown option \"config\"");
  EXPECT_EQ(error_of("repo = /a\n"), "f:1: \"repo\" stands before the first section");
  EXPECT_EQ(error_of("[global\n"), "f:1: no \"]\" after \"[global\"");
  EXPECT_EQ(error_of("[global]\nrepo /a\n"), "f:2: no \"=\" in \"repo /a\"");
  EXPECT_EQ(error_of("[global]\nrepo =\n"), "f:2: option \"repo\" has no value");
  EXPECT_EQ(error_of("[global]\nrepo = /a\n\nrepo = /b\n"), "f:4: option \"repo\" is set in line 2 already");
  EXPECT_EQ(error_of("[global]\n[global]\nrepo = /a\n[push]\nrepo = /b\n"), "none");
  EXPECT_EQ(error_of(std::string_view("[global]\n\0\n", 11)), "f:2: not a text file");
}

TEST(ConfigFile, SwitchesHaveTheUsualWords) {
  for (const char* word : {"yes", "true", "on", "y", "1"}) EXPECT_EQ(parse_switch(word), true) << word;
  for (const char* word : {"no", "false", "off", "n", "0"}) EXPECT_EQ(parse_switch(word), false) << word;
  for (const char* word : {"", "Yes", "2", "yes "}) EXPECT_FALSE(parse_switch(word)) << word;
}

class ConfigFileOnDisk : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "config_file_test.XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    path_ = directory_ + "/walkit.conf";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void write(std::string_view text, mode_t mode = 0644) const {
    std::ofstream(path_) << text;
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
  }
  std::string read_error() const {
    const auto text = read_config_file(path_, MissingFile::refused);
    return text ? "none" : text.error();
  }

  std::string directory_;
  std::string path_;
};

TEST_F(ConfigFileOnDisk, OnlyTheDefaultFileMayBeMissing) {
  EXPECT_EQ(read_error(), "could not read configuration file \"" + path_ + "\": No such file or directory");
  EXPECT_EQ(read_config_file(path_, MissingFile::empty).value(), "");
  write("[global]\n");
  EXPECT_EQ(read_config_file(path_, MissingFile::refused).value(), "[global]\n");
}

TEST_F(ConfigFileOnDisk, WhatOthersMayWriteIsRefused) {
  for (const mode_t mode : {0664, 0646, 0620, 0602}) {
    write("[global]\n", mode);
    EXPECT_NE(read_error().find("may be written by others than its owner"), std::string::npos) << mode;
  }
  for (const mode_t mode : {0600, 0640, 0644}) {
    write("[global]\n", mode);
    EXPECT_EQ(read_error(), "none") << mode;
  }
}

TEST_F(ConfigFileOnDisk, WhatIsNoFileOrTooLargeIsRefused) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(read_error(), "configuration file \"" + path_ + "\" is not a regular file");
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_EQ(read_error(), "configuration file \"" + path_ + "\" is not a regular file");
  std::filesystem::remove(path_);
  write(std::string((1 << 20) + 1, '#'));
  EXPECT_EQ(read_error(), "configuration file \"" + path_ + "\" is larger than 1 MiB");
}

TEST_F(ConfigFileOnDisk, TheFileIsReadByCommandsThatHaveConfig) {
  write("[global]\nrepo = /a\n");
  auto options = *parse_options(Command::push, {"--config=" + path_}, {});
  ASSERT_TRUE(add_config_file(options));
  EXPECT_EQ(*options.find(OptionId::repo), "/a");
  EXPECT_EQ(options.given(OptionId::repo)->where, path_ + ":2");

  options = *parse_options(Command::push, {}, {"WALKIT_CONFIG=" + path_});
  ASSERT_TRUE(add_config_file(options));
  EXPECT_EQ(*options.find(OptionId::repo), "/a");

  options = *parse_options(Command::init, {"--config=" + path_}, {});
  ASSERT_TRUE(add_config_file(options));
  EXPECT_FALSE(options.has(OptionId::repo)) << "init is going to write that file";

  options = *parse_options(Command::push, {"--config=" + path_ + ".missing"}, {});
  EXPECT_FALSE(add_config_file(options));
}

}  // namespace
}  // namespace walkit
