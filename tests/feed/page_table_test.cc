#include "feed/page_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/support/memory_spill_store.h"

namespace walkit {
namespace {

constexpr Lsn kNow{0x2000000};

RelFileLocator table(Oid number, Oid database = 5) { return {1663, database, number}; }

/// A page with a number in it; its LSN will do.
void fill(std::optional<HeapPage> page, std::uint64_t number) {
  ASSERT_TRUE(page);
  page->init();
  page->set_lsn(Lsn{number});
}

class PageTableTest : public testing::Test {
 protected:
  /// The number in a known page, 0 for others.
  std::uint64_t number_in(const PageKey& key) {
    pages.begin_record();
    const auto page = pages.find(key, kNow);
    return page ? page->lsn().value : 0;
  }
  void put(const PageKey& key, std::uint64_t number) {
    pages.begin_record();
    fill(pages.create(key), number);
  }

  test::MemorySpillStore store;
  PageTable pages{store, nullptr, PageTable::kMinFrames};
};

TEST_F(PageTableTest, PagesThatDoNotFitComeBackFromTheStore) {
  for (std::uint32_t block = 0; block < 1000; ++block) put({table(1), block}, block + 1);
  EXPECT_GE(store.pieces(), 1000 - PageTable::kMinFrames);
  for (std::uint32_t block = 0; block < 1000; ++block) EXPECT_EQ(number_in({table(1), block}), block + 1);
  put({table(1), 3}, 77);
  for (std::uint32_t block = 500; block < 700; ++block) EXPECT_EQ(number_in({table(1), block}), block + 1);
  EXPECT_EQ(number_in({table(1), 3}), 77) << "was written out again after it changed";
  EXPECT_EQ(pages.known_pages(), 1000);
}

TEST_F(PageTableTest, PagesOfOneRecordStayInMemory) {
  for (std::uint32_t block = 0; block < 500; ++block) put({table(1), block}, 1);
  pages.begin_record();
  std::vector<HeapPage> in_hand;
  for (std::uint32_t block = 0; block < 33; ++block)
    in_hand.push_back(*pages.find({table(1), block * 10}, kNow));
  for (std::uint32_t i = 0; i < 33; ++i) in_hand[i].set_lsn(Lsn{i + 100});
  for (std::uint32_t i = 0; i < 33; ++i) EXPECT_EQ(number_in({table(1), i * 10}), i + 100);
}

TEST_F(PageTableTest, DroppedAndCutPagesAreForgottenAndTheirSlotsUsedAgain) {
  for (std::uint32_t block = 0; block < 300; ++block) {
    put({table(1), block}, 1);
    put({table(2), block}, 2);
    put({table(3, 6), block}, 3);
  }
  pages.truncate(table(1), 100);
  EXPECT_EQ(number_in({table(1), 99}), 1);
  EXPECT_EQ(number_in({table(1), 100}), 0);
  pages.drop(table(2));
  EXPECT_EQ(number_in({table(2), 0}), 0);
  pages.drop_database(1664, 6);
  EXPECT_EQ(number_in({table(3, 6), 7}), 3) << "is in another tablespace";
  pages.drop_database(1663, 6);
  EXPECT_EQ(number_in({table(3, 6), 7}), 0);
  EXPECT_EQ(pages.known_pages(), 100);
  EXPECT_LE(store.pieces(), 100);
  pages.drop(table(1));
  EXPECT_EQ(store.pieces(), 0);
}

TEST_F(PageTableTest, BehavesAsAMapDoes) {
  std::map<std::pair<Oid, BlockNumber>, std::uint64_t> model;
  std::mt19937 random(2);
  for (int step = 1; step < 60'000; ++step) {
    const auto relation = static_cast<Oid>(random() % 20);
    const auto block = static_cast<BlockNumber>(random() % 200);
    const PageKey key{table(relation), block};
    if (const auto kind = random() % 100; kind < 50) {
      put(key, step);
      model[{relation, block}] = step;
    } else if (kind < 60) {
      pages.set_unknown(key);
      model.erase({relation, block});
    } else if (kind < 61) {
      pages.truncate(key.relation, block);
      model.erase(model.lower_bound({relation, block}), model.lower_bound({relation + 1, 0}));
    } else {
      const auto expected = model.find({relation, block});
      ASSERT_EQ(number_in(key), expected == model.end() ? 0 : expected->second) << "step " << step;
    }
    ASSERT_EQ(pages.known_pages(), model.size());
  }
  std::size_t visited = 0;
  pages.for_each_known(
      [&](const PageKey& key) { visited += model.contains({key.relation.relation, key.block}); });
  EXPECT_EQ(visited, model.size());
}

TEST_F(PageTableTest, FailureOfTheStoreSticks) {
  store.fail_writes = true;
  for (std::uint32_t block = 0; block < 100 && !pages.error(); ++block) {
    pages.begin_record();
    if (auto page = pages.create({table(1), block})) page->init();
  }
  EXPECT_EQ(pages.error(), "no space left");
}

TEST_F(PageTableTest, PageThatCannotBeReadBackIsUnknown) {
  for (std::uint32_t block = 0; block < 200; ++block) put({table(1), block}, 1);
  store.fail_reads = true;
  EXPECT_EQ(number_in({table(1), 0}), 0);
  EXPECT_EQ(pages.error(), "never written");
}

/// Every block of one table, last changed at `lsn`.
class OneTable final : public BasePages {
 public:
  std::expected<bool, std::string> read(const RelFileLocator& relation, BlockNumber, PageBytes out) override {
    ++reads;
    if (fail) return std::unexpected("cannot be read");
    if (relation != table(1)) return false;
    fill(HeapPage(out), lsn.value);
    return true;
  }
  bool intact(PageBytes, BlockNumber block) const override { return block != damaged; }

