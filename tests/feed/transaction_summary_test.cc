#include "feed/transaction_summary.h"

#include <gtest/gtest.h>

#include "tests/support/record_builder.h"

namespace walkit {
namespace {

using test::Bytes;
using test::ByteWriter;
using test::RecordParts;

constexpr std::uint8_t kTransaction = 1, kStorage = 2, kDatabase = 4, kTablespace = 5, kHeap2 = 9, kHeap = 10;
constexpr RelFileLocator kTable{1663, 5, 16384}, kOther{1663, 5, 16390};
constexpr RelFileLocator kPgClass{1663, 5, 1259}, kPgDatabase{1664, 0, 1262};

/// Records as heapam_xlog.h, xact.h and the like lay them out, one after the other.
class TransactionSummaryTest : public testing::Test {
 protected:
  std::optional<TransactionSummary> apply(const RecordParts& parts) {
    bytes_ = test::record_bytes(parts, Major::pg15);
    const ByteSpan fragment(bytes_);
    Record record;
    EXPECT_EQ(record.decode({&fragment, 1}, Lsn{lsn}, Lsn{lsn + 0x100}, TimelineId{3}, format_of(Major::pg15))
                  .fault,
              BodyFault::none);
    lsn += 0x100;
    const TransactionSummary* const committed = summaries.apply(record);
    return committed == nullptr ? std::nullopt : std::optional(*committed);
  }
  std::optional<TransactionSummary> heap(Xid xid, std::uint8_t info, Bytes main, RelFileLocator file = kTable,
                                         Bytes data = {}) {
    return apply({.rmid = kHeap,
                  .info = info,
                  .xid = xid,
                  .blocks = {{.relation = file, .data = std::move(data)}},
                  .main_data = std::move(main)});
  }
  void insert(Xid xid, RelFileLocator file = kTable, std::uint16_t offset = 1) {
    EXPECT_FALSE(heap(xid, 0x00, ByteWriter().u16(offset).u8(0).take(), file));
  }
  void remove(Xid xid, RelFileLocator file = kTable, std::uint16_t offset = 1, std::uint8_t flags = 0) {
    EXPECT_FALSE(heap(xid, 0x10, ByteWriter().u32(xid).u16(offset).u8(0).u8(flags).take(), file));
  }
  void update(Xid xid, RelFileLocator file = kTable, std::uint16_t from = 1, std::uint16_t to = 2) {
    EXPECT_FALSE(heap(xid, 0x40, ByteWriter().u32(xid).u16(from).u8(0).u8(0).u32(0).u16(to).take(), file));
  }
  void create_file(Xid xid, RelFileLocator file) {
    apply(
        {.rmid = kStorage,
         .info = 0x10,
         .xid = xid,
         .main_data = ByteWriter().u32(file.tablespace).u32(file.database).u32(file.relation).u32(0).take()});
  }
  std::optional<TransactionSummary> commit(Xid xid, const std::vector<Xid>& subxacts = {},
                                           const std::vector<RelFileLocator>& files = {}) {
    ByteWriter main;
    main.u64(5'000'000).u32(0x02 | 0x04).u32(subxacts.size());
    for (const Xid sub : subxacts) main.u32(sub);
    main.u32(files.size());
    for (const RelFileLocator& file : files) main.u32(file.tablespace).u32(file.database).u32(file.relation);
    return apply({.rmid = kTransaction, .info = 0x80, .xid = xid, .main_data = main.take()});
  }
  void abort(Xid xid) {
    apply({.rmid = kTransaction, .info = 0x20, .xid = xid, .main_data = ByteWriter().u64(0).take()});
  }

  TransactionSummaries summaries;
  std::uint64_t lsn = 0x1000;

