#include "feed/io/transaction_files.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <map>

namespace walkit {
namespace {

/// A server's files; transactions go on while they are read.
class FilesInUse final : public DataFiles {
 public:
  std::string quoted(std::string_view path) const override { return std::string(path); }
  std::expected<std::optional<std::vector<std::byte>>, std::string> read(std::string_view,
                                                                         std::size_t) override {
    return std::nullopt;
  }
  std::expected<bool, std::string> read_at(std::string_view, std::uint64_t, std::span<std::byte>) override {
    ++readings;
    return false;
  }
  std::expected<std::vector<std::string>, std::string> list(std::string_view) override {
    return std::vector<std::string>{};
  }
  bool in_use() const override { return true; }
  std::expected<Xid, std::string> next_xid(Xid) override {
    ++questions;
    return now;
  }

  Xid now = 1100;
  int questions = 0;
  int readings = 0;
};

/// Files by their paths.
class MadeFiles final : public DataFiles {
 public:
  std::string quoted(std::string_view path) const override { return std::string(path); }
  std::expected<std::optional<std::vector<std::byte>>, std::string> read(std::string_view,
                                                                         std::size_t) override {
    return std::nullopt;
  }
  std::expected<bool, std::string> read_at(std::string_view path, std::uint64_t offset,
                                           std::span<std::byte> out) override {
    const std::vector<std::byte>& file = files[std::string(path)];
    const std::size_t size = std::min<std::size_t>(out.size(), file.size() - std::min(offset, file.size()));
    std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(offset), size, out.begin());
    return size == out.size();
  }
  std::expected<std::vector<std::string>, std::string> list(std::string_view) override {
    return std::vector<std::string>{};
  }

  std::map<std::string, std::vector<std::byte>> files;
};

TransactionFiles open_files(DataFiles& files) {
  PgControl control;
  control.next_xid = 1000;
  control.oldest_active_xid = 990;
  control.next_multixact = 50;
  auto opened = TransactionFiles::open(files, control, control.next_xid);
  EXPECT_TRUE(opened);
  return *std::move(opened);
}

TEST(TransactionFiles, ARowFrozenSinceTheStartIsLater) {
  FilesInUse files;
  TransactionFiles log = open_files(files);
  EXPECT_EQ(log.frozen_later(999), false);
  EXPECT_EQ(files.questions, 0);
  EXPECT_EQ(log.frozen_later(1000), true);
  EXPECT_EQ(log.frozen_later(1099), true);
  EXPECT_EQ(files.questions, 1);
  files.now = 1200;
  EXPECT_EQ(log.frozen_later(1150), true);
}

TEST(TransactionFiles, ARowFrozenAgesAgoIsNotLater) {
  FilesInUse files;
  TransactionFiles log = open_files(files);
  EXPECT_EQ(log.frozen_later(2'000'000'000), false);
}

TEST(TransactionFiles, AMultixactMadeSinceTheStartChangedNothingBefore) {
  FilesInUse files;
  TransactionFiles log = open_files(files);
  EXPECT_EQ(log.updater(50), Xid{0});
  EXPECT_EQ(files.readings, 0);
  EXPECT_FALSE(log.updater(49));
  EXPECT_GT(files.readings, 0);
}

TEST(TransactionFiles, APageThatIsCutShortLeavesNothingBehind) {
  constexpr std::size_t kPage = 8192;
  MadeFiles files;
  std::vector<std::byte>& log = files.files["pg_xact/0000"];
  log.assign(kPage, std::byte{0x55});              // all committed
  log.resize(kPage + kPage / 2, std::byte{0xAA});  // all rolled back
  PgControl control;
  control.next_xid = control.oldest_active_xid = 100'000;
  auto opened = TransactionFiles::open(files, control, control.next_xid);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->fate(900), XidFate::committed);
  EXPECT_FALSE(opened->fate(40'000));
  EXPECT_EQ(opened->fate(900), XidFate::committed);
}

TEST(TransactionFiles, MembersOfAMultixactComeRoundAgain) {
  constexpr std::uint32_t kLast = UINT32_MAX;
  MadeFiles files;
  const auto put = [&](const std::string& path, std::size_t at, std::uint32_t value) {
    std::vector<std::byte>& file = files.files[path];
    file.resize(std::max(file.size(), at + 4));
    std::memcpy(file.data() + at, &value, 4);
  };
  put("pg_multixact/offsets/0000", 7 * 4, kLast);
  // Groups of four: flags, then xids; 409 to a page, 32 pages to a segment.
  const std::uint32_t group = kLast / 4, page = group / 409;
  char segment[40];
  std::snprintf(segment, sizeof segment, "pg_multixact/members/%04X", page / 32);
  put(segment, std::size_t{page % 32} * 8192 + group % 409 * 20 + 4 + 3 * 4, 900);  // locks the row
  put("pg_multixact/members/0000", 0, 0x00000500);                                  // member 1 updates it
  put("pg_multixact/members/0000", 8, 901);
  put("pg_multixact/members/0000", 16, 0);
  TransactionFiles log = open_files(files);
  EXPECT_EQ(log.updater(7), Xid{901});
}

TEST(TransactionFiles, WhatIsNotOnDiskYetRuns) {
  FilesInUse files;
  TransactionFiles log = open_files(files);
  EXPECT_EQ(log.fate(995), XidFate::running);
  EXPECT_EQ(log.fate(1000), XidFate::later);
  EXPECT_FALSE(log.fate(989));
}

}  // namespace
}  // namespace walkit
