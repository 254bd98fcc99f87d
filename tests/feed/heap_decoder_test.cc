#include "feed/heap_decoder.h"

#include "feed/tuple_header.h"
#include "tests/feed/made_heap_records.h"

namespace walkit {
namespace {

using test::Bytes;
using test::ByteWriter;
using test::data_of;
using test::delete_record;
using test::first_insert;
using test::insert_record;
using test::kTable;
using test::kXid;
using test::logged;
using test::page_record;
using test::RecordParts;
using test::Replay;
using test::update_record;

constexpr std::uint8_t kInsert = 0x00;

/// UPDATE's block data that takes `prefix` and `suffix` bytes from the old row.
Bytes difference(std::uint16_t prefix, std::string_view middle, std::uint16_t suffix) {
  return ByteWriter().u16(prefix).u16(suffix).u16(1).u16(0x2800).u8(24).zeros(1).text(middle).take();
}
constexpr std::uint8_t kBothFromOld = update_flag::kPrefixFromOld | update_flag::kSuffixFromOld;

TEST(HeapDecoder, InsertGivesTheRowAsItIsOnThePage) {
  Replay replay;
  const auto changes = replay(first_insert(3, "row one"));
  ASSERT_EQ(changes.size(), 1);
  EXPECT_EQ(changes[0].operation, HeapOperation::insert);
  EXPECT_EQ(changes[0].relation, kTable);
  EXPECT_EQ(changes[0].xid, kXid);
  EXPECT_EQ(changes[0].new_place, (TupleId{3, 1}));
  EXPECT_EQ(data_of(changes[0].new_tuple.bytes), "row one");
  EXPECT_FALSE(changes[0].speculative);
  Bytes tuple(changes[0].new_tuple.bytes.begin(), changes[0].new_tuple.bytes.end());
  EXPECT_EQ(TupleHeader(tuple.data()).xmin(), kXid);
  EXPECT_EQ(load_le<std::uint16_t>(tuple.data() + 16), 1) << "t_ctid names the row itself";
  EXPECT_EQ(replay.row(3, 1), "row one");
}

TEST(HeapDecoder, RowIsKnownFromTheRecordWhereThePageIsNot) {
  Replay replay;
  const auto changes = replay(insert_record(3, 5, "row five"));
  ASSERT_EQ(changes.size(), 1);
  EXPECT_EQ(data_of(changes[0].new_tuple.bytes), "row five");
  EXPECT_EQ(replay.row(3, 5), "") << "what else lies on the page is not known";
}

TEST(HeapDecoder, DeleteGivesTheOldRow) {
  Replay replay;
  replay(first_insert(0, "a"));
  replay(insert_record(0, 2, "b"));
  const auto changes = replay(delete_record(0, 2));
  ASSERT_EQ(changes.size(), 1);
  EXPECT_EQ(changes[0].operation, HeapOperation::remove);
  EXPECT_EQ(changes[0].old_place, (TupleId{0, 2}));
  EXPECT_EQ(data_of(changes[0].old_tuple.bytes), "b");
  EXPECT_FALSE(changes[0].partition_move);
}

TEST(HeapDecoder, DeletedRowStillLiesOnTheImageOfThePage) {
  Replay writer;
  writer(first_insert(0, "a"));
  writer(insert_record(0, 2, "b"));
  writer(delete_record(0, 2));
  Replay replay;
  RecordParts record = delete_record(0, 2);
  record.blocks[0].image = writer.image(0);
  const auto changes = replay(record);
  ASSERT_EQ(changes.size(), 1);
  EXPECT_EQ(data_of(changes[0].old_tuple.bytes), "b");
  EXPECT_EQ(replay.row(0, 1), "a") << "and all of the page is known from now on";
}

TEST(HeapDecoder, UpdateTakesFromTheOldRowWhatTheRecordLeavesOut) {
  Replay replay;
  replay(first_insert(0, "prefix old suffix"));
  const auto changes = replay(update_record(1, 2, difference(7, "brand new", 7), kBothFromOld));
  ASSERT_EQ(changes.size(), 1);
  EXPECT_EQ(changes[0].operation, HeapOperation::update);
  EXPECT_EQ(data_of(changes[0].old_tuple.bytes), "prefix old suffix");
  EXPECT_EQ(data_of(changes[0].new_tuple.bytes), "prefix brand new suffix");
  EXPECT_EQ(replay.row(0, 2), "prefix brand new suffix");
}

TEST(HeapDecoder, NeitherRowOfAShortenedUpdateIsKnownWithoutThePage) {
  Replay replay;
  const auto changes = replay(update_record(1, 2, difference(7, "brand new", 7), kBothFromOld));
  ASSERT_EQ(changes.size(), 1);
  EXPECT_FALSE(changes[0].old_tuple.known());
  EXPECT_EQ(changes[0].old_tuple.gap, TupleGap::base_page_unknown);
  EXPECT_EQ(changes[0].new_tuple.gap, TupleGap::base_page_unknown);
}

TEST(HeapDecoder, UpdateMovesARowToANewPage) {
  Replay replay;
  replay(first_insert(0, "here"));
  RecordParts record = update_record(1, 1, logged("there"));
  record.info = 0x20 | kInitPage;
  record.blocks = {{.id = 0, .block = 9, .relation = kTable, .will_init = true, .data = logged("there")},
                   {.id = 1, .block = 0, .relation = kTable}};
  const auto changes = replay(record);
  ASSERT_EQ(changes.size(), 1);
  EXPECT_EQ(changes[0].old_place, (TupleId{0, 1}));
  EXPECT_EQ(changes[0].new_place, (TupleId{9, 1}));
  EXPECT_EQ(data_of(changes[0].old_tuple.bytes), "here");
  EXPECT_EQ(data_of(changes[0].new_tuple.bytes), "there");
  EXPECT_EQ(replay.row(9, 1), "there");
}

TEST(HeapDecoder, OldKeyOfTheRecordServesWhereThePageIsUnknown) {
  Replay replay;
  auto changes = replay(delete_record(0, 1, delete_flag::kHasOldKey, logged("key")));
  EXPECT_EQ(data_of(changes[0].old_tuple.bytes), "key");
  EXPECT_TRUE(changes[0].old_tuple.key_only);
  replay(first_insert(1, "key and more"));
  changes = replay(delete_record(1, 1, delete_flag::kHasOldKey, logged("key")));
  EXPECT_EQ(data_of(changes[0].old_tuple.bytes), "key and more");
  EXPECT_FALSE(changes[0].old_tuple.key_only);
}

TEST(HeapDecoder, WholeOldRowOfTheRecordIsPreferred) {
  Replay replay;
  replay(first_insert(0, "with a pointer to TOAST"));
  const auto changes =
      replay(update_record(1, 2, logged("new"), update_flag::kHasOldTuple, logged("with all values")));
  EXPECT_EQ(data_of(changes[0].old_tuple.bytes), "with all values");
  EXPECT_FALSE(changes[0].old_tuple.key_only);
  EXPECT_EQ(data_of(changes[0].new_tuple.bytes), "new");
}

TEST(HeapDecoder, SpeculativeInsertIsConfirmedOrCancelled) {
  Replay replay;
  auto changes = replay(insert_record(0, 1, "maybe", kInitPage, insert_flag::kSpeculative));
  EXPECT_TRUE(changes[0].speculative);
  changes = replay(page_record(kHeapRmgrId, 0x50, ByteWriter().u16(1).take(), {}));
  ASSERT_EQ(changes.size(), 1);
  EXPECT_EQ(changes[0].operation, HeapOperation::confirm_speculative);
  changes = replay(delete_record(0, 1, delete_flag::kCancelsSpeculative));
  ASSERT_EQ(changes.size(), 1);
  EXPECT_EQ(changes[0].operation, HeapOperation::cancel_speculative);
  EXPECT_EQ(changes[0].old_place, (TupleId{0, 1}));
}

TEST(HeapDecoder, DeleteThatMovesToAnotherPartitionSaysSo) {
  Replay replay;
  replay(first_insert(0, "row"));
  EXPECT_TRUE(replay(delete_record(0, 1, delete_flag::kPartitionMove))[0].partition_move);
}

/// MULTI_INSERT of two rows; the second begins at an even position.
RecordParts two_rows(std::uint8_t info, const Bytes& offsets) {
  const Bytes data = ByteWriter()
                         .u16(4)
                         .u16(1)
                         .u16(0x0800)
                         .u8(24)
                         .zeros(1)
                         .text("one")
                         .zeros(1)
                         .u16(5)
                         .u16(1)
                         .u16(0x0800)
                         .u8(24)
                         .zeros(1)
                         .text("four")
                         .take();
  return page_record(kHeap2RmgrId, 0x50 | info, ByteWriter().u8(0).zeros(1).u16(2).bytes(offsets).take(),
                     data);
}

TEST(HeapDecoder, MultiInsertGivesEachRow) {
  Replay replay;
  auto changes = replay(two_rows(kInitPage, {}));
  ASSERT_EQ(changes.size(), 2);
  EXPECT_EQ(data_of(changes[0].new_tuple.bytes), "one");
  EXPECT_EQ(data_of(changes[1].new_tuple.bytes), "four");
  EXPECT_EQ(changes[1].new_place, (TupleId{0, 2}));
  changes = replay(two_rows(kInsert, ByteWriter().u16(3).u16(4).take()));
  ASSERT_EQ(changes.size(), 2);
  EXPECT_EQ(changes[1].new_place, (TupleId{0, 4}));
  EXPECT_EQ(replay.row(0, 4), "four");
}

TEST(HeapDecoder, MultiInsertWithoutDataReadsTheRowsFromTheImage) {
  Replay writer;
  writer(two_rows(kInitPage, {}));
  Replay replay;
  RecordParts record = two_rows(kInsert, ByteWriter().u16(1).u16(2).take());
  record.blocks[0].data.clear();
  record.blocks[0].image = writer.image(0);
  const auto changes = replay(record);
  ASSERT_EQ(changes.size(), 2);
  EXPECT_EQ(data_of(changes[0].new_tuple.bytes), "one");
  EXPECT_EQ(data_of(changes[1].new_tuple.bytes), "four");
}

TEST(HeapDecoder, InplaceUpdateGivesBothVersions) {
  Replay replay;
  replay(first_insert(0, "old!"));
  auto changes = replay(page_record(kHeapRmgrId, 0x70, ByteWriter().u16(1).take(), test::bytes_of("new!")));
  ASSERT_EQ(changes.size(), 1);
  EXPECT_EQ(changes[0].operation, HeapOperation::change_in_place);
  EXPECT_EQ(data_of(changes[0].old_tuple.bytes), "old!");
  EXPECT_EQ(data_of(changes[0].new_tuple.bytes), "new!");
  replay(page_record(kHeapRmgrId, 0x70, ByteWriter().u16(1).take(), test::bytes_of("another length")));
  EXPECT_EQ(replay.row(0, 1), "") << "the page is not the one that the record is about";
}

TEST(HeapDecoder, ChangeOfARowThatIsNotThereMakesThePageUnknown) {
  const RecordParts not_there[] = {
      delete_record(0, 2),
      insert_record(0, 1, "in use"),
      insert_record(0, 3, "leaves out item 2"),
      update_record(2, 3, logged("new")),
      page_record(kHeapRmgrId, 0x60, ByteWriter().u32(kXid).u16(2).u8(0).u8(0).take(), {}),
      page_record(kHeapRmgrId, 0x50, ByteWriter().u16(2).take(), {}),
      page_record(kHeap2RmgrId, 0x60, ByteWriter().u32(kXid).u16(2).u8(0).u8(0).take(), {}),
      page_record(kHeapRmgrId, 0x10, ByteWriter().u16(2).take(), {}),
  };
  for (const RecordParts& record : not_there) {
    Replay replay;
    replay(first_insert(0, "row"));
    ASSERT_EQ(replay.row(0, 1), "row");
    replay(record);
    EXPECT_EQ(replay.row(0, 1), "") << "operation " << int{record.info};
    const auto changes = replay(delete_record(0, 1));
    EXPECT_EQ(changes[0].old_tuple.gap, TupleGap::base_page_unknown);
  }
}

TEST(HeapDecoder, LockingIsNoChangeOfARow) {
  Replay replay;
  replay(first_insert(0, "row"));
  EXPECT_TRUE(
      replay(page_record(kHeapRmgrId, 0x60, ByteWriter().u32(9).u16(1).u8(0x06).u8(0).take(), {})).empty());
  EXPECT_EQ(replay.row(0, 1), "row");
}

TEST(HeapDecoder, FilteredRelationsAreLeftAlone) {
  class Nothing final : public RelationFilter {
    bool wanted(const RelFileLocator&) override { return false; }
  } nothing;
  Replay replay(kNewestMajor, &nothing);
  EXPECT_TRUE(replay(first_insert(0, "row")).empty());
  EXPECT_EQ(replay.pages.known_pages(), 0);
}

TEST(HeapDecoder, PagesThatChangedWhileFilteredAreUnknown) {
  class Switch final : public RelationFilter {
    bool wanted(const RelFileLocator&) override { return on; }

   public:
    bool on = true;
  } filter;
  Replay replay(kNewestMajor, &filter);
  replay(first_insert(0, "row"));
  filter.on = false;
  replay(insert_record(0, 2, "not seen"));
  filter.on = true;
  EXPECT_EQ(replay.pages.known_pages(), 0);
  EXPECT_EQ(replay(insert_record(0, 3, "seen")).size(), 1);
  EXPECT_EQ(replay.pages.known_pages(), 0);
}

/// A page with six rows.
void six_rows(Replay& replay) {
  replay(first_insert(0, "1"));
  for (std::uint16_t i = 2; i <= 6; ++i) replay(insert_record(0, i, std::to_string(i)));
}

void expect_pruned(Replay& replay) {
  EXPECT_EQ(replay.item(0, 1)->state, ItemState::redirect);
  EXPECT_EQ(replay.item(0, 1)->offset, 2);
  EXPECT_EQ(replay.row(0, 2), "2");
  EXPECT_EQ(replay.item(0, 3)->state, ItemState::dead);
  EXPECT_EQ(replay.item(0, 4)->state, ItemState::unused);
  EXPECT_EQ(replay.row(0, 5), "5");
}

TEST(HeapDecoder, PruningOf13To16) {
  const Bytes items = ByteWriter().u16(1).u16(2).u16(3).u16(4).take();
  for (const Major major : {Major::pg13, Major::pg14, Major::pg15, Major::pg16}) {
    Replay replay(major);
    six_rows(replay);
    replay(page_record(kHeap2RmgrId, 0x10, ByteWriter().u32(kXid).u16(1).u16(1).u8(0).take(), items));
    expect_pruned(replay);
    if (major == Major::pg13) continue;
    replay(page_record(kHeap2RmgrId, 0x20, ByteWriter().u16(1).take(), ByteWriter().u16(3).take()));
    EXPECT_EQ(replay.item(0, 3)->state, ItemState::unused);
  }
}

TEST(HeapDecoder, PruningAndFreezingFrom17On) {
  const Bytes items = ByteWriter()
                          .u16(1)
                          .zeros(2)
                          .u32(0)
                          .u16(1)
                          .u16(0x0B00)
                          .u8(0)
                          .zeros(1)
                          .u16(2)  // one plan for two rows
                          .u16(1)
                          .u16(1)
                          .u16(2)
                          .u16(1)
                          .u16(3)
                          .u16(1)
                          .u16(4)
                          .u16(5)
                          .u16(6)
                          .take();
  for (const auto info : std::to_array<std::uint8_t>({0x10, 0x20, 0x30}))
    for (const Major major : {Major::pg17, Major::pg18}) {
      Replay replay(major);
      six_rows(replay);
      replay(page_record(kHeap2RmgrId, info, ByteWriter().u8(0).u8(0xF0).take(), items));
      expect_pruned(replay);
      const auto changes = replay(delete_record(0, 6));
      Bytes tuple(changes[0].old_tuple.bytes.begin(), changes[0].old_tuple.bytes.end());
      EXPECT_EQ(TupleHeader(tuple.data()).infomask() & infomask::kXminFrozen, infomask::kXminFrozen);
    }
}

TEST(HeapDecoder, ListsThatAreShorterThanAnnouncedMakeThePageUnknown) {
  const Bytes short_list = ByteWriter().u16(1).u16(2).take();
  struct Case {
    Major major;
    std::uint8_t info;
    Bytes main;
  };
  const Case cases[] = {
      {Major::pg13, 0x10, ByteWriter().u32(1).u16(1).u16(7).take()},
      {Major::pg13, 0x20, ByteWriter().u32(1).u16(3).take()},
      {Major::pg15, 0x20, ByteWriter().u16(9).take()},
      {Major::pg16, 0x30, ByteWriter().u32(1).u16(1).u8(0).take()},
      {Major::pg17, 0x10, ByteWriter().u8(0).u8(0x80).take()},
      {Major::pg17, 0x10, ByteWriter().u8(0).u8(0x10).take()},
  };
  for (const Case& c : cases) {
    Replay replay(c.major);
    six_rows(replay);
    Bytes data = short_list;
    if (c.major == Major::pg17) data[0] = std::byte{200};
    replay(page_record(kHeap2RmgrId, c.info, c.main, data));
    EXPECT_EQ(replay.row(0, 6), "") << static_cast<int>(c.major) << " " << int{c.info};
  }
}

TEST(HeapDecoder, FilesThatGoAreForgotten) {
  const auto number = [](const RelFileLocator& r) {
    return ByteWriter().u32(r.tablespace).u32(r.database).u32(r.relation).take();
  };
  const RecordParts drops[] = {
      {.rmid = 2, .info = 0x10, .main_data = ByteWriter().bytes(number(kTable)).u32(0).take()},
      {.rmid = 2, .info = 0x20, .main_data = ByteWriter().u32(0).bytes(number(kTable)).u32(7).take()},
      {.rmid = 1,
       .info = 0x80,
       .main_data =
           ByteWriter().u64(0).u32(0x07).u32(5).u32(1663).u32(1).u32(9).u32(1).bytes(number(kTable)).take()},
      {.rmid = 1,
       .info = 0x20 | 0x80,
       .main_data = ByteWriter().u64(0).u32(0x04).u32(1).bytes(number(kTable)).take()},
      {.rmid = 4, .info = 0x20, .main_data = ByteWriter().u32(5).u32(2).u32(1).u32(1663).take()},
  };
  for (const RecordParts& drop : drops) {
    Replay replay;
    replay(first_insert(0, "row"));
    replay(drop);
    EXPECT_EQ(replay.row(0, 1), "") << int{drop.rmid} << " " << int{drop.info};
  }
}

TEST(HeapDecoder, TruncationKeepsTheBlocksBefore) {
  Replay replay;
  replay(first_insert(0, "stays"));
  replay(first_insert(1, "goes"));
  replay(
      {.rmid = 2, .info = 0x20, .main_data = ByteWriter().u32(1).u32(1663).u32(5).u32(16384).u32(7).take()});
  EXPECT_EQ(replay.row(0, 1), "stays");
  EXPECT_EQ(replay.row(1, 1), "");
}

TEST(HeapDecoder, FullPageWritesAreTheReasonWhereTheyAreOff) {
  Replay replay;
  const auto gap = [&] { return replay(delete_record(0, 1))[0].old_tuple.gap; };
  const auto checkpoint = [](bool on) {
    return RecordParts{.rmid = 0, .info = 0x10, .main_data = ByteWriter().zeros(16).u8(on).zeros(71).take()};
  };
  EXPECT_EQ(gap(), TupleGap::base_page_unknown);
  replay({.rmid = 0, .info = 0x80, .main_data = ByteWriter().u8(0).take()});
  EXPECT_EQ(gap(), TupleGap::full_page_writes_off);
  replay({.rmid = 0, .info = 0x80, .main_data = ByteWriter().u8(1).take()});
  EXPECT_EQ(gap(), TupleGap::full_page_writes_off) << "until the next checkpoint";
  replay(checkpoint(true));
  EXPECT_EQ(gap(), TupleGap::base_page_unknown);
  replay(checkpoint(false));
  EXPECT_EQ(gap(), TupleGap::full_page_writes_off);
}

TEST(HeapDecoder, ImageRecordsOfTablesAreTakenAndThoseOfIndexesNot) {
  Replay writer;
  writer(first_insert(0, "row"));
  RecordParts record{
      .rmid = 0, .info = 0xB0, .blocks = {{.block = 0, .relation = kTable, .image = writer.image(0)}}};
  Replay replay;
  replay(record);
  EXPECT_EQ(replay.row(0, 1), "row");
  test::store_le(record.blocks[0].image->payload, 16, std::uint16_t{8176});  // pd_special
  replay(record);
  EXPECT_EQ(replay.pages.known_pages(), 0) << "now an index has this file";
}

TEST(HeapDecoder, ImageForConsistencyCheckingOnlyIsNotTaken) {
  Replay writer;
  writer(first_insert(0, "row"));
  Replay replay;
  RecordParts record = insert_record(0, 2, "two");
  record.blocks[0].image = writer.image(0);
  record.blocks[0].image->apply = false;
  replay(record);
  EXPECT_EQ(replay.pages.known_pages(), 0);
}

TEST(HeapDecoder, TruncateNamesItsRelations) {
  const Bytes bytes = test::record_bytes(
      {.rmid = kHeapRmgrId,
       .info = 0x30,
       .main_data = ByteWriter().u32(5).u32(2).u8(0x03).zeros(3).u32(16384).u32(16390).take()});
  const ByteSpan fragment(bytes);
  Record record;
  ASSERT_EQ(record.decode({&fragment, 1}, Lsn{64}, Lsn{128}, TimelineId{1}, format_of(kNewestMajor)).fault,
            BodyFault::none);
  const auto truncate = truncation(record);
  ASSERT_TRUE(truncate);
  EXPECT_EQ(truncate->database, 5);
  EXPECT_TRUE(truncate->cascade);
  EXPECT_TRUE(truncate->restart_identity);
  Cursor relations(truncate->relations);
  EXPECT_EQ(relations.u32(), 16384);
  EXPECT_EQ(relations.u32(), 16390);
  EXPECT_EQ(relations.remaining(), 0);
}

}  // namespace
}  // namespace walkit