 private:
  Bytes bytes_;
};

TEST_F(TransactionSummaryTest, RowsAreCountedByFile) {
  insert(700);
  update(700);
  update(700, kOther);
  remove(700, kOther);
  apply({.rmid = kHeap2,
         .info = 0x50 | 0x80,
         .xid = 700,
         .blocks = {{.relation = kTable, .will_init = true}},
         .main_data = ByteWriter().u8(0).u8(0).u16(30).take()});
  const auto done = commit(700);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->xid, 700U);
  EXPECT_EQ(done->timeline, TimelineId{3});
  EXPECT_EQ(done->first, Lsn{0x1000});
  EXPECT_EQ(done->commit, Lsn{0x1500});
  EXPECT_EQ(done->commit_end, Lsn{0x1600});
  EXPECT_EQ(done->target(), done->commit);
  EXPECT_EQ(done->commit_time, PgTime{5'000'000});
  EXPECT_EQ(done->database, 5U);
  EXPECT_FALSE(done->drops);
  EXPECT_FALSE(done->truncates);
  ASSERT_EQ(done->relations.size(), 2U);
  EXPECT_EQ(done->relations[0].file, kTable);
  EXPECT_EQ(done->relations[0].rows, (RowCounts{31, 1, 0}));
  EXPECT_EQ(done->relations[1].rows, (RowCounts{0, 1, 1}));
  EXPECT_EQ(done->rows(), (RowCounts{31, 2, 1}));
}

TEST_F(TransactionSummaryTest, ManyRelationsAreToldApart) {
  for (int round = 0; round < 2; ++round)
    for (Oid file = 20000; file < 20100; ++file) insert(700, {1663, 5, file});
  const auto done = commit(700);
  ASSERT_EQ(done->relations.size(), 100U);
  for (const RelationRows& relation : done->relations) EXPECT_EQ(relation.rows, (RowCounts{2, 0, 0}));
}

TEST_F(TransactionSummaryTest, CatalogsAreNotCounted) {
  insert(700, kPgClass);
  EXPECT_TRUE(commit(700)->relations.empty());
}

TEST_F(TransactionSummaryTest, InsertThatLostItsRaceIsNone) {
  insert(700);
  remove(700, kTable, 1, 0x08);
  EXPECT_TRUE(commit(700)->relations.empty());
}

TEST_F(TransactionSummaryTest, RowMovedToAnotherPartitionIsNotDeleted) {
  remove(700, kTable, 1, 0x10);
  EXPECT_EQ(commit(700)->rows(), (RowCounts{0, 1, 0}));
}

TEST_F(TransactionSummaryTest, SubtransactionsCountUnlessRolledBack) {
  insert(700);
  insert(701);
  remove(702);
  abort(702);
  const auto done = commit(700, {701});
  EXPECT_EQ(done->rows(), (RowCounts{2, 0, 0}));
  EXPECT_EQ(done->first, Lsn{0x1000});
}

TEST_F(TransactionSummaryTest, PreparedTransactionOutlivesTheServer) {
  insert(700);
  ByteWriter prepare;
  prepare.u32(0)
      .u32(0)
      .u32(700)
      .u32(5)
      .u64(1)
      .u32(10)
      .u32(0)
      .u32(0)
      .u32(0)
      .u32(0)
      .u32(0)
      .u32(0)
      .u8(0)
      .u8(0)
      .u16(3);
  prepare.u64(0).u64(0).text("me").u8(0).zeros(5);
  apply({.rmid = kTransaction, .info = 0x10, .xid = 700, .main_data = prepare.take()});
  insert(800);
  apply({.rmid = 0, .info = 0x00, .main_data = ByteWriter().zeros(88).take()});  // shutdown checkpoint
  const auto crashed = commit(800);
  EXPECT_TRUE(crashed->relations.empty());
  const auto done = apply({.rmid = kTransaction,
                           .info = 0x30 | 0x80,
                           .main_data = ByteWriter().u64(9).u32(0x10).u32(700).take()});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->xid, 700U);
  EXPECT_TRUE(done->two_phase);
  EXPECT_EQ(done->gid, "me");
  EXPECT_EQ(done->rows(), (RowCounts{1, 0, 0}));
}

TEST_F(TransactionSummaryTest, DroppedTableIsARowOfPgClassThatWasThereBefore) {
  remove(700, kPgClass, 9);
  const auto done = commit(700, {}, {kTable});
  EXPECT_TRUE(done->drops);
  EXPECT_FALSE(done->truncates);
  EXPECT_EQ(done->removed_files, std::vector{kTable});
}

