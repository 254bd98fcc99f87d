#include "walreader/volume_table.h"

#include <gtest/gtest.h>

namespace walkit {
namespace {

struct Row {
  std::uint64_t key = 0;
  std::uint64_t bytes = 0;

  std::uint64_t total_bytes() const { return bytes; }
  Row& operator+=(const Row& other) {
    bytes += other.bytes;
    return *this;
  }
};
using Table = VolumeTable<Row>;

std::uint64_t sum(const Table& table) {
  std::uint64_t bytes = table.folded().bytes;
  for (const Row& row : table.rows()) bytes += row.bytes;
  return bytes;
}

TEST(VolumeTable, KeepsOneRowForEachKeyInOrderOfAppearance) {
  Table table;
  for (std::uint64_t round = 0; round < 3; ++round)
    for (std::uint64_t key = 1000; key > 0; --key) table.at(key).bytes += 1;
  ASSERT_EQ(table.rows().size(), 1000u);
  for (std::size_t i = 0; i < table.rows().size(); ++i) {
    EXPECT_EQ(table.rows()[i].key, 1000 - i);
    EXPECT_EQ(table.rows()[i].bytes, 3u);
  }
}

TEST(VolumeTable, FoldingKeepsTheLargestAndTheSum) {
  Table table;
  for (std::uint64_t key = 1; key <= 100; ++key) table.at(key).bytes = key % 50;  // 49 and 99 are the largest
  const std::uint64_t before = sum(table);
  table.fold(100);
  EXPECT_EQ(table.rows().size(), 100u) << "not above the limit";

  table.fold(20);
  EXPECT_EQ(table.rows().size(), 10u);
  EXPECT_EQ(table.folded_rows(), 90u);
  EXPECT_EQ(sum(table), before);
  for (const Row& row : table.rows()) EXPECT_GE(row.bytes, 45u);

  table.at(49).bytes += 7;  // still there
  EXPECT_EQ(table.rows().size(), 10u);
  table.at(1).bytes += 7;  // back again
  EXPECT_EQ(table.rows().size(), 11u);
  EXPECT_EQ(sum(table), before + 14);
}

TEST(VolumeTable, WhatFoldingKeepsDoesNotDependOnTheOrder) {
  Table upwards, downwards;
  for (std::uint64_t key = 0; key < 100; ++key) {
    upwards.at(key).bytes = 5;
    downwards.at(99 - key).bytes = 5;
  }
  upwards.fold(50);
  downwards.fold(50);
  ASSERT_EQ(upwards.rows().size(), downwards.rows().size());
  for (std::size_t i = 0; i < 25; ++i) EXPECT_EQ(upwards.rows()[i].key, downwards.rows()[24 - i].key);
}

TEST(VolumeTable, AddsAnother) {
  Table a, b;
  for (std::uint64_t key = 0; key < 50; ++key) a.at(key).bytes = 1;
  for (std::uint64_t key = 25; key < 75; ++key) b.at(key).bytes = 2;
  b.fold(40);
  a += b;
  EXPECT_EQ(sum(a), 150u);
  EXPECT_EQ(a.folded_rows(), 30u);
  EXPECT_EQ(a.at(25).bytes, 3u);
}

}  // namespace
}  // namespace walkit
