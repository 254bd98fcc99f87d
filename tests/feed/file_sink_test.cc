#include "feed/io/file_sink.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "feed/io/temporary_file_spill.h"

namespace walkit {
namespace {

namespace fs = std::filesystem;

class FileSinkTest : public testing::Test {
 protected:
  void SetUp() override {
    directory = fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(directory);
    fs::create_directories(directory);
  }
  void TearDown() override { fs::remove_all(directory); }

  std::string path(const char* name) const { return directory / name; }
  std::string content(const char* name) const {
    std::ostringstream text;
    text << std::ifstream(path(name)).rdbuf();
    return text.str();
  }
  std::unique_ptr<FileSink> open(const FeedState& state, bool resumed) {
    auto sink = FileSink::open(path("events"), path("state"), state, resumed);
    EXPECT_TRUE(sink) << sink.error();
    return *std::move(sink);
  }
  FeedState saved() const { return read_feed_state(path("state")).value().value(); }

  fs::path directory;
};

TEST_F(FileSinkTest, GoesOnBehindTheLastWholeTransaction) {
  {
    const auto sink = open({7, {}, 0}, false);
    EXPECT_EQ(saved(), (FeedState{7, {}, 0}));  // before any line
    ASSERT_TRUE(sink->write("one\ntwo\nhalf of th", 8, Lsn{100}));
    ASSERT_TRUE(sink->sync());
    ASSERT_TRUE(sink->write("ree\n", 0, {}));
  }
  EXPECT_EQ(saved(), (FeedState{7, Lsn{100}, 8}));
  const auto sink = open(saved(), true);
  EXPECT_EQ(content("events"), "one\ntwo\n");
  ASSERT_TRUE(sink->write("three\n", 6, Lsn{200}));
  ASSERT_TRUE(sink->sync());
  EXPECT_EQ(content("events"), "one\ntwo\nthree\n");
  EXPECT_EQ(saved(), (FeedState{7, Lsn{200}, 14}));
}

TEST_F(FileSinkTest, WhatWasInTheFileBeforeStays) {
  std::ofstream(path("events")) << "mine\n";
  const auto sink = open({7, {}, 0}, false);
  ASSERT_TRUE(sink->write("line\n", 5, Lsn{1}));
  EXPECT_EQ(content("events"), "mine\nline\n");
}

TEST_F(FileSinkTest, AFileThatLostLinesIsAnError) {
  std::ofstream(path("events")) << "short";
  const auto sink = FileSink::open(path("events"), path("state"), {7, Lsn{100}, 100}, true);
  ASSERT_FALSE(sink);
  EXPECT_NE(sink.error().find("is shorter than"), std::string::npos) << sink.error();
}

TEST_F(FileSinkTest, OtherFilesAreNoState) {
  EXPECT_EQ(read_feed_state(path("state")).value(), std::nullopt);
  for (const char* text :
       {"", "{}", "[1]", R"({"version":3,"system_identifier":1,"position":1,"sink_bytes":1})",
        R"({"version":1,"system_identifier":-1,"position":1,"sink_bytes":1})"}) {
    std::ofstream(path("state"), std::ios::trunc) << text;
    EXPECT_FALSE(read_feed_state(path("state"))) << text;
  }
}

TEST_F(FileSinkTest, NoChangedByteOfAStateIsBelieved) {
  ASSERT_TRUE(write_feed_state(path("state"), {7, Lsn{1000}, 2000}));
  const std::string good = content("state");
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ 1 << bit);
      std::ofstream(path("state"), std::ios::trunc) << bad;
      EXPECT_FALSE(read_feed_state(path("state"))) << bad;
    }
    std::ofstream(path("state"), std::ios::trunc) << good.substr(0, i);
    EXPECT_FALSE(read_feed_state(path("state"))) << i;
  }
  std::ofstream(path("state"), std::ios::trunc) << good;
  EXPECT_EQ(saved(), (FeedState{7, Lsn{1000}, 2000}));
}

TEST_F(FileSinkTest, SpilledBytesComeBackAndLeaveNoFile) {
  TemporaryFileSpill spill(directory);
  const std::vector<std::byte> bytes(100'000, std::byte{7});
  ASSERT_TRUE(spill.write(1 << 20, bytes));
  std::vector<std::byte> back(bytes.size());
  ASSERT_TRUE(spill.read(1 << 20, back));
  EXPECT_EQ(back, bytes);
  EXPECT_TRUE(fs::is_empty(directory));
  spill.discard(1 << 20, bytes.size());
  EXPECT_FALSE(spill.read(2 << 20, back));  // never written
}

TEST_F(FileSinkTest, ADirectoryThatIsMissingIsAnError) {
  TemporaryFileSpill spill(path("missing"));
  const auto written = spill.write(0, std::vector<std::byte>(1));
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().find("could not create temporary file in"), std::string::npos) << written.error();
}

}  // namespace
}  // namespace walkit
