#include "segments/segment_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>

#include "tests/segments/test_files.h"

namespace walkit {
namespace {

using testing::HasSubstr;

constexpr std::size_t kMiB = 1 << 20;

/// Reads [offset, offset + size) and compares it with the same of `plain`.
void expect_bytes(SegmentFile& file, const Bytes& plain, std::size_t offset, std::size_t size) {
  Bytes out(size);
  const auto got = file.read_at(offset, out);
  ASSERT_TRUE(got) << got.error().detail;
  const std::size_t there = offset < plain.size() ? std::min(size, plain.size() - offset) : 0;
  ASSERT_EQ(*got, there) << offset;
  EXPECT_TRUE(std::equal(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(there),
                         plain.begin() + static_cast<std::ptrdiff_t>(std::min(offset, plain.size()))))
      << offset;
}

/// A pipe that somebody writes `content` to.
class FilledPipe {
 public:
  explicit FilledPipe(Bytes content) {
    EXPECT_EQ(::pipe(ends_.data()), 0);
    writer_ = std::thread([this, bytes = std::move(content)] {
      for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t put = ::write(ends_[1], bytes.data() + done, bytes.size() - done);
        if (put <= 0) break;
        done += static_cast<std::size_t>(put);
      }
      ::close(ends_[1]);
    });
  }
  FilledPipe(const FilledPipe&) = delete;
  FilledPipe& operator=(const FilledPipe&) = delete;
  ~FilledPipe() {
    std::array<std::byte, 4096> rest;
    while (::read(ends_[0], rest.data(), rest.size()) > 0) {
    }
    writer_.join();
    ::close(ends_[0]);
  }
  int reading_end() const { return ends_[0]; }

 private:
  std::array<int, 2> ends_;
  std::thread writer_;
};

class StoredAs : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    packed_ = *GetParam() ? compressed_by(GetParam(), plain_) : plain_;
    if (packed_.empty()) GTEST_SKIP() << "no " << GetParam();
    path_ = directory_.write("file", packed_);
  }

  const TempDirectory directory_;
  const Bytes plain_ = pattern(3 * kMiB + 123);
  Bytes packed_;
  std::string path_;
};

