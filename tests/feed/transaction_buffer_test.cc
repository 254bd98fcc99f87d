#include "feed/transaction_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/feed/made_changes.h"
#include "tests/feed/spill_memory.h"

namespace walkit {
namespace {

/// Remembers what it was given as "begin xid", "id note" and "commit xid".
class NotingSink final : public EventSink {
 public:
  using Result = std::expected<void, std::string>;
  Result begin(const TransactionInfo& transaction) override {
    info = transaction;
    notes.push_back("begin " + std::to_string(transaction.xid));
    return {};
  }
  Result change(const TransactionInfo&, const Change& change, std::uint64_t ordinal) override {
    EXPECT_EQ(ordinal, changes++);
    const RowValues& row = *change.new_row;
    notes.emplace_back(row.unavailable == Unavailable::none ? row.values.at(0).text
                                                            : name_of(row.unavailable));
    return {};
  }
  Result commit(const TransactionInfo& transaction) override {
    notes.push_back("commit " + std::to_string(transaction.xid));
    changes = 0;
    return {};
  }
  Result message(const TransactionInfo&, const Change&) override { return {}; }
  Result gap(Lsn, Lsn, std::string_view) override { return {}; }

  std::vector<std::string> notes;
  std::uint64_t changes = 0;
  TransactionInfo info;
};

using Notes = std::vector<std::string>;

class TransactionBufferTest : public testing::Test {
 protected:
  void add(Xid xid, std::string text) {
    buffer.saw(xid, Lsn{lsn += 8});
    ASSERT_TRUE(buffer.add(test::insert(schema, xid, {std::move(text), "note"})));
  }
  Notes commit(Xid xid, const std::vector<Xid>& subxacts = {}) {
    sink.notes.clear();
    TransactionInfo info;
    info.xid = xid;
    const auto committed = buffer.commit(info, std::as_bytes(std::span(subxacts)), sink);
    EXPECT_TRUE(committed) << committed.error();
    return sink.notes;
  }
  ByteSpan xids(const std::vector<Xid>& list) { return std::as_bytes(std::span(list)); }

