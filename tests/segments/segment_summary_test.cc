#include "segments/segment_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "segments/iso_time.h"
#include "tests/support/fixtures.h"
#include "tests/support/wal_builder.h"
#include "walreader/read_error.h"

namespace walkit {

void PrintTo(const SegmentSummary& s, std::ostream* out) {
  *out << to_string(s.first) << " to " << to_string(s.last) << ", end " << to_string(s.end) << ", "
       << s.records << " records, xids " << s.lowest_xid.value_or(0) << " to " << s.highest_xid.value_or(0)
       << ", ending " << static_cast<int>(s.ending) << " at " << to_string(s.stopped_at) << ": " << s.reason;
}

namespace {

using test::Bytes;
using test::kMiB;
using test::noop_record;
using test::WalBuilder;
using testing::HasSubstr;

SegmentSummary summary_of(ByteSpan bytes, const test::NextChunkSize& next_size = {}) {
  const PageProbe probe = probe_page(bytes.first(std::min(bytes.size(), kProbeSize)));
  EXPECT_EQ(probe.verdict, ProbeVerdict::wal);
  SegmentCheck check(probe);
  while (!bytes.empty()) {
    const std::size_t size = next_size ? std::min(next_size(), bytes.size()) : bytes.size();
    // In memory of its own that goes away, so that a sanitizer sees any use of old bytes.
    const Bytes piece(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    check.feed(piece);
    bytes = bytes.subspan(size);
  }
  return check.finish();
}

/// What pg_waldump's text says about the records of a segment.
struct Expected {
  std::uint64_t records = 0;
  std::string first, last;
  std::optional<std::uint32_t> lowest_xid, highest_xid;
  std::string first_time, last_time;  // empty: none

  void add_xid(const std::string& digits) {
    const auto xid = static_cast<std::uint32_t>(std::stoul(digits));
    if (xid == 0) return;
    lowest_xid = std::min(lowest_xid.value_or(xid), xid);
    highest_xid = std::max(highest_xid.value_or(xid), xid);
  }
};

// pg_waldump 13 to 18 print an LSN's lower half with eight digits.
std::string padded(Lsn lsn) {
  char text[20];
  std::snprintf(text, sizeof text, "%X/%08X", lsn.high(), lsn.low());
  return text;
}

Expected parse_waldump(const std::string& text) {
  static const std::regex kRecord("^rmgr: (\\w+) .*, tx: +(\\d+), lsn: (\\S+), prev \\S+, desc: (\\w+)(.*)");
  static const std::regex kPrepared(
      "^ (\\d+): ");  // the transaction that COMMIT_PREPARED or ABORT_PREPARED ends
  static const std::regex kTime("(\\d{4}-\\d\\d-\\d\\d) (\\d\\d:\\d\\d:\\d\\d\\.\\d{6}) UTC");
  Expected expected;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch fields;
    if (line.size() > 4000) line.resize(4000);  // std::regex recurses
    if (!std::regex_search(line, fields, kRecord)) continue;
    expected.last = fields[3];
    if (expected.records++ == 0) expected.first = fields[3];
    expected.add_xid(fields[2]);
    const std::string rest = fields[5];
    std::smatch prepared;
    if (std::regex_search(rest, prepared, kPrepared)) expected.add_xid(prepared[1]);
    std::smatch time;
    if (fields[1] != "Transaction" || !std::regex_search(rest, time, kTime)) continue;
    const std::string moment = time[1].str() + "T" + time[2].str() + "Z";
    if (expected.first_time.empty() || moment < expected.first_time) expected.first_time = moment;
    expected.last_time = std::max(expected.last_time, moment);
  }
  return expected;
}

class Fixtures : public testing::TestWithParam<Major> {};

TEST_P(Fixtures, SummaryIsWhatPgWaldumpPrints) {
  const auto fixtures = test::fixtures_of(GetParam());
  ASSERT_FALSE(fixtures.empty());
  for (const test::Fixture& fixture : fixtures) {
    SCOPED_TRACE(fixture.path);
    const test::LoadedFixture loaded = test::load(fixture);
    const SegmentSummary summary = summary_of(loaded.bytes);
    const auto text = fixture.expected("txt");
    ASSERT_TRUE(text);
    const Expected expected = parse_waldump(*text);
    EXPECT_EQ(summary.records, expected.records);
    EXPECT_EQ(padded(summary.first), expected.first);
    EXPECT_EQ(padded(summary.last), expected.last);
    EXPECT_GT(summary.end, summary.last);
    EXPECT_EQ(summary.lowest_xid, expected.lowest_xid);
    EXPECT_EQ(summary.highest_xid, expected.highest_xid);
    EXPECT_EQ(summary.first_commit ? iso_time(*summary.first_commit) : "", expected.first_time);
    EXPECT_EQ(summary.last_commit ? iso_time(*summary.last_commit) : "", expected.last_time);
    EXPECT_EQ(summary.ending, SegmentEnding::full) << summary.reason;
    EXPECT_EQ(summary.reason, "");
  }
}

TEST_P(Fixtures, PiecesOfAnySizeGiveTheSame) {
  std::uint32_t seed = 0;
  for (const test::Fixture& fixture : test::fixtures_of(GetParam())) {
    const test::LoadedFixture loaded = test::load(fixture);
    const SegmentSummary whole = summary_of(loaded.bytes);
    if (++seed == 1) {
      EXPECT_EQ(summary_of(loaded.bytes, test::single_bytes()), whole) << fixture.path;
    }
    EXPECT_EQ(summary_of(loaded.bytes, test::random_sizes(seed)), whole) << fixture.path;
    EXPECT_EQ(summary_of(loaded.bytes, [] { return std::size_t{1} << 18; }), whole) << fixture.path;
  }
}

/// The fixture with the most records; others may have been switched away from early.
test::LoadedFixture load_busiest(Major major) {
  test::LoadedFixture busiest;
  std::uint64_t records = 0;
  for (const test::Fixture& fixture : test::fixtures_of(major)) {
    test::LoadedFixture loaded = test::load(fixture);
    const SegmentSummary summary = summary_of(loaded.bytes);
    if (summary.records > records) busiest = std::move(loaded);
    records = std::max(records, summary.records);
  }
  return busiest;
}

// A flipped byte is either in something no record covers, or the check stops at or before the record that has
// it, and later pages tell that WAL went on.
TEST_P(Fixtures, ACorruptByteIsCorruption) {
  test::LoadedFixture loaded = load_busiest(GetParam());
  const SegmentSummary whole = summary_of(loaded.bytes);
  int found = 0;
  for (std::size_t at = 50; at < loaded.bytes.size() - 100'000; at += 24'683) {
    loaded.bytes[at] ^= std::byte{0x10};
    const SegmentSummary summary = summary_of(loaded.bytes);
    if (summary != whole) {
      ++found;
      EXPECT_EQ(summary.ending, SegmentEnding::corrupt) << at << " " << summary.reason;
      EXPECT_LE(summary.stopped_at, loaded.wal.start + at);
      EXPECT_LE(summary.end, loaded.wal.start + at);
      EXPECT_LT(summary.records, whole.records);
      EXPECT_NE(summary.reason, "");
      EXPECT_EQ(summary_of(loaded.bytes, test::random_sizes(static_cast<std::uint32_t>(at))), summary);
    }
    loaded.bytes[at] ^= std::byte{0x10};
  }
  EXPECT_GT(found, 30);
}

INSTANTIATE_TEST_SUITE_P(Majors, Fixtures, testing::ValuesIn(test::all_majors()),
                         [](const auto& major) { return test::directory_name(major.param); });

/// The same with the segment fed in several ways.
SegmentSummary checked_summary(const Bytes& segment) {
  const SegmentSummary summary = summary_of(segment);
  EXPECT_EQ(summary_of(segment, test::single_bytes()), summary);
  EXPECT_EQ(summary_of(segment, [] { return std::size_t{8192}; }), summary);
  EXPECT_EQ(summary_of(segment, [] { return std::size_t{10}; }), summary);
  return summary;
}

/// WAL with some pages of records.
WalBuilder some_wal(int records = 40) {
  WalBuilder wal;
  for (int i = 0; i < records; ++i) wal.add(noop_record(1000));
  return wal;
}

TEST(SegmentCheck, SwitchReachesTheEnd) {
  WalBuilder wal = some_wal();
  const Lsn last = wal.add_switch();
  ASSERT_EQ(wal.bytes().size(), kMiB);
  const SegmentSummary summary = checked_summary(wal.bytes());
  EXPECT_EQ(summary.ending, SegmentEnding::full);
  EXPECT_EQ(summary.records, 41U);
  EXPECT_EQ(summary.last, last);
  EXPECT_EQ(summary.end, wal.start() + kMiB);
  EXPECT_FALSE(summary.lowest_xid || summary.first_commit);
}

TEST(SegmentCheck, ZerosAreTheEndOfWal) {
  WalBuilder wal = some_wal();
  const Lsn end = wal.end();
  wal.zeros_to_segment_end();
  const SegmentSummary summary = checked_summary(wal.bytes());
  EXPECT_EQ(summary.ending, SegmentEnding::end_of_wal);
  EXPECT_EQ(summary.records, 40U);
  EXPECT_EQ(summary.end, end);
  EXPECT_EQ(summary.stopped_at, end);
  EXPECT_THAT(summary.reason, HasSubstr("invalid record length at " + to_string(end)));
}

TEST(SegmentCheck, PagesOfARecycledFileAreTheEndOfWal) {
  WalBuilder wal = some_wal();
  wal.fill_page_until(0);
  const Lsn end = wal.end();
  while (wal.bytes().size() < kMiB) wal.add_stale_page(std::uint64_t{16} * kMiB);
  const SegmentSummary summary = checked_summary(wal.bytes());
  EXPECT_EQ(summary.ending, SegmentEnding::end_of_wal);
  EXPECT_EQ(summary.stopped_at, end);
  EXPECT_THAT(summary.reason, HasSubstr("unexpected pageaddr"));
}

// A standby writes what it received over the bytes that were there, which need not end with a page.
TEST(SegmentCheck, RemainsInTheMiddleOfAPageAreTheEndOfWal) {
  WalBuilder wal = some_wal();
  const Lsn end = wal.end();
  wal.fill_page_until(0);
  while (wal.bytes().size() < kMiB) wal.add_stale_page(std::uint64_t{16} * kMiB);
  std::ranges::fill(wal.at(end).first(64), std::byte{0xA5});
  const SegmentSummary summary = checked_summary(wal.bytes());
  EXPECT_EQ(summary.ending, SegmentEnding::end_of_wal) << summary.reason;
  EXPECT_EQ(summary.end, end);
}

TEST(SegmentCheck, ZerosBeforeAWrittenPageAreCorruption) {
  WalBuilder wal = some_wal(200);
  const Lsn hole = wal.start() + 3 * 8192;
  std::ranges::fill(wal.at(hole).first(8192), std::byte{0});
  wal.zeros_to_segment_end();
  const SegmentSummary summary = checked_summary(wal.bytes());
  EXPECT_EQ(summary.ending, SegmentEnding::corrupt);
  EXPECT_EQ(summary.stopped_at, hole);
  EXPECT_LT(summary.end, hole);
}

TEST(SegmentCheck, ABrokenRecordIsCorruptionIfItReachesALaterPage) {
  WalBuilder wal = some_wal();
  wal.fill_page_until(100);
  const Lsn broken = wal.add(noop_record(500));
  *(wal.at(wal.end() - 8).begin()) ^= std::byte{1};
  wal.zeros_to_segment_end();
  const SegmentSummary summary = checked_summary(wal.bytes());
  EXPECT_EQ(summary.ending, SegmentEnding::corrupt);
  EXPECT_EQ(summary.stopped_at, broken);
}

TEST(SegmentCheck, ABrokenRecordOnTheLastWrittenPageMayBeTheEndOfWal) {
  WalBuilder wal = some_wal();
  wal.fill_page_until(1000);
  const Lsn broken = wal.add(noop_record(500));
  wal.at(broken + 100).front() ^= std::byte{1};
  wal.zeros_to_segment_end();
  const SegmentSummary summary = checked_summary(wal.bytes());
  EXPECT_EQ(summary.ending, SegmentEnding::end_of_wal);
  EXPECT_EQ(summary.stopped_at, broken);
  EXPECT_EQ(summary.end, broken);
  EXPECT_THAT(summary.reason, HasSubstr("incorrect resource manager data checksum"));
}

TEST(SegmentCheck, RecordsThatGoOnInTheNextSegmentReachTheEnd) {
  WalBuilder wal;
  while (wal.bytes().size() < kMiB - 4000) wal.add(noop_record(1000));
  const Lsn end = wal.end();
  wal.add(noop_record(8000));
  const SegmentSummary first =
      checked_summary(Bytes(wal.bytes().begin(), wal.bytes().begin() + static_cast<std::ptrdiff_t>(kMiB)));
  EXPECT_EQ(first.ending, SegmentEnding::full);
  EXPECT_EQ(first.end, end);

  const Lsn next = wal.add(noop_record(10));
  wal.zeros_to_segment_end();
  const SegmentSummary second =
      checked_summary(Bytes(wal.bytes().begin() + static_cast<std::ptrdiff_t>(kMiB), wal.bytes().end()));
  EXPECT_EQ(second.ending, SegmentEnding::end_of_wal);
  EXPECT_EQ(second.first, next);
  EXPECT_EQ(second.records, 1U);
}

TEST(SegmentCheck, ASegmentInsideOfOneRecordHasNone) {
  WalBuilder wal;
  wal.add(noop_record(std::size_t{3} * kMiB));
  const Bytes middle(wal.bytes().begin() + static_cast<std::ptrdiff_t>(kMiB),
                     wal.bytes().begin() + static_cast<std::ptrdiff_t>(2 * kMiB));
  const SegmentSummary summary = checked_summary(middle);
  EXPECT_EQ(summary.ending, SegmentEnding::full);
  EXPECT_EQ(summary.records, 0U);
  EXPECT_FALSE(summary.first.valid() || summary.last.valid());
  EXPECT_EQ(summary.end, wal.start() + kMiB);
}

TEST(SegmentCheck, AFileCutShortDoesNotReachTheEnd) {
  const WalBuilder wal = some_wal();
  const SegmentSummary summary = checked_summary(wal.bytes());
  EXPECT_EQ(summary.ending, SegmentEnding::end_of_wal);
  EXPECT_EQ(summary.stopped_at, wal.end());
  EXPECT_EQ(summary.reason, "file ends at offset " + std::to_string(wal.bytes().size()));
}

TEST(SegmentCheck, BytesBeyondTheSegmentArePassedOver) {
  WalBuilder wal = some_wal();
  wal.add_switch();
  const SegmentSummary expected = summary_of(wal.bytes());
  wal.add(noop_record(100));
  EXPECT_EQ(checked_summary(wal.bytes()), expected);
}

TEST(SegmentCheck, AFirstPageForTheMiddleOfASegmentIsCorruption) {
  WalBuilder wal = some_wal();
  wal.zeros_to_segment_end();
  test::store_le<std::uint64_t>(wal.at(wal.start()), 8, wal.start().value + 8192);
  const SegmentSummary summary = checked_summary(wal.bytes());
  EXPECT_EQ(summary.ending, SegmentEnding::corrupt);
  EXPECT_EQ(summary.stopped_at, wal.start());
  EXPECT_EQ(summary.end, wal.start());
}

TEST(SegmentCheck, TheLastAddressesOfTheLogAreSafe) {
  Bytes bytes = some_wal().bytes();
  bytes.resize(kMiB);
  for (const std::uint64_t address :
       {UINT64_MAX, UINT64_MAX - kMiB + 1, UINT64_MAX - 2 * kMiB + 1, std::uint64_t{0}}) {
    test::store_le<std::uint64_t>(bytes, 8, address);
    const SegmentSummary summary = checked_summary(bytes);
    EXPECT_NE(summary.ending, SegmentEnding::full) << address;
  }
}

}  // namespace
}  // namespace walkit
