#include "feed/toast_store.h"

#include <gtest/gtest.h>

#include "tests/support/byte_writer.h"
#include "tests/support/memory_spill_store.h"

namespace walkit {
namespace {

using test::Bytes;
using test::ByteWriter;

constexpr RelFileLocator kFile{1663, 5, 16390};
constexpr Oid kToast = 16387;
constexpr Lsn kNow{1000};

/// A chunk as it lies on a page: of the value `id`, number `number`.
Bytes chunk(Oid id, std::uint32_t number, std::string_view text) {
  return ByteWriter()
      .zeros(18)
      .u16(3)
      .u16(0x0802)
      .u8(24)
      .zeros(1)
      .u32(id)
      .u32(number)
      .u8((text.size() + 1) << 1 | 1)
      .text(text)
      .take();
}

/// Base pages that are all the same one.
class OnePage final : public BasePages {
 public:
  std::expected<bool, std::string> read(const RelFileLocator& file, BlockNumber block,
                                        PageBytes out) override {
    if (file != kFile || block != 0) return false;
    HeapPage page(out);
    page.init();
    page.set_lsn(Lsn{1});
    for (std::uint16_t item = 1; item <= chunks.size(); ++item) EXPECT_TRUE(page.add(item, chunks[item - 1]));
    return true;
  }
  bool intact(PageBytes, BlockNumber) const override { return sound; }

  std::vector<Bytes> chunks;
  bool sound = true;
};

class ToastStoreTest : public testing::Test {
 protected:
  /// A chunk comes to lie on a page that is tracked, and the store hears of it.
  void insert(Oid id, std::uint32_t number, std::string_view text, std::uint16_t item) {
    pages_.begin_record();
    auto page = pages_.find({kFile, 7}, kNow);
    if (!page) (page = pages_.create({kFile, 7}))->init();
    const Bytes tuple = chunk(id, number, text);
    ASSERT_TRUE(page->add(item, tuple));
    HeapChange change;
    change.relation = kFile;
    change.new_place = {7, item};
    change.new_tuple.bytes = tuple;
    store_.saw_insert(change);
  }
  std::string fetch(Oid id, std::uint32_t size, Oid relation = kToast) {
    store_.look_in(kToast, kFile, kNow);
    Bytes found;
    const auto fetched = store_.fetch({size, size, id, relation}, found);
    if (!fetched) return std::string(name_of(fetched.error()));
    return {reinterpret_cast<const char*>(found.data()), found.size()};
  }

  test::MemorySpillStore spill_;
  OnePage base_;
  PageTable pages_{spill_, &base_, PageTable::kMinFrames};
  ToastStore store_{pages_, &base_};
};

TEST_F(ToastStoreTest, ChunksThatWereInsertedAreJoined) {
  insert(9, 0, "one ", 1);
  insert(9, 1, "two", 2);
  EXPECT_EQ(fetch(9, 7), "one two");
}

TEST_F(ToastStoreTest, AValueIsWholeOrNotThere) {
  insert(9, 0, "one ", 1);
  EXPECT_EQ(fetch(9, 7), "toast_unchanged") << "the second chunk is missing";
  EXPECT_EQ(fetch(9, 3), "toast_unchanged") << "the chunk is longer than the value";
  EXPECT_EQ(fetch(10, 4), "toast_unchanged");
  EXPECT_EQ(fetch(9, 4, kToast + 1), "toast_unchanged") << "another relation's value";
}

TEST_F(ToastStoreTest, ANumberThatIsUsedAgainIsTheNewerValue) {
  insert(9, 0, "old", 1);
  insert(9, 0, "new", 2);
  EXPECT_EQ(fetch(9, 3), "new");
}

TEST_F(ToastStoreTest, APageThatBecameUnknownHoldsNothing) {
  insert(9, 0, "gone", 1);
  pages_.set_unknown({kFile, 7});
  EXPECT_EQ(fetch(9, 4), "toast_unchanged");
}

TEST_F(ToastStoreTest, AnotherTupleAtTheSamePlaceIsNotTheValue) {
  insert(9, 0, "text", 1);
  pages_.begin_record();
  auto page = pages_.find({kFile, 7}, kNow);
  page->init();
  ASSERT_TRUE(page->add(1, chunk(8, 0, "else")));
  EXPECT_EQ(fetch(9, 4), "toast_unchanged");
}

TEST_F(ToastStoreTest, ValuesFromBeforeTheStartAreOnBasePages) {
  base_.chunks = {chunk(5, 1, "page"), chunk(5, 0, "base "), chunk(6, 0, "other")};
  EXPECT_EQ(fetch(5, 9), "base page");
}

TEST_F(ToastStoreTest, ABasePageWithAWrongChecksumIsNotBelieved) {
  base_.chunks = {chunk(5, 0, "base")};
  base_.sound = false;
  EXPECT_EQ(fetch(5, 4), "toast_unchanged");
}

TEST_F(ToastStoreTest, WhatIsNoChunkIsPassedOver) {
  HeapChange change;
  change.relation = kFile;
  const Bytes short_tuple = ByteWriter().zeros(20).take(), without_bytes = chunk(9, 0, "");
  for (const Bytes& tuple : {short_tuple, without_bytes}) {
    change.new_tuple.bytes = tuple;
    store_.saw_insert(change);
  }
  EXPECT_EQ(fetch(9, 4), "toast_unchanged");
}

}  // namespace
}  // namespace walkit