  test::SpillMemory store;
  TransactionBuffer buffer{store, 4096};
  NotingSink sink;
  SchemaRef schema = test::table("t");
  std::uint64_t lsn = 0x1000;
};

TEST_F(TransactionBufferTest, CommitsInOrderOfCommit) {
  add(10, "a");
  add(11, "b");
  add(10, "c");
  EXPECT_EQ(commit(11), (Notes{"begin 11", "b", "commit 11"}));
  EXPECT_EQ(commit(10), (Notes{"begin 10", "a", "c", "commit 10"}));
  EXPECT_EQ(buffer.transactions(), 0u);
  EXPECT_EQ(buffer.memory_bytes(), 0u);
}

TEST_F(TransactionBufferTest, AnEmptyTransactionIsNoEvent) {
  buffer.saw(10, Lsn{8});
  EXPECT_EQ(commit(10), Notes{});
}

TEST_F(TransactionBufferTest, SaysWhichSubtransactionsACrashEnded) {
  add(10, "a");
  buffer.assign(10, 11);
  add(12, "b");
  std::vector<Xid> gone = buffer.purge_unprepared();
  std::ranges::sort(gone);
  EXPECT_EQ(gone, (std::vector<Xid>{10, 11, 12}));
}

TEST_F(TransactionBufferTest, TransactionsStayCompleteWhenNumbersComeRoundAgain) {
  buffer.set_first_complete(10);
  for (const Xid oldest_running : {Xid{1} << 30, Xid{1} << 31, Xid{3} << 30})
    buffer.purge_before(oldest_running);
  add((Xid{3} << 30) + 5, "a");
  commit((Xid{3} << 30) + 5);
  EXPECT_FALSE(sink.info.partial);
}

TEST_F(TransactionBufferTest, KnowsTheDatabaseThatOnlyAPreparedSubtransactionChanged) {
  Change change = test::insert(schema, 11, {"a", "note"});
  change.relation.database = 5;
  ASSERT_TRUE(buffer.add(change));
  buffer.prepare(10, xids({11}), "gid");
  EXPECT_EQ(buffer.database_of(10, xids({11})), 5u);
}

TEST_F(TransactionBufferTest, SubtransactionsAreMergedInOrderOfReading) {
  add(10, "a");
  add(11, "b");
  add(10, "c");
  add(12, "rolled back");
  add(11, "d");
  buffer.abort(12, {});
  EXPECT_EQ(commit(10, {11}), (Notes{"begin 10", "a", "b", "c", "d", "commit 10"}));
  EXPECT_EQ(buffer.transactions(), 0u);
}

// As WAL tells of them: some at a time, behind later changes.
TEST_F(TransactionBufferTest, ManySubtransactionsAreMergedInOrder) {
  constexpr Xid kCount = 50'000;
  TransactionBuffer roomy{store, std::size_t{1} << 30};
  const auto insert = [&](Xid xid, std::string text) {
    roomy.saw(xid, Lsn{lsn += 8});
    ASSERT_TRUE(roomy.add(test::insert(schema, xid, {std::move(text), "note"})));
  };
  Notes expected = {"begin 10"};
  std::vector<Xid> subxacts;
  for (Xid i = 0; i < kCount; ++i) {
    const Xid xid = subxacts.emplace_back(11 + i);
    expected.push_back(std::to_string(i) + std::string(100, 'x'));
    insert(i % 10 == 0 ? 10 : xid, expected.back());
    if (i % 7 == 0) insert(xid, expected.emplace_back("again"));
    if (i % 64 == 63)
      for (Xid assigned = xid - 63; assigned <= xid; ++assigned) roomy.assign(10, assigned);
  }
  expected.push_back("commit 10");
  TransactionInfo info;
  info.xid = 10;
  ASSERT_TRUE(roomy.commit(info, xids(subxacts), sink));
  EXPECT_EQ(sink.notes, expected);
}

TEST_F(TransactionBufferTest, OnlyTheCommitRecordSaysWhoBelongs) {
  add(11, "of a subtransaction");
  buffer.assign(10, 11);
  add(12, "rolled back");
  buffer.assign(10, 12);
  buffer.abort(12, {});
  add(10, "of the top");
  EXPECT_EQ(buffer.top_of(12), 10u);
  EXPECT_EQ(commit(10, {11}), (Notes{"begin 10", "of a subtransaction", "of the top", "commit 10"}));
  EXPECT_EQ(buffer.top_of(12), 12u);
}

TEST_F(TransactionBufferTest, WhatExceedsMemoryComesBackInOrder) {
  Notes expected = {"begin 10"};
  for (int i = 0; i < 1000; ++i) {
    const std::string text = std::to_string(i) + std::string(static_cast<std::size_t>(i % 50), 'x');
    const Xid xid = 10 + static_cast<Xid>(i % 3);
    add(xid, text);
    if (i == 500) buffer.assign(10, 11);
    if (xid != 12) expected.push_back(text);
    EXPECT_LE(buffer.memory_bytes(), 4096u);
  }
  expected.push_back("commit 10");
  EXPECT_GT(store.written_bytes, 40'000u);
  EXPECT_EQ(commit(10, {11}), expected);
  buffer.abort(12, {});
  EXPECT_EQ(store.discarded_bytes, store.written_bytes);
  EXPECT_EQ(buffer.memory_bytes(), 0u);
}

TEST_F(TransactionBufferTest, SpillingFreesMemorySoThatWritesStayLarge) {
  for (int i = 0; i < 1000; ++i) add(10, std::to_string(i));
  ASSERT_GT(store.writes, 1u);
  EXPECT_GT(store.written_bytes / store.writes, 1024u);
}

TEST_F(TransactionBufferTest, AChangeLargerThanAllMemoryIsKept) {
  const std::string large(300'000, 'x');
  add(10, large);
  add(10, "small");
  EXPECT_EQ(commit(10), (Notes{"begin 10", large, "small", "commit 10"}));
}

TEST_F(TransactionBufferTest, DamagedStorageIsAnError) {
  for (int i = 0; i < 100; ++i) add(10, std::string(100, 'x'));
  store.damage(std::byte{0xFF});
  TransactionInfo info;
  info.xid = 10;
  EXPECT_FALSE(buffer.commit(info, {}, sink));
}

TEST_F(TransactionBufferTest, SpeculativeInsertsWait) {
  buffer.hold(test::insert(schema, 10, {"cancelled", ""}));
  buffer.cancel(10);
  buffer.hold(test::insert(schema, 10, {"confirmed", ""}));
  add(10, "before");
  ASSERT_TRUE(buffer.confirm(10));
  ASSERT_TRUE(buffer.confirm(10));  // of nothing
  buffer.hold(test::insert(schema, 10, {"never confirmed", ""}));
  EXPECT_EQ(commit(10), (Notes{"begin 10", "before", "confirmed", "commit 10"}));
}

TEST_F(TransactionBufferTest, PreparedTransactionsSurviveTheServer) {
  add(10, "prepared");
  add(11, "of its subtransaction");
  add(12, "lost in the crash");
  buffer.prepare(10, xids({11}), "gid");
  buffer.purge_unprepared();
  EXPECT_EQ(buffer.transactions(), 1u);
  EXPECT_EQ(commit(12), Notes{});
  EXPECT_EQ(commit(10, {11}), (Notes{"begin 10", "prepared", "of its subtransaction", "commit 10"}));
  EXPECT_EQ(sink.info.gid, "gid");
}

TEST_F(TransactionBufferTest, WhatACrashEndedIsToldWithSubtransactions) {
  add(10, "lost");
  buffer.assign(10, 11);
  add(11, "of its subtransaction");
  add(12, "prepared");
  buffer.prepare(12, {}, "gid");
  EXPECT_EQ(buffer.purge_unprepared(), (std::vector<Xid>{10, 11}));
  EXPECT_FALSE(buffer.knows(10));
  EXPECT_FALSE(buffer.knows(11));
  EXPECT_TRUE(buffer.knows(12));
}

TEST_F(TransactionBufferTest, WhatWasPreparedBeforeTheStartHasNoFirstRecord) {
  buffer.prepare(10, {}, {});
  add(11, "of its subtransaction");
  EXPECT_EQ(commit(10, {11}), (Notes{"begin 10", "of its subtransaction", "commit 10"}));
  EXPECT_TRUE(sink.info.first_lsn.valid());
}

TEST_F(TransactionBufferTest, WhatProvesToBeReadWronglyIsUnknown) {
  Change change = test::insert(schema, 10, {"without what 11 did", "note"});
  change.doubt = 11;
  ASSERT_TRUE(buffer.add(change));
  EXPECT_EQ(commit(10, {11}), (Notes{"begin 10", "schema_unknown", "commit 10"}));
  ASSERT_TRUE(buffer.add(change));
  EXPECT_EQ(commit(10, {12}), (Notes{"begin 10", "without what 11 did", "commit 10"}));
}

TEST_F(TransactionBufferTest, WhatCanNotRunAnyMoreIsDropped) {
  add(0xFFFFFFF0, "before the wraparound");
  add(20, "running");
  buffer.purge_before(20);
  EXPECT_EQ(commit(0xFFFFFFF0), Notes{});
  EXPECT_EQ(commit(20), (Notes{"begin 20", "running", "commit 20"}));
}

TEST_F(TransactionBufferTest, TransactionsFromBeforeTheStartArePartial) {
  add(10, "a");
  add(11, "b");
  add(12, "c");
  commit(10);
  EXPECT_TRUE(sink.info.partial);  // nobody knows
  buffer.set_first_complete(12);
  commit(11);
  EXPECT_TRUE(sink.info.partial);
  commit(12);
  EXPECT_FALSE(sink.info.partial);
  EXPECT_EQ(sink.info.first_lsn, Lsn{0x1018});
}

TEST_F(TransactionBufferTest, AfterAGapNobodyIsCompleteAndNothingIsHeld) {
  buffer.set_first_complete(5);
  add(10, "before");
  buffer.hold(test::insert(schema, 10, {"perhaps cancelled", "note"}));
  buffer.lose_track();
  ASSERT_TRUE(buffer.confirm(10));
  add(10, "behind");
  EXPECT_EQ(commit(10), (Notes{"begin 10", "before", "behind", "commit 10"}));
  EXPECT_TRUE(sink.info.partial);
  EXPECT_FALSE(buffer.knows_first_complete());
}

TEST_F(TransactionBufferTest, APlaceThatWasTakenIsKept) {
  add(10, "first");
  const std::uint64_t place = buffer.take_place();
  add(10, "last");
  ASSERT_TRUE(buffer.add(test::insert(schema, 11, {"of a subtransaction", "note"}), place));
  EXPECT_EQ(commit(10, {11}), (Notes{"begin 10", "first", "of a subtransaction", "last", "commit 10"}));
}

}  // namespace
}  // namespace walkit