TEST_P(StoredAs, AnyPositionCanBeRead) {
  const auto file = SegmentFile::open(path_);
  ASSERT_TRUE(file) << file.error().detail;
  for (const std::size_t offset :
       {std::size_t{0}, 2 * kMiB + 1, std::size_t{5}, 3 * kMiB + 100, 3 * kMiB + 123, 100 * kMiB, kMiB})
    expect_bytes(**file, plain_, offset, 10'000);
  expect_bytes(**file, plain_, 0, 4 * kMiB);
  EXPECT_EQ(*(*file)->read_at(~0ULL, std::span<std::byte>()), 0U);
}

TEST_P(StoredAs, BehindTheWindowItIsReadAnew) {
  const auto file = SegmentFile::open(path_, {.window_bytes = kMiB});
  ASSERT_TRUE(file);
  expect_bytes(**file, plain_, 3 * kMiB, 1000);
  expect_bytes(**file, plain_, 0, 2 * kMiB);
  EXPECT_LE((*file)->retained_bytes(), kMiB + kMiB / 4);
  expect_bytes(**file, plain_, 100, 100);
}

TEST_P(StoredAs, ThreadsReadAtTheSameTime) {
  const auto file = SegmentFile::open(path_, {.window_bytes = kMiB});
  ASSERT_TRUE(file);
  std::vector<std::thread> threads;
  for (std::size_t first = 0; first < 4; ++first)
    threads.emplace_back([&, first] {
      for (std::size_t offset = first * 65536; offset < plain_.size(); offset += std::size_t{4} * 65536)
        expect_bytes(**file, plain_, offset, 65536);
    });
  for (std::thread& thread : threads) thread.join();
}

TEST_P(StoredAs, PipeIsReadForwards) {
  const FilledPipe pipe(packed_);
  const auto file = SegmentFile::from_fd(pipe.reading_end(), "standard input", {.window_bytes = kMiB});
  ASSERT_TRUE(file);
  for (std::size_t offset = 0; offset < plain_.size(); offset += 100'000)
    expect_bytes(**file, plain_, offset, 100'000);
  expect_bytes(**file, plain_, 3 * kMiB - 1000, 500);

  std::array<std::byte, 10> out;
  const auto behind = (*file)->read_at(10, out);
  ASSERT_FALSE(behind);
  EXPECT_EQ(behind.error().kind, FileError::Kind::behind_window);
  EXPECT_EQ(behind.error().file, "standard input");
  expect_bytes(**file, plain_, 3 * kMiB, 500);
}

TEST_P(StoredAs, DescriptorIsReadFromWhereItStands) {
  const std::string path = directory_.write("prefixed", joined({Bytes(777), packed_}));
  const int fd = ::open(path.c_str(), O_RDONLY);
  ASSERT_EQ(::lseek(fd, 777, SEEK_SET), 777);
  const auto file = SegmentFile::from_fd(fd, "standard input");
  ::close(fd);
  ASSERT_TRUE(file);
  expect_bytes(**file, plain_, 0, plain_.size() + 1);
  expect_bytes(**file, plain_, 12, 34);
}

INSTANTIATE_TEST_SUITE_P(Programs, StoredAs, testing::Values("", "zstd -q", "lz4 -q", "gzip"));

TEST(SegmentFile, NameDoesNotDecideTheCodec) {
  const TempDirectory directory;
  const Bytes plain = pattern(100'000);
  const Bytes packed = compressed_by("gzip", plain);
  if (packed.empty()) GTEST_SKIP() << "no gzip";
  const auto misnamed = SegmentFile::open(directory.write("000000010000000000000001.zst", packed));
  ASSERT_TRUE(misnamed);
  EXPECT_EQ((*misnamed)->codec(), Codec::gzip);
  expect_bytes(**misnamed, plain, 0, plain.size());
  const auto bare = SegmentFile::open(directory.write("x.gz", plain));
  ASSERT_TRUE(bare);
  EXPECT_EQ((*bare)->codec(), Codec::none);
  expect_bytes(**bare, plain, 0, plain.size());
}

TEST(SegmentFile, BytesBeforeTheDamageAreGivenThenTheError) {
  const TempDirectory directory;
  const Bytes plain = pattern(2 * kMiB);
  Bytes packed = compressed_by("zstd -q", plain);
  if (packed.empty()) GTEST_SKIP() << "no zstd";
  packed.erase(packed.end() - 10, packed.end());  // resize() makes g++ 12 warn under sanitizers
  const auto file = SegmentFile::open(directory.write("cut.zst", packed));
  ASSERT_TRUE(file);
  Bytes out(plain.size());
  for (int round = 0; round < 2; ++round) {
    const auto got = (*file)->read_at(0, out);
    ASSERT_TRUE(got);
    EXPECT_GT(*got, kMiB);
    EXPECT_TRUE(std::equal(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(*got), plain.begin()));
    const auto beyond = (*file)->read_at(*got, out);
    ASSERT_FALSE(beyond);
    EXPECT_EQ(beyond.error().kind, FileError::Kind::compressed_cut_short);
    EXPECT_EQ(beyond.error().offset, *got);
    EXPECT_THAT(beyond.error().detail, HasSubstr("ends in the middle of a zstd frame"));
  }
}

TEST(SegmentFile, EmptyAndTinyFilesAreFiles) {
  const TempDirectory directory;
  for (const std::string_view content : {"", "a", "abc"}) {
    const auto file = SegmentFile::open(directory.write("tiny", content));
    ASSERT_TRUE(file);
    Bytes out(10);
    EXPECT_EQ(*(*file)->read_at(0, out), content.size());
  }
}

TEST(SegmentFile, ShrunkFileEndsEarlier) {
  const TempDirectory directory;
  const Bytes plain = pattern(100'000);
  const std::string path = directory.write("file", plain);
  const auto file = SegmentFile::open(path);
  ASSERT_TRUE(file);
  std::filesystem::resize_file(path, 50'000);
  Bytes out(100'000);
  EXPECT_EQ(*(*file)->read_at(0, out), 50'000U);
  EXPECT_EQ(*(*file)->read_at(60'000, out), 0U);
}

TEST(SegmentFile, WhatCannotBeOpenedIsToldApart) {
  const TempDirectory directory;
  const auto missing = SegmentFile::open(directory / "none");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, FileError::Kind::not_found);
  EXPECT_EQ(missing.error().errno_value, ENOENT);
  EXPECT_EQ(missing.error().file, directory / "none");

  const auto folder = SegmentFile::open(directory.path());
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().kind, FileError::Kind::not_regular);
  EXPECT_EQ(folder.error().errno_value, EISDIR);

  const auto closed = SegmentFile::from_fd(-1, "standard input");
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().errno_value, EBADF);
}

TEST(SegmentFile, UnreadableFileIsAnAccessError) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const TempDirectory directory;
  const std::string path = directory.write("secret", "x");
  ::chmod(path.c_str(), 0);
  const auto file = SegmentFile::open(path);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().kind, FileError::Kind::access);
  EXPECT_EQ(file.error().errno_value, EACCES);
}

TEST(SegmentFile, SymbolicLinkIsFollowed) {
  const TempDirectory directory;
  const Bytes plain = pattern(10'000);
  std::filesystem::create_symlink(directory.write("file", plain), directory / "link");
  std::filesystem::create_symlink(directory / "nowhere", directory / "dangling");
  const auto file = SegmentFile::open(directory / "link");
  ASSERT_TRUE(file);
  expect_bytes(**file, plain, 0, 10'000);
  const auto dangling = SegmentFile::open(directory / "dangling");
  ASSERT_FALSE(dangling);
  EXPECT_EQ(dangling.error().kind, FileError::Kind::not_found);
}

TEST(SegmentFile, PipeIsRefusedWithoutWaitingForAWriter) {
  const TempDirectory directory;
  const std::string path = directory / "fifo";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const auto file = SegmentFile::open(path, {.accept_pipes = false});
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().kind, FileError::Kind::not_regular);
}

TEST(SegmentFile, NonBlockingPipeIsWaitedFor) {
  const Bytes plain = pattern(500'000);
  const FilledPipe pipe(plain);
  ASSERT_EQ(::fcntl(pipe.reading_end(), F_SETFL, O_NONBLOCK), 0);
  {
    const auto file = SegmentFile::from_fd(pipe.reading_end(), "standard input");
    ASSERT_TRUE(file);
    expect_bytes(**file, plain, 0, plain.size() + 1);
  }
  ASSERT_EQ(::fcntl(pipe.reading_end(), F_SETFL, 0), 0);
}

}  // namespace
}  // namespace walkit