  Lsn lsn{100};
  bool fail = false;
  BlockNumber damaged = UINT32_MAX;
  int reads = 0;
};

class BasePagesTest : public PageTableTest {
 protected:
  std::uint64_t number_in(const PageKey& key, Lsn at = kNow) {
    based.begin_record();
    const auto page = based.find(key, at);
    return page ? page->lsn().value : 0;
  }
  OneTable base;
  PageTable based{store, &base, PageTable::kMinFrames};
};

TEST_F(BasePagesTest, UnheardOfPageComesFromTheBaseOnce) {
  EXPECT_EQ(number_in({table(1), 5}), 100);
  EXPECT_EQ(number_in({table(1), 5}), 100);
  EXPECT_EQ(number_in({table(2), 5}), 0);
  EXPECT_EQ(number_in({table(2), 5}), 0);
  EXPECT_EQ(base.reads, 2);
}

TEST_F(BasePagesTest, PageThatIsNewerThanTheRecordIsUnknownForGood) {
  EXPECT_EQ(number_in({table(1), 5}, Lsn{99}), 0);
  EXPECT_EQ(number_in({table(1), 5}, Lsn{200}), 0) << "an image must come first";
  based.begin_record();
  fill(based.create({table(1), 5}), 300);
  EXPECT_EQ(number_in({table(1), 5}), 300);
}

TEST_F(BasePagesTest, DamagedPageIsUnknown) {
  base.damaged = 5;
  EXPECT_EQ(number_in({table(1), 5}), 0);
  EXPECT_EQ(number_in({table(1), 6}), 100);
}

TEST_F(BasePagesTest, PageThatBecameUnknownIsNotAskedOfTheBase) {
  based.set_unknown({table(1), 5});
  EXPECT_EQ(number_in({table(1), 5}), 0);
  EXPECT_EQ(base.reads, 0);
}

TEST_F(BasePagesTest, NothingIsKnownBehindAGapNotEvenTheBase) {
  EXPECT_EQ(number_in({table(1), 5}), 100);
  based.begin_record();
  fill(based.create({table(2), 1}), 300);
  based.forget_all();
  EXPECT_EQ(based.known_pages(), 0);
  EXPECT_EQ(number_in({table(1), 5}), 0);
  EXPECT_EQ(number_in({table(1), 6}), 0);
  EXPECT_EQ(number_in({table(2), 1}), 0);
}

TEST_F(BasePagesTest, FailureToReadTheBaseSticks) {
  base.fail = true;
  EXPECT_EQ(number_in({table(1), 5}), 0);
  EXPECT_EQ(based.error(), "cannot be read");
}

}  // namespace
}  // namespace walkit