TEST_F(TransactionSummaryTest, RewrittenTableIsNeitherDroppedNorTruncated) {
  create_file(700, kOther);
  insert(700, kPgClass, 10);
  insert(700, kOther);
  update(700, kPgClass, 9, 11);
  update(700, kPgClass, 10, 12);
  remove(700, kPgClass, 12);
  const auto done = commit(700, {}, {kTable});
  EXPECT_FALSE(done->drops);
  EXPECT_FALSE(done->truncates);
}

TEST_F(TransactionSummaryTest, TruncatedTableHasANewFileWithNothingInIt) {
  create_file(700, kOther);
  update(700, kPgClass, 9, 10);
  const auto done = commit(700, {}, {kTable});
  EXPECT_TRUE(done->truncates);
  EXPECT_FALSE(done->drops);
}

TEST_F(TransactionSummaryTest, TableMadeAndDroppedIsNobodysLoss) {
  create_file(700, kOther);
  insert(700, kPgClass, 10);
  remove(700, kPgClass, 10);
  const auto done = commit(700, {}, {kOther});
  EXPECT_FALSE(done->drops);
  EXPECT_FALSE(done->truncates);
  EXPECT_TRUE(done->removed_files.empty());
}

/// A row of pg_database without its header.
Bytes database_row(Oid oid, std::int32_t connection_limit) {
  return ByteWriter().u32(oid).zeros(76).u32(static_cast<std::uint32_t>(connection_limit)).zeros(40).take();
}

TEST_F(TransactionSummaryTest, DatabaseIsDestroyedFromTheMomentItIsInvalid) {
  insert(700);
  heap(0, 0x70, ByteWriter().u16(4).take(), kPgDatabase, database_row(20000, -1));  // VACUUM
  const Lsn marked{lsn};
  heap(700, 0x70, ByteWriter().u16(4).take(), kPgDatabase, database_row(20000, -2));
  remove(700, kPgDatabase, 4);
  apply({.rmid = kDatabase,
         .info = 0x20,
         .xid = 700,
         .main_data = ByteWriter().u32(20000).u32(1).u32(1663).take()});
  const auto done = commit(700);
  ASSERT_EQ(done->destroyed.size(), 1U);
  EXPECT_EQ(done->destroyed[0].oid, 20000U);
  EXPECT_EQ(done->target(), marked);
}

TEST_F(TransactionSummaryTest, WithoutAMarkADatabaseIsDestroyedByItsDropRecord) {
  remove(700, kPgDatabase, 4);
  const Lsn dropped{lsn};
  apply({.rmid = kDatabase,
         .info = 0x20,
         .xid = 700,
         .main_data = ByteWriter().u32(20000).u32(1).u32(1663).take()});
  EXPECT_EQ(commit(700)->target(), dropped);
}

TEST_F(TransactionSummaryTest, DatabaseMovedToAnotherTablespaceIsNotDestroyed) {
  apply({.rmid = kDatabase,
         .info = 0x20,
         .xid = 700,
         .main_data = ByteWriter().u32(20000).u32(1).u32(1663).take()});
  EXPECT_TRUE(commit(700)->destroyed.empty());
}

TEST_F(TransactionSummaryTest, TablespaceIsDestroyedByItsDropRecord) {
  const Lsn dropped{lsn};
  apply({.rmid = kTablespace, .info = 0x10, .xid = 700, .main_data = ByteWriter().u32(20000).take()});
  const auto done = commit(700);
  ASSERT_EQ(done->destroyed.size(), 1U);
  EXPECT_TRUE(done->destroyed[0].tablespace);
  EXPECT_EQ(done->target(), dropped);
}

TEST_F(TransactionSummaryTest, RecordsTooShortAreNotCounted) {
  EXPECT_FALSE(heap(700, 0x10, ByteWriter().u16(1).take()));
  EXPECT_FALSE(heap(700, 0x70, {}, kPgDatabase, ByteWriter().u16(1).take()));
  apply({.rmid = kDatabase, .info = 0x20, .xid = 700, .main_data = ByteWriter().u16(1).take()});
  apply({.rmid = kStorage, .info = 0x10, .xid = 700, .main_data = ByteWriter().u16(1).take()});
  const auto done = commit(700);
  EXPECT_TRUE(done->relations.empty());
  EXPECT_TRUE(done->destroyed.empty());
}

}  // namespace
}  // namespace walkit
