#include "feed/io/transaction_files.h"

#include <gtest/gtest.h>

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

TEST(TransactionFiles, WhatIsNotOnDiskYetRuns) {
  FilesInUse files;
  TransactionFiles log = open_files(files);
  EXPECT_EQ(log.fate(995), XidFate::running);
  EXPECT_EQ(log.fate(1000), XidFate::later);
  EXPECT_FALSE(log.fate(989));
}

}  // namespace
}  // namespace walkit
