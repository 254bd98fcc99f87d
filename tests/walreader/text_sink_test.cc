#include "walreader/text_sink.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/record_builder.h"
#include "tests/support/utc.h"

namespace walkit {
namespace {

using test::Bytes;
using test::bytes_of;

constexpr Lsn kLsn{0x1'0000'0028};

/// What one call of a sink's function appends.
template <typename Call>
std::string printed(Call call, Major major = kNewestMajor) {
  TextBuffer out;
  test::UtcTime utc;
  TextSink sink(out, utc, format_of(major));
  call(sink);
  return std::string(out.view());
}

std::string line_of(const Bytes& bytes, BlockDetails details = BlockDetails::brief,
                    Major major = kNewestMajor) {
  const ByteSpan fragment = bytes;
  Record record;
  const BodyError error =
      record.decode({&fragment, 1}, kLsn, kLsn + bytes.size(), TimelineId{1}, format_of(major));
  EXPECT_EQ(error.fault, BodyFault::none);
  TextBuffer out;
  test::UtcTime utc;
  append_record(out, record, details, utc);
  return std::string(out.view());
}

test::Block image_block(Compression compression, bool apply) {
  test::StoredImage image{.payload = Bytes(compression == Compression::none ? 7000 : 100),
                          .hole_offset = 40,
                          .hole_length = 1192,
                          .has_hole = true,
                          .apply = apply,
                          .compression = compression};
  return {.id = 0, .block = 3, .image = std::move(image)};
}

TEST(TextSink, NumbersFollowTheirLead) {
  EXPECT_EQ(printed([](TextSink& s) { s.uint("off: ", "off", 4294967295); }), "off: 4294967295");
  EXPECT_EQ(printed([](TextSink& s) { s.uint("", "", std::numeric_limits<std::uint64_t>::max()); }),
            "18446744073709551615");
  EXPECT_EQ(printed([](TextSink& s) { s.sint(" ", "", std::numeric_limits<std::int64_t>::min()); }),
            " -9223372036854775808");
  EXPECT_EQ(printed([](TextSink& s) { s.hex("flags: 0x", "flags", 0xA, 2); }), "flags: 0x0A");
  EXPECT_EQ(printed([](TextSink& s) { s.hex("", "", 0x1234, 2); }), "1234");
  EXPECT_EQ(printed([](TextSink& s) { s.hex("", "", 0, 1); }), "0");
  EXPECT_EQ(printed([](TextSink& s) { s.full_xid("", "", (std::uint64_t{3} << 32) | 7); }), "3:7");
}

TEST(TextSink, RealsPrintAsPrintfDoes) {
  EXPECT_EQ(printed([](TextSink& s) { s.real("", "", 307); }), "307");
  EXPECT_EQ(printed([](TextSink& s) { s.real("", "", 1234567); }), "1.23457e+06");
  EXPECT_EQ(printed([](TextSink& s) { s.real("", "", 1e300); }), "1e+300");
  EXPECT_EQ(printed([](TextSink& s) { s.real("", "", -std::numeric_limits<double>::infinity()); }), "-inf");
  EXPECT_EQ(printed([](TextSink& s) { s.real_fixed("", "", 0.5); }), "0.500000");
  EXPECT_EQ(printed([](TextSink& s) { s.real_fixed("", "", -1); }), "-1.000000");
}

TEST(TextSink, WordsStringsAndBytes) {
  EXPECT_EQ(printed([](TextSink& s) { s.boolean("apply: ", "apply", true, "T", "F"); }), "apply: T");
  EXPECT_EQ(printed([](TextSink& s) { s.boolean("", "", false, " (newpage)", ""); }), "");
  EXPECT_EQ(printed([](TextSink& s) { s.string("prefix \"", "prefix", bytes_of("a\xFF\"b")); }),
            "prefix \"a\xFF\"b");
  EXPECT_EQ(printed([](TextSink& s) { s.octets(": ", "payload", bytes_of("\x01\xAB ")); }), ": 01 AB 20");
  EXPECT_EQ(printed([](TextSink& s) { s.octets("", "", {}); }), "");
}

TEST(TextSink, LsnsAndRelations) {
  EXPECT_EQ(printed([](TextSink& s) { s.lsn("redo ", "redo", Lsn{0x5'0000'0ABC}); }), "redo 5/ABC");
  EXPECT_EQ(printed([](TextSink& s) { s.relation("rel ", "rel", {1663, 5, 4294967295}); }),
            "rel 1663/5/4294967295");
}

TEST(TextSink, PathsNameTheTablespaceVersionDirectory) {
  const auto path = [](RelFileLocator relation, Fork fork, Major major) {
    return printed([&](TextSink& s) { s.path("", "", relation, fork); }, major);
  };
  EXPECT_EQ(path({1664, 0, 1262}, Fork::main, Major::pg18), "global/1262");
  EXPECT_EQ(path({1663, 5, 16384}, Fork::vm, Major::pg18), "base/5/16384_vm");
  EXPECT_EQ(path({16400, 5, 16384}, Fork::fsm, Major::pg13), "pg_tblspc/16400/PG_13_202007201/5/16384_fsm");
  EXPECT_EQ(path({16400, 5, 16384}, Fork::init, Major::pg18), "pg_tblspc/16400/PG_18_202506291/5/16384_init");
}

TEST(TextSink, MomentsHaveMicrosecondsAndAZone) {
  const auto moment = [](std::int64_t microseconds) {
    return printed([&](TextSink& s) { s.time("", "", PgTime{microseconds}); });
  };
  EXPECT_EQ(moment(0), "2000-01-01 00:00:00.000000 UTC");
  EXPECT_EQ(moment(838'857'599'000'042), "2026-07-31 23:59:59.000042 UTC");
  // C's division and remainder round toward zero, and so do the real programs
  EXPECT_EQ(moment(-1), "2000-01-01 00:00:00.-00001 UTC");
}

TEST(TextSink, RecordLineHasPaddedColumns) {
  EXPECT_EQ(
      line_of(test::noop_record(8)),
      "rmgr: XLOG        len (rec/tot):     34/    34, tx:          0, lsn: 1/00000028, prev 0/00000000, "
      "desc: NOOP \n");
}

TEST(TextSink, UnknownRecordsSayTheirInfo) {
  EXPECT_NE(line_of(test::raw_record(10, 0x90, {})).find("desc: UNKNOWN (90) "), std::string::npos);
  EXPECT_TRUE(line_of(test::raw_record(200, 0x30, {})).starts_with("rmgr: custom200   len"));
  EXPECT_NE(line_of(test::raw_record(200, 0x30, {})).find("desc: UNKNOWN (30) rmid: 200"), std::string::npos);
}

TEST(TextSink, BlocksInBriefNameOnlyOtherForksThanMain) {
  test::RecordParts parts{.rmid = 0, .info = 0xB0};
  parts.blocks.push_back(image_block(Compression::none, true));
  parts.blocks.push_back({.id = 1, .fork = Fork::vm, .relation = std::nullopt});
  const std::string line = line_of(test::record_bytes(parts));
  EXPECT_TRUE(
      line.ends_with("desc: FPI , blkref #0: rel 1663/5/16384 blk 3 FPW, blkref #1: rel 1663/5/16384 fork vm "
                     "blk 7\n"))
      << line;
  parts.blocks[0].image->apply = false;
  EXPECT_NE(line_of(test::record_bytes(parts)).find("blk 3 FPW for WAL verification, "), std::string::npos);
}

TEST(TextSink, BlocksInFullHaveALineEach) {
  test::RecordParts parts{.rmid = 0, .info = 0xB0};
  parts.blocks.push_back(image_block(Compression::lz4, true));
  parts.blocks.push_back({.id = 1, .relation = std::nullopt});
  const std::string of_18 = line_of(test::record_bytes(parts), BlockDetails::full);
  EXPECT_TRUE(
      of_18.ends_with("desc: FPI \n"
                      "\tblkref #0: rel 1663/5/16384 fork main blk 3 (FPW); hole: offset: 40, length: 1192, "
                      "compression saved: 6900, method: lz4\n"
                      "\tblkref #1: rel 1663/5/16384 fork main blk 7\n"))
      << of_18;
  parts.blocks[0] = image_block(Compression::pglz, false);
  const std::string of_14 = line_of(test::record_bytes(parts, Major::pg14), BlockDetails::full, Major::pg14);
  EXPECT_NE(
      of_14.find("(FPW for WAL verification); hole: offset: 40, length: 1192, compression saved: 6900\n"),
      std::string::npos)
      << of_14;
}

TEST(TextSink, RecordWithoutBlocksInFullStillEndsItsLine) {
  EXPECT_TRUE(line_of(test::noop_record(), BlockDetails::full).ends_with("desc: NOOP \n"));
}

TEST(TextSink, NamesOfForksAndMethods) {
  EXPECT_EQ(fork_name(static_cast<Fork>(9)), "?");
  EXPECT_EQ(compression_name(Compression::none), "");
  EXPECT_EQ(compression_name(Compression::zstd), "zstd");
}

}  // namespace
}  // namespace walkit
