#include "feed/heap_page.h"

#include <gtest/gtest.h>

#include <random>

#include "feed/tuple_header.h"

namespace walkit {
namespace {

/// A tuple of `size` bytes that knows its own fill.
std::vector<std::byte> tuple_of(std::size_t size, int fill) {
  std::vector<std::byte> bytes(size, static_cast<std::byte>(fill));
  TupleHeader(bytes.data()).set_hoff(24);
  return bytes;
}

class HeapPageTest : public testing::Test {
 protected:
  HeapPageTest() { page.init(); }
  bool holds(std::uint16_t number, const std::vector<std::byte>& tuple) {
    return std::ranges::equal(page.tuple(number), tuple);
  }

  std::array<std::byte, kRelationBlockSize> bytes;
  HeapPage page{bytes};
};

TEST_F(HeapPageTest, NewPageIsEmptyHeap) {
  EXPECT_TRUE(page.is_heap());
  EXPECT_EQ(page.item_count(), 0);
  EXPECT_TRUE(page.tuple(1).empty());
  page.set_lsn(Lsn{0x1'2345'6789});
  EXPECT_EQ(page.lsn(), Lsn{0x1'2345'6789});
}

TEST_F(HeapPageTest, TuplesGoBehindTheLastItemOrToUnusedOnes) {
  ASSERT_TRUE(page.add(1, tuple_of(30, 1)));
  ASSERT_TRUE(page.add(2, tuple_of(40, 2)));
  EXPECT_FALSE(page.add(4, tuple_of(30, 4))) << "leaves out item 3";
  EXPECT_FALSE(page.add(1, tuple_of(30, 9))) << "is in use";
  EXPECT_FALSE(page.add(0, tuple_of(30, 9)));
  ASSERT_TRUE(page.set_unused(1));
  EXPECT_TRUE(page.tuple(1).empty());
  ASSERT_TRUE(page.add(1, tuple_of(50, 3)));
  EXPECT_TRUE(holds(1, tuple_of(50, 3)));
  EXPECT_TRUE(holds(2, tuple_of(40, 2)));
}

TEST_F(HeapPageTest, TooSmallOrTooLargeTuplesAreRefused) {
  EXPECT_FALSE(page.add(1, {}));
  EXPECT_FALSE(page.add(1, tuple_of(8192 - 24, 1))) << "leaves no space for its line pointer";
  EXPECT_TRUE(page.add(1, tuple_of(8160, 1)));
  EXPECT_FALSE(page.add(2, tuple_of(24, 2)));
}

TEST_F(HeapPageTest, SpaceOfRemovedTuplesIsUsedAgain) {
  for (std::uint16_t i = 1; i <= 8; ++i) ASSERT_TRUE(page.add(i, tuple_of(1000, i)));
  EXPECT_FALSE(page.add(9, tuple_of(1000, 9)));
  ASSERT_TRUE(page.set_dead(2));
  ASSERT_TRUE(page.set_redirect(5, 6));
  ASSERT_TRUE(page.add(9, tuple_of(1900, 9)));
  for (const int i : {1, 3, 4, 6, 7, 8}) EXPECT_TRUE(holds(static_cast<std::uint16_t>(i), tuple_of(1000, i)));
  EXPECT_TRUE(holds(9, tuple_of(1900, 9)));
  EXPECT_EQ(page.item(2).state, ItemState::dead);
  EXPECT_EQ(page.item(5).state, ItemState::redirect);
  EXPECT_EQ(page.item(5).offset, 6);
}

TEST_F(HeapPageTest, UnusedItemsAtTheEndGiveWayWhenNothingElseDoes) {
  for (std::uint16_t i = 1; i <= 200; ++i) ASSERT_TRUE(page.add(i, tuple_of(30, i)));
  for (std::uint16_t i = 2; i <= 200; ++i) ASSERT_TRUE(page.set_unused(i));
  EXPECT_TRUE(page.add(2, tuple_of(8000, 2))) << "as a server that has cut the array";
  EXPECT_EQ(page.item_count(), 2);
  EXPECT_TRUE(holds(1, tuple_of(30, 1)));
}

TEST_F(HeapPageTest, ItemsThatAreNotThereCannotBeSet) {
  ASSERT_TRUE(page.add(1, tuple_of(30, 1)));
  EXPECT_FALSE(page.set_unused(0));
  EXPECT_FALSE(page.set_unused(2));
  EXPECT_FALSE(page.set_dead(2));
  EXPECT_FALSE(page.set_redirect(1, 2));
  EXPECT_FALSE(page.set_redirect(2, 1));
}

TEST_F(HeapPageTest, PagesOfOthersAreNoHeap) {
  const auto changed = [&](std::size_t at, std::uint16_t value) {
    auto copy = bytes;
    store_le(copy.data() + at, value);
    return HeapPage(copy).is_heap();
  };
  EXPECT_FALSE(changed(16, 8176)) << "an index has special space";
  EXPECT_FALSE(changed(18, 0x2003)) << "another layout";
  EXPECT_FALSE(changed(12, 23)) << "line pointers in the header";
  EXPECT_FALSE(changed(12, 8193));
  EXPECT_FALSE(changed(14, 8193));
  bytes.fill(std::byte{0});
  EXPECT_FALSE(page.is_heap()) << "never initialized";
}

TEST_F(HeapPageTest, TuplesThatReachBeyondThePageAreNone) {
  ASSERT_TRUE(page.add(1, tuple_of(30, 1)));
  const auto item = [&](std::uint32_t offset, std::uint32_t length) {
    store_le(bytes.data() + 24, offset | 1U << 15 | length << 17);
    return !page.tuple(1).empty();
  };
  EXPECT_TRUE(item(8160, 30));
  EXPECT_FALSE(item(8160, 33));
  EXPECT_FALSE(item(30000, 30));
  EXPECT_FALSE(item(24, 30)) << "lies among the line pointers";
  EXPECT_FALSE(item(8160, 22)) << "less than a header";
}

// Whatever the bytes are, no member reads or writes beyond them (a sanitizer's job to tell) or hangs.
TEST_F(HeapPageTest, DamagedPagesAreHarmless) {
  std::mt19937 random(1);
  int added = 0;
  for (int round = 0; round < 2000; ++round) {
    page.init();
    for (std::uint16_t i = 1; i <= 20; ++i) ASSERT_TRUE(page.add(i, tuple_of(24 + random() % 200, i)));
    for (int flips = 0; flips < 40; ++flips) bytes[24 + random() % 80] = static_cast<std::byte>(random());
    if (round % 4 == 0) store_le(bytes.data() + 12, static_cast<std::uint16_t>(random() % 8192));
    if (round % 4 == 1) store_le(bytes.data() + 14, static_cast<std::uint16_t>(random() % 8192));
    if (!page.is_heap()) continue;
    for (std::uint16_t i = 0; i <= page.item_count() + 1; ++i)
      added += page.add(i, tuple_of(random() % 3000 + 24, 7));
    EXPECT_TRUE(page.is_heap());
  }
  EXPECT_GT(added, 0);
}

}  // namespace
}  // namespace walkit
