#include "feed/tuple.h"

#include <gtest/gtest.h>

#include "feed/text_decoder.h"
#include "tests/feed/values_dump_support.h"

namespace walkit::test {
namespace {

Column column(std::int16_t length, char align) {
  Column column;
  column.storage = {.length = length, .align = align, .by_value = length > 0};
  return column;
}

// From PostgreSQL 15, after create table t (a int4, b text, c int4); insert into t values (1, 'ab', 2), (1,
// null, 2): select encode(substr(page, lp_off + 1, lp_len), 'hex') from get_raw_page('t', 0) page,
// heap_page_items(page)
const char* const kTuple = "7c0300000000000000000000000000000100030002081800010000000761620002000000";
const char* const kTupleWithNull = "7c03000000000000000000000000000002000300010818050100000002000000";

const std::vector<Column> kColumns = {column(4, 'i'), column(-1, 'i'), column(4, 'i')};

TEST(TupleHeader, IsReadFromItsPlaces) {
  const std::vector<std::byte> tuple = from_hex(
      "0102030405060708090a0b0c010002000300"
      "0380"
      "0109"
      "18"
      "05"
      "01000000");
  const auto header = read_tuple_header(tuple);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->xmin, 0x04030201U);
  EXPECT_EQ(header->xmax, 0x08070605U);
  EXPECT_EQ(header->ctid, (TupleId{.block = 0x00010002, .offset = 3}));
  EXPECT_EQ(header->columns, 3);
  EXPECT_EQ(header->infomask, 0x0901);
  EXPECT_EQ(header->infomask2, 0x8003);
  EXPECT_EQ(header->data_offset, 24);
}

TEST(Tuple, ColumnsLieWhereAlignmentPutsThem) {
  const std::vector<std::byte> tuple = from_hex(kTuple);
  std::vector<Datum> datums;
  ASSERT_TRUE(deform_tuple(tuple, kColumns, datums));
  ASSERT_EQ(datums.size(), 3U);
  EXPECT_EQ(as_text(datums[0].bytes), std::string("\1\0\0\0", 4));
  EXPECT_EQ(as_text(datums[1].bytes),
            "\x07"
            "ab");
  EXPECT_EQ(as_text(datums[2].bytes), std::string("\2\0\0\0", 4));
}

TEST(Tuple, NullsTakeNoRoom) {
  const std::vector<std::byte> tuple = from_hex(kTupleWithNull);
  std::vector<Datum> datums;
  ASSERT_TRUE(deform_tuple(tuple, kColumns, datums));
  EXPECT_TRUE(datums[1].null);
  EXPECT_FALSE(datums[2].null);
  EXPECT_EQ(as_text(datums[2].bytes), std::string("\2\0\0\0", 4));
}

TEST(Tuple, ColumnsAddedLaterHaveTheirMissingValueOrNull) {
  const std::vector<std::byte> tuple = from_hex(kTuple);
  std::vector<Column> columns = kColumns;
  columns.push_back(column(4, 'i'));
  columns.back().missing = from_hex("2a000000");
  columns.push_back(column(-1, 'i'));
  std::vector<Datum> datums;
  ASSERT_TRUE(deform_tuple(tuple, columns, datums));
  ASSERT_EQ(datums.size(), 5U);
  EXPECT_FALSE(datums[3].null);
  EXPECT_EQ(as_text(datums[3].bytes), std::string("\x2a\0\0\0", 4));
  EXPECT_TRUE(datums[4].null);
}

TEST(Tuple, WithMoreColumnsThanTheSchemaIsRefused) {
  std::vector<Datum> datums;
  EXPECT_FALSE(deform_tuple(from_hex(kTuple), std::span(kColumns).first(2), datums));
}

TEST(Tuple, EachTooShortOneIsRefused) {
  const std::vector<std::byte> tuple = from_hex(kTuple);
  std::vector<Datum> datums;
  for (std::size_t size = 0; size < tuple.size(); ++size)
    EXPECT_FALSE(deform_tuple(ByteSpan(tuple).first(size), kColumns, datums)) << size;
  for (std::size_t size = 0; size < 24; ++size)
    EXPECT_FALSE(read_tuple_header(ByteSpan(tuple).first(size))) << size;
}

TEST(Tuple, DataThatBeginsWithinTheBitmapIsRefused) {
  std::vector<std::byte> tuple = from_hex(kTupleWithNull);
  std::vector<Datum> datums;
  tuple[22] = std::byte{23};
  EXPECT_FALSE(deform_tuple(tuple, kColumns, datums));
  tuple[22] = std::byte{255};
  EXPECT_FALSE(deform_tuple(tuple, kColumns, datums));
}

TEST(Values, StringsEndWithTheirZero) {
  const std::vector<std::byte> area = from_hex(
      "616200"
      "0a00");
  std::size_t offset = 0;
  const Storage string = {.length = -2, .align = 'c', .by_value = false};
  const auto value = take_value(area, offset, string);
  ASSERT_TRUE(value);
  EXPECT_EQ(value->size(), 3U);
  EXPECT_EQ(offset, 3U);
  EXPECT_TRUE(take_value(area, offset, string));
  EXPECT_FALSE(take_value(area, offset, string));
  offset = 0;
  EXPECT_FALSE(take_value(ByteSpan(area).first(2), offset, string));
}

}  // namespace
}  // namespace walkit::test
