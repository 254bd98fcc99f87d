#include "segments/directory_source.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "tests/segments/test_pages.h"
#include "walreader/segment_name.h"

namespace walkit {
namespace {

constexpr TimelineId kOne{1};
constexpr TimelineId kTwo{2};

std::string name_of(TimelineId timeline, std::uint64_t number) {
  return segment_name(timeline, SegmentNo{number}, kSegmentSize);
}

class DirectorySourceTest : public testing::Test {
 protected:
  DirectorySource source(DirectoryOptions options = {}, TimelineId timeline = kOne) const {
    return {SegmentDirectory(directory_.path()), timeline, kGeometry, std::move(options)};
  }
  void add(TimelineId timeline, std::uint64_t number, const std::string& suffix = "") const {
    directory_.write(name_of(timeline, number) + suffix, make_segment(timeline, SegmentNo{number}));
  }

  const TempDirectory directory_;
};

void expect_read(WalSource& source, Lsn lsn, const Bytes& expected) {
  Bytes out(expected.size());
  const auto got = source.read_at(lsn, out);
  ASSERT_TRUE(got) << got.error().segment;
  EXPECT_EQ(*got, expected.size());
  EXPECT_TRUE(out == expected);
}

Bytes slice(const Bytes& bytes, std::size_t begin, std::size_t size) {
  const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(begin);
  return {first, first + static_cast<std::ptrdiff_t>(size)};
}

TEST_F(DirectorySourceTest, ReadsAcrossSegments) {
  add(kOne, 1);
  add(kOne, 2);
  auto wal = source();
  expect_read(wal, Lsn{kSegmentSize},
              joined({make_segment(kOne, SegmentNo{1}), make_segment(kOne, SegmentNo{2})}));
  EXPECT_EQ(wal.timeline(), kOne);
  EXPECT_EQ(wal.geometry().block_size_bytes, 8192U);
}

TEST_F(DirectorySourceTest, MissingSegmentComesAfterTheBytesBeforeIt) {
  add(kOne, 1);
  auto wal = source();
  Bytes out(1000);
  const auto got = wal.read_at(Lsn{2 * kSegmentSize - 10}, out);
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, 10U);
  const auto missing = wal.read_at(Lsn{2 * kSegmentSize + 5}, out);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, SourceError::Kind::segment_missing);
  EXPECT_EQ(missing.error().segment, "000000010000000000000002");
  EXPECT_EQ(missing.error().lsn, Lsn{2 * kSegmentSize + 5});

  add(kOne, 2);  // what was missing is looked for again
  EXPECT_TRUE(wal.read_at(Lsn{2 * kSegmentSize + 5}, out));
}

TEST_F(DirectorySourceTest, TruncatedFileGivesItsBytesThenTheOffset) {
  add(kOne, 1);
  std::filesystem::resize_file(directory_ / name_of(kOne, 1), 10'100);
  auto wal = source();
  Bytes out(8192);
  const auto got = wal.read_at(Lsn{kSegmentSize + 8192}, out);
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, 10'100U - 8192);
  const auto end = wal.read_at(Lsn{kSegmentSize + 10'100}, out);
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().kind, SourceError::Kind::truncated);
  EXPECT_EQ(end.error().segment, "000000010000000000000001");
  EXPECT_EQ(end.error().offset, 10'100U);
}

TEST_F(DirectorySourceTest, CompressedAndPartialSegmentsAreFound) {
  const Bytes one = make_segment(kOne, SegmentNo{1});
  for (const auto& [program, suffix] : {std::pair{"zstd -q", ".zst"}, {"lz4 -q", ".lz4"}, {"gzip", ".gz"}}) {
    const Bytes packed = compressed_by(program, one);
    if (packed.empty()) continue;
    const std::string path = directory_.write(name_of(kOne, 1) + suffix, packed);
    auto wal = source();
    expect_read(wal, Lsn{kSegmentSize}, one);
    std::filesystem::remove(path);
  }
  add(kOne, 1, ".partial");
  auto strict = source();
  Bytes out(1);
  EXPECT_FALSE(strict.read_at(Lsn{kSegmentSize}, out));
  auto lenient = source({.history = {}, .partial = true});
  expect_read(lenient, Lsn{kSegmentSize}, one);
}

TEST_F(DirectorySourceTest, DamageInACompressedSegmentIsAReadError) {
  Bytes packed = compressed_by("zstd -q", make_segment(kOne, SegmentNo{1}));
  if (packed.empty()) GTEST_SKIP() << "no zstd";
  packed.resize(packed.size() / 2);
  directory_.write(name_of(kOne, 1) + ".zst", packed);
  auto wal = source();
  Bytes out(kSegmentSize);
  const auto got = wal.read_at(Lsn{kSegmentSize}, out);
  ASSERT_TRUE(got);
  const auto end = wal.read_at(Lsn{kSegmentSize + *got}, out);
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().kind, SourceError::Kind::read_failed);
  EXPECT_EQ(end.error().file.kind, FileError::Kind::compressed_cut_short);
  EXPECT_EQ(end.error().offset, *got);
}

TEST_F(DirectorySourceTest, DirectoryInPlaceOfASegmentIsAnError) {
  std::filesystem::create_directory(directory_ / name_of(kOne, 1));
  auto wal = source();
  Bytes out(1);
  const auto got = wal.read_at(Lsn{kSegmentSize}, out);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, SourceError::Kind::open_failed);
  EXPECT_EQ(got.error().file.errno_value, EISDIR);
}

TEST_F(DirectorySourceTest, UnreadableSegmentSaysWhy) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  add(kOne, 1);
  ::chmod((directory_ / name_of(kOne, 1)).c_str(), 0);
  auto wal = source();
  Bytes out(1);
  const auto got = wal.read_at(Lsn{kSegmentSize}, out);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, SourceError::Kind::open_failed);
  EXPECT_EQ(got.error().file.errno_value, EACCES);
}

