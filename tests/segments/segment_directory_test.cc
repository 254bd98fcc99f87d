#include "segments/segment_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/segments/test_files.h"

namespace walkit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kName = "000000010000000000000001";

TEST(SegmentDirectory, FindsThePlainNameFirst) {
  const TempDirectory directory;
  const SegmentDirectory segments(directory.path());
  const auto found = [&](bool partial) {
    const auto path = segments.find(kName, partial);
    EXPECT_TRUE(path);
    return path->value_or("");
  };
  EXPECT_EQ(found(true), "");
  // Each file that is added is preferred to those before it.
  for (const std::string_view suffix : {".gz.partial", ".partial.gz", ".partial"}) {
    const std::string path = directory.write(std::string(kName).append(suffix), "x");
    EXPECT_EQ(found(true), path);
    EXPECT_EQ(found(false), "");
  }
  for (const std::string_view suffix : {".gz", ".lz4", ".zst", ""}) {
    const std::string path = directory.write(std::string(kName).append(suffix), "x");
    EXPECT_EQ(found(true), path);
    EXPECT_EQ(found(false), path);
  }
}

TEST(SegmentDirectory, ListsFilesOfWalInOrder) {
  const TempDirectory directory;
  for (const char* name : {"000000020000000000000001", "000000010000000000000002.lz4", "00000002.history.gz",
                           "000000010000000000000002", "000000010000000000000001.00000028.backup",
                           "notes.txt", "000000010000000000000003.partial.zst",
                           "000000010000000000000004.gz.partial", "000000010000000000000005.zip", ".zst"})
    directory.write(name, "1234");
  std::filesystem::create_directory(directory / "archive_status");
  const auto entries = SegmentDirectory(directory.path()).list();
  ASSERT_TRUE(entries);
  std::vector<std::string> names;
  for (const DirectoryEntry& entry : *entries) {
    names.push_back(entry.file_name);
    EXPECT_EQ(entry.path, directory / entry.file_name);
    EXPECT_EQ(entry.size_bytes, 4U);
  }
  EXPECT_THAT(names, ElementsAre("000000010000000000000001.00000028.backup", "000000010000000000000002",
                                 "000000010000000000000002.lz4", "000000010000000000000003.partial.zst",
                                 "000000010000000000000004.gz.partial", "00000002.history.gz",
                                 "000000020000000000000001"));
  EXPECT_FALSE((*entries)[1].compressed_by_name);
  EXPECT_TRUE((*entries)[2].compressed_by_name);
  EXPECT_EQ((*entries)[3].name.kind, WalFileKind::partial);
  EXPECT_EQ((*entries)[4].name.kind, WalFileKind::partial);
  EXPECT_EQ((*entries)[5].name.kind, WalFileKind::history);
  EXPECT_EQ((*entries)[6].name.segment, (SegmentName{TimelineId{2}, 0, 1}));
}

TEST(SegmentDirectory, MissingDirectoryIsAnErrorToListAndNothingToFind) {
  const SegmentDirectory segments("/nonexistent/directory");
  const auto entries = segments.list();
  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().kind, FileError::Kind::not_found);
  const auto path = segments.find(kName, true);
  ASSERT_TRUE(path);
  EXPECT_FALSE(*path);
}

TEST(SegmentDirectory, ReadsHistories) {
  const TempDirectory directory;
  const SegmentDirectory segments(directory.path());
  directory.write("00000003.history", "1\t0/3000000\tx\n2\t0/5000000\ty\n");
  const auto three = segments.read_history(TimelineId{3});
  ASSERT_TRUE(three);
  EXPECT_EQ(three->timeline_of(Lsn{0x4000000}), TimelineId{2});

  const auto seven = segments.read_history(TimelineId{7});
  ASSERT_TRUE(seven);
  EXPECT_EQ(seven->spans().size(), 1U);

  const Bytes packed = compressed_by("zstd -q", std::as_bytes(std::span("1\t0/3000000\tx\n", 14)));
  if (packed.empty()) GTEST_SKIP() << "no zstd";
  directory.write("00000002.history.zst", packed);
  const auto two = segments.read_history(TimelineId{2});
  ASSERT_TRUE(two);
  EXPECT_EQ(two->switch_point(TimelineId{1}), Lsn{0x3000000});
}

TEST(SegmentDirectory, BadHistoriesAreErrors) {
  const TempDirectory directory;
  const SegmentDirectory segments(directory.path());
  directory.write("00000003.history", "what?\n");
  const auto three = segments.read_history(TimelineId{3});
  ASSERT_FALSE(three);
  EXPECT_EQ(three.error().kind, FileError::Kind::invalid_content);
  EXPECT_THAT(three.error().detail, HasSubstr("syntax error in history file: what?"));

  directory.write("00000004.history", std::string((1 << 20) + 1, '\n'));
  const auto four = segments.read_history(TimelineId{4});
  ASSERT_FALSE(four);
  EXPECT_THAT(four.error().detail, HasSubstr("too long"));
}

}  // namespace
}  // namespace walkit
