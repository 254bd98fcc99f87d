// Texts of records that the fixtures lack, because no workload writes them on demand: recovery, wraparound,
// overflow. The bytes are made up; the texts are what each major's own pg_waldump printed for them.
#include <fmt/chrono.h>
#include <gtest/gtest.h>

#include <charconv>
#include <ctime>
#include <string>

#include "tests/walreader/record_bytes.h"
#include "walreader/rmgr/rmgr.h"
#include "walreader/text_sink.h"

namespace walkit {
namespace {

/// The zone that the expected texts were printed in.
class Utc final : public LocalTime {
 public:
  LocalTimeText at(std::int64_t unix_seconds) override {
    text_ = fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(static_cast<std::time_t>(unix_seconds)));
    return {text_, "UTC"};
  }

 private:
  std::string text_;
};

struct Expectation {
  Major major;
  std::uint8_t rmid;
  std::uint8_t info;
  int origin;                  ///< -1: none stored
  std::string_view main_data;  ///< in hexadecimal
  std::string_view text;
};

constexpr Expectation kExpectations[] = {
    {Major::pg13, 0, 0xD0, -1, "fffffffffffffffffd4ac060ec210000",
     "lsn FFFFFFFF/FFFFFFFF; time 2001-03-07 16:51:59.213309 UTC"},
    {Major::pg13, 0, 0x90, -1, "30448531181901008ff74fba010000000100000000000000",
     "tli 3125802895; prev tli 1; time 2009-10-17 03:51:17.437488 UTC"},
    {Major::pg17, 0, 0x90, -1, "2ec0405ded93020061020000030000000200000000000000",
     "tli 609; prev tli 3; time 2022-12-29 02:53:54.478126 UTC; wal_level logical"},
    {Major::pg13, 3, 0x10, -1, "01000000ffffffff00000080", "page 1; oldestXact 4294967295"},
    {Major::pg17, 3, 0x10, -1, "01000000000000000100000000000000", "page 1; oldestXact 1"},
    {Major::pg13, 6, 0x30, -1, "00000000010000000000000001000000ae000000",
     "offsets [1, 0), members [1, 174)"},
    {Major::pg13, 18, 0x10, -1, "279b6c7102000000", "pageno 1902943015, oldestXid 2"},
    {Major::pg18, 18, 0x10, -1, "050000000100000003000000", "pageno 4294967301, oldestXid 3"},
    {Major::pg13, 18, 0x20, -1, "73fac38cd16303004c9c000000000000000000800100000003000000b9472b0e",
     "set 2030-03-27 17:03:11.100531 UTC/40012 for: 0, 2147483648, 1, 3, 237717433"},
    {Major::pg13, 7, 0x00, -1, "a00200000000000003000000616263", "database 672 tablespace 0 size 3"},
    {Major::pg13, 8, 0x10, -1, "010000000000000001000000ffffffffffffffffffffffffffffffff",
     "nextXid 4294967295 latestCompletedXid 4294967295 oldestRunningXid 4294967295; 1 xacts: 4294967295; "
     "subxid ovf"},
    {Major::pg17, 8, 0x10, -1, "01000000010000000100000007000000ffffffff2aab66540000008000000080",
     "nextXid 7 latestCompletedXid 1416014634 oldestRunningXid 4294967295; 1 xacts: 2147483648; subxid "
     "overflowed; 1 subxacts: 2147483648"},
    {Major::pg13, 1, 0xB0, 65535,
     "b526b97bcd370100af0000a003000000010000000500000025b73e91000000800700000001000000070000000100000080"
     "0600006b040500100e730001000000f90000000100000002000000000000000100000000000000171a7e9cc6020300",
     "2010-11-11 22:44:20.265653 UTC; rels: global/7540240; subxacts: 2436806437 2147483648 7 1 7; inval "
     "msgs: unrecognized id -7; sync; origin: node 65535, lsn 0/1, at 2026-11-08 18:16:22.422039 UTC"},
    {Major::pg15, 1, 0x80, 65535,
     "ffce0fb5c9d00000720100e00200000000000080cf03000001000000ffffffff02000000030000004b6e12e50100000000"
     "00000075082ffd879e0100",
     "3843190347: 2007-04-10 23:59:04.716031 UTC; subxacts: 2147483648 975; dropped stats: -1/2/3; "
     "apply_feedback; sync; origin: node 65535, lsn 0/1, at 2014-06-11 06:04:42.202229 UTC"},
    {Major::pg18, 1, 0x80, 0,
     "1d140459bd820300ac00006001000000800600001d9304001953992001000000fa000000e0fb4bfc03000000ffffffffff"
     "ffffffffffffff73f937832f750200",
     "2031-04-25 04:58:04.001309 UTC; rels: global/546919193; relcache init file inval dbid 0 tsid 0; "
     "inval msgs: relsync 3; apply_feedback; origin: node 0, lsn FFFFFFFF/FFFFFFFF, at 2021-12-02 "
     "21:47:58.817651 UTC"},
    {Major::pg13, 1, 0xA0, 77,
     "34aae05ec8820300470000a007000000000000000200000003000000e314d7ca010000007f060000b90409000ecc2674",
     "2031-04-25 18:07:06.983988 UTC; rels: base/591033/1948699662; subxacts: 3 3403093219"},
    {Major::pg15, 1, 0xC0, 1,
     "aed684c0dbcc0000350100a0ffffffffffffffff020000007f0600001ca50a008a438f05a34f0000a7fc0b00984f032301"
     "0000000000000007000000ffffffff03000000521d2838de6673f13d633513e4620300",
     "3: 2007-02-19 23:49:59.835310 UTC; rels: base/697628/93275018 "
     "pg_tblspc/20387/PG_15_202209061/785575/587419544; origin: node 1, lsn F17366DE/38281D52, at "
     "2030-03-15 21:44:04.463421 UTC; dropped stats: 0/7/4294967295"},
    {Major::pg18, 1, 0xA0, 1,
     "01664848b6b90200620100400200000000000080010000000100000003000000ffffffff03000000000000800100000000"
     "000000e9909a2735800200",
     "2024-04-22 23:08:21.312001 UTC; subxacts: 2147483648 1; origin: node 1, lsn 0/1, at 2022-04-22 "
     "04:08:59.484393 UTC; dropped stats: 3/4294967295/9223372036854775811"},
    {Major::pg13, 1, 0x10, 77,
     "3445f957000000000500000000000000bca1dfcd02d60000ffffffff0100000001000000010000000100000000000b008e"
     "c9fbdad6c1c1759826ff31e9a200006d792067696420313532000000000000020000000000000080060000f60e0800d00f"
     "8a15000000007f060000673a0200a3c0160e00000000fa0000000a50112b00000000ffffffff0000000000000000",
     "gid my gid 152: 2007-06-16 11:12:12.263868 UTC; rels(commit): global/361369552; rels(abort): "
     "base/146023/236372131; subxacts: 2; inval msgs: unrecognized id -6"},
    {Major::pg15, 1, 0x90, 77,
     "3445f9570000000005000000070000003051a2053aba0000ffffffff020000000000000000000000020000000200000001"
     "00000001000b0005000000010000001575aee5299000006d79206769642031323800000000000001000000030000000000"
     "0080030000007f0200008e5c7a9a0000000000000000fffffffffd020000000000000300000003000000070000007f0000"
     "007f03000001000000ffffffff0000000000000000",
     "gid my gid 128: 2006-06-27 21:19:25.393200 UTC; commit dropped stats: -2147483648/3/639 "
     "-1703256946/0/0; abort dropped stats: -1/765/0 3/3/7; subxacts: 1 3; relcache init file inval dbid "
     "7 tsid 0; inval msgs: catcache 127; origin: node 77, lsn 1/5, at 2005-01-08 14:27:01.474581 UTC"},
    {Major::pg18, 1, 0x10, 1,
     "3445f9570000000005000000020000005cf06a74e1ac010007000000010000000000000000000000010000000200000001"
     "00000001000b00000000000000000048193d1decc702006d79206769642031323700000000000000000080000000000200"
     "0000f914125807000000030000000300000000000080ffffffff03000000000000000000000000000000fffffffff90000"
     "000200000012000000010000000000000000000000",
     "gid my gid 127: 2014-12-10 20:41:37.495132 UTC; commit dropped stats: 2/1477580025/12884901895; "
     "abort dropped stats: 3/2147483648/17179869183 0/0/18446744069414584320; subxacts: 2147483648; "
     "relcache init file inval dbid 2 tsid 0; inval msgs: unrecognized id -7; origin: node 1, lsn 0/0, "
     "at 2024-10-20 19:14:30.174024 UTC"},
    {Major::pg17, 21, 0x00, -1, "070000000000000007000000000000000300000000000000707265666978006ba760",
     "non-transactional, prefix \"prefix\"; payload (3 bytes): 6B A7 60"},
    {Major::pg13, 21, 0x00, -1, "00000000010000000700000000000000000000000000000070726566697800",
     "transactional message size 0 bytes"},
    {Major::pg15, 128, 0x90, -1, "7a", "rmid: 128"},
    {Major::pg18, 18, 0x20, -1, "7a", ""},
    {Major::pg17, 6, 0x20, -1,
     "0000008001000000040000000100000002000000020000000500000003000000060000000000008002000000",
     "2147483648 offset 1 nmembers 4: 1 (fornokeyupd) 2 (upd) 3 (unk) 2147483648 (fornokeyupd) "},
    {Major::pg13, 0, 0xF0, -1, "", ""},
};

std::vector<std::byte> from_hex(std::string_view digits) {
  std::vector<std::byte> bytes(digits.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::uint8_t value = 0;
    std::from_chars(digits.data() + 2 * i, digits.data() + 2 * i + 2, value, 16);
    bytes[i] = static_cast<std::byte>(value);
  }
  return bytes;
}

testing::RecordParts parts_of(const Expectation& expectation) {
  testing::RecordParts parts{expectation.rmid, expectation.info, from_hex(expectation.main_data)};
  if (expectation.origin >= 0) parts.origin = static_cast<std::uint16_t>(expectation.origin);
  return parts;
}

TEST(RmgrText, RareRecordsReadAsPgWaldumpPrintsThem) {
  Utc zone;
  for (const Expectation& expectation : kExpectations) {
    const testing::HandmadeRecord handmade(parts_of(expectation), expectation.major);
    ASSERT_TRUE(handmade.ok());
    TextBuffer out;
    TextSink sink(out, zone, handmade.record().format());
    EXPECT_TRUE(describe(handmade.record(), sink)) << expectation.text;
    EXPECT_EQ(out.view(), expectation.text) << static_cast<int>(expectation.major);
  }
}

}  // namespace
}  // namespace walkit
