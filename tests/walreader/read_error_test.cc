// Every fault in the words of every major (access/transam/xlogreader.c).
#include "walreader/read_error.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/fixtures.h"

namespace walkit {
namespace {

constexpr Lsn kAt{0x1'0234'5678};
constexpr Lsn kOther{0x0'0ABC'DEF8};
constexpr Lsn kLast{0x1'0234'5600};
constexpr ErrorContext kContext{.major = Major::pg13,
                                .geometry = {.segment_size_bytes = 1 << 24, .block_size_bytes = 8192},
                                .timeline = {3}};

std::string text_in(const ReadError& error, Major major) {
  ErrorContext context = kContext;
  context.major = major;
  return error_text(error, context);
}

/// A fault and its message since some major; it holds until the next row of the same fault.
struct Wording {
  ReadError error;
  Major since;
  const char* text;
};

constexpr ReadError fault(ReadFault fault, std::uint32_t found = 0, std::int64_t expected = 0) {
  return {
      .fault = fault, .at = kAt, .other = kOther, .found = found, .expected = expected, .last_record = kLast};
}
constexpr ReadError body(BodyFault fault, std::uint32_t a = 0, std::uint32_t b = 0, std::uint32_t c = 0) {
  return {.fault = ReadFault::body, .at = kAt, .body = {fault, a, b, c}, .last_record = kLast};
}

using enum Major;
constexpr Wording kWordings[] = {
    {fault(ReadFault::none), pg13, ""},
    {fault(ReadFault::magic, 0xD1), pg13,
     "invalid magic number 00D1 in log segment 000000030000000100000002, offset 3430008"},
    {fault(ReadFault::magic, 0xD1), pg16,
     "invalid magic number 00D1 in WAL segment 000000030000000100000002, LSN 1/2345678, offset 3430008"},
    {fault(ReadFault::info_bits, 0x1F), pg13,
     "invalid info bits 001F in log segment 000000030000000100000002, offset 3430008"},
    {fault(ReadFault::info_bits, 0x1F), pg16,
     "invalid info bits 001F in WAL segment 000000030000000100000002, LSN 1/2345678, offset 3430008"},
    {fault(ReadFault::segment_size), pg13,
     "WAL file is from different database system: incorrect segment size in page header"},
    {fault(ReadFault::block_size), pg13,
     "WAL file is from different database system: incorrect XLOG_BLCKSZ in page header"},
    {fault(ReadFault::page_address), pg13,
     "unexpected pageaddr 0/ABCDEF8 in log segment 000000030000000100000002, offset 3430008"},
    {fault(ReadFault::page_address), pg16,
     "unexpected pageaddr 0/ABCDEF8 in WAL segment 000000030000000100000002, LSN 1/2345678, offset 3430008"},
    {fault(ReadFault::timeline_order, 2, 3), pg13,
     "out-of-sequence timeline ID 2 (after 3) in log segment 000000030000000100000002, offset 3430008"},
    {fault(ReadFault::timeline_order, 2, 3), pg16,
     "out-of-sequence timeline ID 2 (after 3) in WAL segment 000000030000000100000002, LSN 1/2345678, offset "
     "3430008"},
    {fault(ReadFault::record_offset, 8, 24), pg13, "invalid record offset at 1/2345678"},
    {fault(ReadFault::record_offset, 8, 24), pg16,
     "invalid record offset at 1/2345678: expected at least 24, got 8"},
    {fault(ReadFault::contrecord_requested), pg13, "contrecord is requested by 1/2345678"},
    {fault(ReadFault::record_length, 5, 24), pg13, "invalid record length at 1/2345678: wanted 24, got 5"},
    {fault(ReadFault::record_length, 5, 24), pg16,
     "invalid record length at 1/2345678: expected at least 24, got 5"},
    {fault(ReadFault::contrecord_flag), pg13, "there is no contrecord flag at 1/2345678"},
    {fault(ReadFault::contrecord_length, 7, 4'294'967'000), pg13, "invalid contrecord length 7 at 1/2345678"},
    {fault(ReadFault::contrecord_length, 7, 4'294'967'000), pg14,
     "invalid contrecord length 7 (expected 4294967000) at 1/2345678"},
    {fault(ReadFault::rmgr_id, 77), pg13, "invalid resource manager ID 77 at 1/2345678"},
    {fault(ReadFault::prev_link), pg13, "record with incorrect prev-link 0/ABCDEF8 at 1/2345678"},
    {fault(ReadFault::checksum), pg13, "incorrect resource manager data checksum in record at 1/2345678"},
    // From 15 on these name the record before: it began to decode ahead.
    {body(BodyFault::out_of_order_block_id, 4), pg13, "out-of-order block_id 4 at 1/2345678"},
    {body(BodyFault::out_of_order_block_id, 4), pg16, "out-of-order block_id 4 at 1/2345600"},
    {body(BodyFault::invalid_block_id, 99), pg13, "invalid block_id 99 at 1/2345678"},
    {body(BodyFault::invalid_block_id, 99), pg16, "invalid block_id 99 at 1/2345600"},
    {body(BodyFault::data_flag_without_data), pg13,
     "BKPBLOCK_HAS_DATA set, but no data included at 1/2345678"},
    {body(BodyFault::data_flag_without_data), pg16,
     "BKPBLOCK_HAS_DATA set, but no data included at 1/2345600"},
    {body(BodyFault::data_without_data_flag, 9), pg13,
     "BKPBLOCK_HAS_DATA not set, but data length is 9 at 1/2345678"},
    {body(BodyFault::data_without_data_flag, 9), pg16,
     "BKPBLOCK_HAS_DATA not set, but data length is 9 at 1/2345600"},
    {body(BodyFault::hole_fields_wrong, 1, 2, 3), pg13,
     "BKPIMAGE_HAS_HOLE set, but hole offset 1 length 2 block image length 3 at 1/2345678"},
    {body(BodyFault::hole_fields_wrong, 1, 2, 3), pg16,
     "BKPIMAGE_HAS_HOLE set, but hole offset 1 length 2 block image length 3 at 1/2345600"},
    {body(BodyFault::hole_fields_without_flag, 1, 2), pg13,
     "BKPIMAGE_HAS_HOLE not set, but hole offset 1 length 2 at 1/2345678"},
    {body(BodyFault::hole_fields_without_flag, 1, 2), pg16,
     "BKPIMAGE_HAS_HOLE not set, but hole offset 1 length 2 at 1/2345600"},
    {body(BodyFault::compressed_full_length, 8192), pg13,
     "BKPIMAGE_IS_COMPRESSED set, but block image length 8192 at 1/2345678"},
    {body(BodyFault::compressed_full_length, 8192), pg15,
     "BKPIMAGE_COMPRESSED set, but block image length 8192 at 1/2345678"},
    {body(BodyFault::compressed_full_length, 8192), pg16,
     "BKPIMAGE_COMPRESSED set, but block image length 8192 at 1/2345600"},
    {body(BodyFault::plain_not_full_length, 5), pg13,
     "neither BKPIMAGE_HAS_HOLE nor BKPIMAGE_IS_COMPRESSED set, but block image length is 5 at 1/2345678"},
    {body(BodyFault::plain_not_full_length, 5), pg15,
     "neither BKPIMAGE_HAS_HOLE nor BKPIMAGE_COMPRESSED set, but block image length is 5 at 1/2345678"},
    {body(BodyFault::plain_not_full_length, 5), pg16,
     "neither BKPIMAGE_HAS_HOLE nor BKPIMAGE_COMPRESSED set, but block image length is 5 at 1/2345600"},
    {body(BodyFault::same_rel_without_rel), pg13, "BKPBLOCK_SAME_REL set but no previous rel at 1/2345678"},
    {body(BodyFault::same_rel_without_rel), pg16, "BKPBLOCK_SAME_REL set but no previous rel at 1/2345600"},
    {body(BodyFault::invalid_length), pg13, "record with invalid length at 1/2345678"},
    {body(BodyFault::invalid_length), pg16, "record with invalid length at 1/2345600"},
};

bool same_fault(const ReadError& a, const ReadError& b) {
  return a.fault == b.fault && a.body.fault == b.body.fault;
}

TEST(ReadError, EveryFaultHasTheWordsOfEveryMajor) {
  constexpr std::size_t kRows = std::size(kWordings);
  for (std::size_t i = 0; i < kRows; ++i) {
    for (const Major major : test::all_majors()) {
      const bool superseded = i + 1 < kRows && same_fault(kWordings[i].error, kWordings[i + 1].error) &&
                              major >= kWordings[i + 1].since;
      if (major < kWordings[i].since || superseded) continue;
      EXPECT_EQ(text_in(kWordings[i].error, major), kWordings[i].text) << static_cast<int>(major);
    }
  }
}

TEST(ReadError, NoFaultIsForgotten) {
  for (int i = 0; i <= static_cast<int>(ReadFault::body); ++i) {
    const bool listed = std::ranges::any_of(
        kWordings, [&](const Wording& wording) { return wording.error.fault == static_cast<ReadFault>(i); });
    EXPECT_TRUE(listed) << i;
  }
  for (int i = 1; i <= static_cast<int>(BodyFault::invalid_length); ++i) {
    const bool listed = std::ranges::any_of(kWordings, [&](const Wording& wording) {
      return wording.error.body.fault == static_cast<BodyFault>(i);
    });
    EXPECT_TRUE(listed) << i;
  }
}

TEST(ReadError, BodyFaultOfTheFirstRecordNamesNoPlaceWhereThePreviousIsNamed) {
  ReadError error = body(BodyFault::invalid_length);
  error.last_record = {};
  EXPECT_EQ(text_in(error, Major::pg15), "record with invalid length at 1/2345678");
  EXPECT_EQ(text_in(error, Major::pg16), "record with invalid length at 0/0");
}

TEST(ReadError, LsnsHaveNoLeadingZeros) {
  EXPECT_EQ(to_string(Lsn{}), "0/0");
  EXPECT_EQ(to_string(Lsn{0xFFFF'FFFF'0000'0001}), "FFFFFFFF/1");
}

}  // namespace
}  // namespace walkit