TEST_F(DirectorySourceTest, FewOpenFilesAreEnough) {
  std::vector<Bytes> parts;
  for (std::uint64_t number = 1; number <= 6; ++number) {
    const Bytes plain = make_segment(kOne, SegmentNo{number});
    const Bytes packed = compressed_by("zstd -q", plain);
    if (packed.empty()) GTEST_SKIP() << "no zstd";
    directory_.write(name_of(kOne, number) + ".zst", packed);
    parts.push_back(plain);
  }
  auto wal = source({.history = {}, .max_open_files = 2, .max_retained_bytes = kSegmentSize});
  std::vector<std::thread> threads;
  for (std::size_t first = 0; first < 3; ++first)
    threads.emplace_back([&, first] {
      for (std::size_t i = first; i < parts.size(); i += 2)
        expect_read(wal, Lsn{(i + 1) * kSegmentSize}, parts[i]);
    });
  for (std::thread& thread : threads) thread.join();
}

class FollowHistory : public DirectorySourceTest {
 protected:
  // Timeline 2 left timeline 1 in the middle of segment 3.
  static constexpr Lsn kSwitch{3 * kSegmentSize + 5000};

  void SetUp() override {
    for (const std::uint64_t number : {1U, 2U, 3U, 4U}) add(kOne, number);
    for (const std::uint64_t number : {3U, 4U}) add(kTwo, number);
  }
  DirectorySource following() const {
    auto history = TimelineHistory::parse(kTwo, "1\t0/301388\tpromoted\n");
    EXPECT_EQ(history->switch_point(kOne), kSwitch);
    return source({.history = *std::move(history)}, kTwo);
  }
};

TEST_F(FollowHistory, EachSegmentComesFromTheNewestTimelineThatHasIt) {
  auto wal = following();
  EXPECT_EQ(wal.timeline(), kTwo);
  expect_read(wal, Lsn{kSegmentSize},
              joined({make_segment(kOne, SegmentNo{1}), make_segment(kOne, SegmentNo{2}),
                      make_segment(kTwo, SegmentNo{3}), make_segment(kTwo, SegmentNo{4})}));
}

TEST_F(FollowHistory, OldTimelineServesOnlyWhatIsBeforeTheSwitch) {
  std::filesystem::remove(directory_ / name_of(kTwo, 3));
  auto wal = following();
  Bytes out(10'000);
  const auto got = wal.read_at(Lsn{3 * kSegmentSize}, out);
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, 5000U);
  EXPECT_TRUE(slice(out, 0, 5000) == slice(make_segment(kOne, SegmentNo{3}), 0, 5000));
  const auto beyond = wal.read_at(kSwitch, out);
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().kind, SourceError::Kind::segment_missing);
  EXPECT_EQ(beyond.error().segment, "000000020000000000000003");
}

TEST_F(FollowHistory, AbandonedSegmentsOfTheOldTimelineAreNotRead) {
  std::filesystem::remove(directory_ / name_of(kTwo, 4));
  auto wal = following();
  Bytes out(1);
  const auto got = wal.read_at(Lsn{4 * kSegmentSize}, out);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().segment, "000000020000000000000004");
}

TEST_F(FollowHistory, WithoutAHistoryOnlyOneTimelineIsRead) {
  auto wal = source({}, kTwo);
  Bytes out(1);
  EXPECT_FALSE(wal.read_at(Lsn{2 * kSegmentSize}, out));
  EXPECT_TRUE(wal.read_at(Lsn{3 * kSegmentSize}, out));
}

}  // namespace
}  // namespace walkit
