// What the reader makes of WAL that was made by hand, sound and not.
#include "walreader/reader.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/read_all.h"
#include "tests/support/wal_builder.h"
#include "walreader/bytes.h"

namespace walkit {
namespace {

using test::Bytes;
using test::bytes_of;
using test::kMiB;
using test::noop_record;
using test::ReadLog;
using test::WalBuilder;
using test::WalInMemory;
using test::WalLayout;

constexpr std::uint32_t kBlock = 8192;

WalInMemory memory_of(const WalBuilder& wal) {
  return {wal.layout().geometry, &format_of(wal.layout().major), wal.start(), wal.bytes()};
}

/// Reads all there is, in one piece and in others, which must make no difference.
ReadLog read(const WalBuilder& wal) {
  const ReadLog whole = read_all(memory_of(wal));
  EXPECT_EQ(to_string(whole), to_string(read_all(memory_of(wal), test::random_sizes(1))));
  if (wal.bytes().size() < 100'000) {
    EXPECT_TRUE(whole == read_all(memory_of(wal), test::single_bytes()));
  }
  return whole;
}

std::vector<Lsn> lsns(const ReadLog& log) {
  std::vector<Lsn> out;
  for (const test::RecordPrint& record : log.records) out.push_back(record.lsn);
  return out;
}

/// A reader that has been given everything at once.
class Feed {
 public:
  explicit Feed(const WalBuilder& wal, Lsn start)
      : wal_(memory_of(wal)), reader_(wal.layout().geometry, format_of(wal.layout().major)) {
    reader_.find(start);
  }
  ReadStatus next() {
    const ReadStatus status = reader_.next();
    if (status != ReadStatus::need_more || reader_.wants() >= wal_.end()) return status;
    reader_.feed(reader_.wants(), wal_.bytes.subspan(reader_.wants() - wal_.start));
    return reader_.next();
  }
  Reader& reader() { return reader_; }

 private:
  WalInMemory wal_;
  Reader reader_;
};

TEST(Reader, RecordsComeInOrderUntilTheBytesEnd) {
  WalBuilder wal;
  std::vector<Lsn> expected;
  for (std::size_t size = 1; size < 400; ++size) expected.push_back(wal.add(noop_record(size)));
  const ReadLog log = read(wal);
  EXPECT_EQ(lsns(log), expected);
  EXPECT_EQ(log.end, ReadStatus::need_more);
  EXPECT_EQ(log.records.back().end, wal.end());
  for (std::size_t i = 1; i < log.records.size(); ++i) EXPECT_EQ(log.records[i].prev, log.records[i - 1].lsn);
}

TEST(Reader, TruncatedHeaderAsksForMore) {
  WalBuilder wal;
  wal.add(noop_record());
  WalInMemory memory = memory_of(wal);
  for (std::size_t size = 0; size < wal.bytes().size(); ++size) {
    memory.bytes = ByteSpan(wal.bytes()).first(size);
    const ReadLog log = read_all(memory);
    constexpr std::size_t kWhole = kLongPageHeaderSize + kRecordHeaderSize + 10;
    EXPECT_EQ(log.end, ReadStatus::need_more);
    EXPECT_EQ(log.records.size(), size < kWhole ? 0u : 1u) << size;
  }
}

TEST(Reader, TruncatedRecordIsPending) {
  WalBuilder wal;
  const Lsn first = wal.add(noop_record());
  const Lsn second = wal.add(noop_record(100));
  WalInMemory memory = memory_of(wal);
  memory.bytes = memory.bytes.first(second - wal.start() + 50);
  const ReadLog log = read_all(memory);
  EXPECT_EQ(lsns(log), std::vector{first});
  EXPECT_EQ(log.end, ReadStatus::need_more);
  EXPECT_EQ(log.pending_record, second);
}

TEST(Reader, ZeroLengthIsEndOfWal) {
  WalBuilder wal;
  wal.add(noop_record());
  const Lsn end = wal.end();
  wal.zeros_to_page_end();
  const ReadLog log = read(wal);
  EXPECT_EQ(log.records.size(), 1u);
  EXPECT_EQ(log.end, ReadStatus::end_of_wal);
  EXPECT_EQ(log.error.fault, ReadFault::record_length);
  EXPECT_EQ(log.error.at, end);
  EXPECT_EQ(log.error.last_record, log.records[0].lsn);
}

TEST(Reader, ZeroPageIsEndOfWal) {
  WalBuilder wal;
  wal.fill_page_until(0);
  const Lsn page = wal.end();
  wal.zeros_to_segment_end();
  const ReadLog log = read(wal);
  EXPECT_EQ(log.end, ReadStatus::end_of_wal);
  EXPECT_EQ(log.error.fault, ReadFault::magic);
  EXPECT_EQ(log.error.at, page);
}

TEST(Reader, StalePageIsEndOfWal) {
  WalBuilder wal;
  wal.fill_page_until(0);
  const Lsn page = wal.end();
  wal.add_stale_page(std::uint64_t{5} * kBlock);
  const ReadLog log = read(wal);
  EXPECT_EQ(log.end, ReadStatus::end_of_wal);
  EXPECT_EQ(log.error.fault, ReadFault::page_address);
  EXPECT_EQ(log.error.at, page);
  EXPECT_EQ(log.error.other, page - std::uint64_t{5} * kBlock);
}

TEST(Reader, RecordTornBeforeAStalePageIsEndOfWal) {
  WalBuilder wal;
  wal.fill_page_until(64);
  wal.add_torn(noop_record(500));
  wal.add_stale_page(std::uint64_t{2} * kBlock);
  const ReadLog log = read(wal);
  EXPECT_EQ(log.end, ReadStatus::end_of_wal);
  EXPECT_EQ(log.error.fault, ReadFault::page_address);
}

TEST(Reader, PageOfALaterAddressIsCorrupt) {
  WalBuilder wal;
  wal.fill_page_until(0);
  const Lsn page = wal.end();
  wal.add(noop_record());
  test::store_le(wal.at(page), 8, page.value + kBlock);
  const ReadLog log = read(wal);
  EXPECT_EQ(log.end, ReadStatus::corrupt);
  EXPECT_EQ(log.error.fault, ReadFault::page_address);
}

TEST(Reader, FlippedBitInRecordIsCorrupt) {
  WalBuilder wal;
  wal.add(noop_record(100));
  const Lsn hit = wal.add(noop_record(100));
  wal.add(noop_record(100));
  wal.at(hit)[60] ^= std::byte{0x10};
  const ReadLog log = read(wal);
  EXPECT_EQ(log.records.size(), 1u);
  EXPECT_EQ(log.end, ReadStatus::corrupt);
  EXPECT_EQ(log.error.fault, ReadFault::checksum);
  EXPECT_EQ(log.error.at, hit);
}

TEST(Reader, StaysStoppedUntilItIsToldToFind) {
  WalBuilder wal;
  const Lsn hit = wal.add(noop_record());
  wal.at(hit)[30] ^= std::byte{1};
  Feed feed(wal, wal.start());
  EXPECT_EQ(feed.next(), ReadStatus::corrupt);
  EXPECT_EQ(feed.next(), ReadStatus::corrupt);
  wal.at(hit)[30] ^= std::byte{1};
  feed.reader().find(wal.start());
  EXPECT_EQ(feed.next(), ReadStatus::record);
}

struct HeaderFault {
  const char* name;
  std::size_t offset;
  std::uint8_t value;
  ReadFault fault;
};

TEST(Reader, WrongPageHeadersAreCorrupt) {
  constexpr HeaderFault kFaults[] = {
      {"magic of no version", 0, 0x17, ReadFault::magic},
      {"magic of another version", 0, 0x16, ReadFault::magic},
      {"unknown info bit", 2, 0x16, ReadFault::info_bits},
      {"short header at the start of a segment", 2, 0x04, ReadFault::info_bits},
      {"other segment size", 34, 0x20, ReadFault::segment_size},
      {"other block size", 37, 0x10, ReadFault::block_size},
  };
  for (const HeaderFault& c : kFaults) {
    SCOPED_TRACE(c.name);
    WalBuilder wal;
    wal.add(noop_record());
    wal.at(wal.start())[c.offset] = static_cast<std::byte>(c.value);
    const ReadLog log = read(wal);
    EXPECT_EQ(log.end, ReadStatus::corrupt);
    EXPECT_EQ(log.error.fault, c.fault);
    EXPECT_EQ(log.error.at, wal.start());
    EXPECT_TRUE(log.records.empty());
  }
}

TEST(Reader, TimelineThatGoesBackIsCorrupt) {
  WalBuilder wal({.timeline = {3}});
  wal.fill_page_until(0);
  wal.set_timeline({2});
  const Lsn page = wal.end();
  wal.add(noop_record());
  const ReadLog log = read(wal);
  EXPECT_EQ(log.end, ReadStatus::corrupt);
  EXPECT_EQ(log.error.fault, ReadFault::timeline_order);
  EXPECT_EQ(log.error.at, page);
  EXPECT_EQ(log.error.found, 2u);
  EXPECT_EQ(log.error.expected, 3);
}

TEST(Reader, TimelineThatGoesOnIsThatOfTheRecords) {
  WalBuilder wal({.timeline = {3}});
  wal.fill_page_until(0);
  wal.set_timeline({4});
  wal.add(noop_record());
  const ReadLog log = read(wal);
  EXPECT_EQ(log.end, ReadStatus::need_more);
  EXPECT_EQ(log.records.front().timeline.value, 3u);
  EXPECT_EQ(log.records.back().timeline.value, 4u);
}

TEST(Reader, LengthBelowTheHeadersIsCorrupt) {
  for (const std::uint32_t length : {1u, 23u}) {
    WalBuilder wal;
    const Lsn hit = wal.add(noop_record());
    test::store_le(wal.at(hit), 0, length);
    const ReadLog log = read(wal);
    EXPECT_EQ(log.end, ReadStatus::corrupt);
    EXPECT_EQ(log.error.fault, ReadFault::record_length);
    EXPECT_EQ(log.error.found, length);
  }
}

TEST(Reader, AbsurdLengthStopsAtTheNextPage) {
  WalBuilder wal;
  const Lsn hit = wal.add(noop_record());
  wal.fill_page_until(0);
  wal.add(noop_record());
  test::store_le(wal.at(hit), 0, 0xFFFFFFFFu);
  const ReadLog log = read(wal);
  EXPECT_EQ(log.end, ReadStatus::corrupt);
  EXPECT_EQ(log.error.fault, ReadFault::contrecord_flag);
  EXPECT_EQ(log.error.at, hit);
}

TEST(Reader, UnknownResourceManagerIsCorrupt) {
  for (const auto& [major, rmid, good] : {std::tuple{Major::pg14, 22, false},
                                          {Major::pg14, 128, false},
                                          {Major::pg15, 128, true},
                                          {Major::pg15, 127, false},
                                          {Major::pg18, 255, true},
                                          {Major::pg18, 21, true}}) {
    WalBuilder wal({.major = major});
    wal.add({.rmid = static_cast<std::uint8_t>(rmid), .main_data = bytes_of("x")});
    const ReadLog log = read(wal);
    EXPECT_EQ(log.end, good ? ReadStatus::need_more : ReadStatus::corrupt) << rmid;
    EXPECT_EQ(log.error.fault, good ? ReadFault::none : ReadFault::rmgr_id) << rmid;
  }
}

TEST(Reader, WrongPrevLinkIsCorrupt) {
  WalBuilder wal;
  wal.add(noop_record());
  const Lsn hit = wal.add(noop_record());
  test::store_le(wal.at(hit), 8, std::uint64_t{0x123456});
  wal.reseal(hit);
  const ReadLog log = read(wal);
  EXPECT_EQ(log.end, ReadStatus::corrupt);
  EXPECT_EQ(log.error.fault, ReadFault::prev_link);
  EXPECT_EQ(log.error.other, Lsn{0x123456});
}

TEST(Reader, PrevLinkOfTheFirstRecordMustPointBack) {
  WalBuilder wal;
  const Lsn hit = wal.add(noop_record());
  test::store_le(wal.at(hit), 8, hit.value);
  wal.reseal(hit);
  EXPECT_EQ(read(wal).error.fault, ReadFault::prev_link);
  test::store_le(wal.at(hit), 8, std::uint64_t{0});
  wal.reseal(hit);
  EXPECT_EQ(read(wal).error.fault, ReadFault::none);
}

TEST(Reader, ContradictoryBlockHeadersAreCorrupt) {
  WalBuilder wal;
  const Lsn good = wal.add(noop_record());
  const Lsn hit = wal.add(test::raw_record(0, 0x20, test::ByteWriter().u8(200).get(), Bytes(30)));
  const ReadLog log = read(wal);
  EXPECT_EQ(log.end, ReadStatus::corrupt);
  EXPECT_EQ(log.error.fault, ReadFault::body);
  EXPECT_EQ(log.error.body.fault, BodyFault::invalid_block_id);
  EXPECT_EQ(log.error.at, hit);
  EXPECT_EQ(log.error.last_record, good);
}

TEST(Reader, RecordsCrossPages) {
  WalBuilder wal;
  std::vector<Lsn> expected;
  for (std::size_t i = 0; i < 60; ++i)
    expected.push_back(wal.add(noop_record(1000 + 37 * i, static_cast<std::uint8_t>(i))));
  const ReadLog log = read(wal);
  EXPECT_EQ(lsns(log), expected);
  EXPECT_EQ(log.end, ReadStatus::need_more);
}

TEST(Reader, HeaderMayCrossAPageAtAnyAlignedPlace) {
  for (std::size_t room = 8; room <= 40; room += 8) {
    SCOPED_TRACE(room);
    WalBuilder wal;
    wal.fill_page_until(room);
    const Lsn crossing = wal.add(noop_record(200));
    const ReadLog log = read(wal);
    EXPECT_EQ(log.end, ReadStatus::need_more);
    EXPECT_EQ(log.records.back().lsn, crossing);
    EXPECT_EQ(log.records.back().total_length, 226u);
  }
}

TEST(Reader, MissingContinuationFlagIsCorrupt) {
  WalBuilder wal;
  wal.fill_page_until(64);
  const Lsn crossing = wal.add(noop_record(500));
  const Lsn page = wal.layout().geometry.page_of(crossing) + kBlock;
  test::store_le(wal.at(page), 2, std::uint16_t{0x0004});
  const ReadLog log = read(wal);
  EXPECT_EQ(log.end, ReadStatus::corrupt);
  EXPECT_EQ(log.error.fault, ReadFault::contrecord_flag);
  EXPECT_EQ(log.error.at, crossing);
}

TEST(Reader, WrongContinuationLengthIsCorrupt) {
  for (const std::uint32_t rest : {0u, 461u, 463u, 0xFFFFFFFFu}) {
    WalBuilder wal;
    wal.fill_page_until(64);
    const Lsn crossing = wal.add(noop_record(497));  // 526 bytes, 64 of them here
    const Lsn page = wal.layout().geometry.page_of(crossing) + kBlock;
    ASSERT_EQ(load_le<std::uint32_t>(wal.at(page).data() + 16), 462u);
    test::store_le(wal.at(page), 16, rest);
    const ReadLog log = read(wal);
    EXPECT_EQ(log.error.fault, ReadFault::contrecord_length);
    EXPECT_EQ(log.error.found, rest);
    EXPECT_EQ(log.error.expected, 462);
  }
}

TEST(Reader, ContinuationWhereARecordIsDueIsCorrupt) {
  WalBuilder wal;
  wal.fill_page_until(0);
  const Lsn page = wal.end();
  wal.add(noop_record());
  test::store_le(wal.at(page), 2, std::uint16_t{0x0005});
  const ReadLog log = read(wal);
  EXPECT_EQ(log.end, ReadStatus::corrupt);
  EXPECT_EQ(log.error.fault, ReadFault::contrecord_requested);
  EXPECT_EQ(log.error.at, page + kShortPageHeaderSize);
}

TEST(Reader, OverwrittenContrecordIsDroppedSilently) {
  WalBuilder wal;
  wal.fill_page_until(64);
  const Lsn before = wal.last_record();
  const Lsn lost = wal.add_torn(noop_record(500));
  const Lsn overwriting = wal.overwrite_contrecord(lost);
  wal.add(noop_record());
  const ReadLog log = read(wal);
  EXPECT_EQ(log.end, ReadStatus::need_more);
  const auto found = std::ranges::find(log.records, overwriting, &test::RecordPrint::lsn);
  ASSERT_NE(found, log.records.end());
  EXPECT_EQ(found->prev, before);
  EXPECT_EQ(std::ranges::count(log.records, lost, &test::RecordPrint::lsn), 0);
  EXPECT_EQ(log.records.back().prev, overwriting);
}

TEST(Reader, AfterASwitchComesTheNextSegment) {
  WalBuilder wal;
  wal.add(noop_record());
  const Lsn switched = wal.add_switch();
  const Lsn next = wal.add(noop_record());
  EXPECT_EQ(next, wal.start() + kMiB + kLongPageHeaderSize);
  const ReadLog log = read(wal);
  ASSERT_EQ(log.records.size(), 3u);
  EXPECT_EQ(log.records[1].lsn, switched);
  EXPECT_EQ(log.records[1].end, wal.start() + kMiB);
  EXPECT_EQ(log.records[2].lsn, next);
  EXPECT_EQ(log.records[2].prev, switched);
}

TEST(Reader, RecordSpansManySegments) {
  WalBuilder wal;
  wal.fill_page_until(16);
  Bytes message(std::size_t{5} * kMiB);
  for (std::size_t i = 0; i < message.size(); ++i) message[i] = static_cast<std::byte>(i * 2654435761u >> 13);
  const Lsn spanning = wal.add(test::logical_message("big", message));
  const Lsn after = wal.add(noop_record());

  Feed feed(wal, spanning);
  ASSERT_EQ(feed.next(), ReadStatus::record);
  EXPECT_EQ(feed.reader().record().lsn(), spanning);
  EXPECT_TRUE(std::ranges::equal(feed.reader().record().main_data().last(message.size()), message));
  ASSERT_EQ(feed.next(), ReadStatus::record);
  EXPECT_EQ(feed.reader().record().lsn(), after);

  const ReadLog log = read_all(memory_of(wal), test::random_sizes(2));
  EXPECT_EQ(log.end, ReadStatus::need_more);
  EXPECT_EQ(log.records.back().lsn, after);
  EXPECT_TRUE(log == read_all(memory_of(wal)));
}

TEST(Reader, DamageInAnyPageOfASpanningRecordIsReportedAtItsStart) {
  WalBuilder wal;
  wal.fill_page_until(16);
  const Lsn spanning = wal.add(test::logical_message("big", Bytes(std::size_t{2} * kMiB, std::byte{1})));
  for (const std::uint64_t distance : {std::uint64_t{100}, std::uint64_t{kMiB}, std::uint64_t{2} * kMiB}) {
    wal.at(spanning + distance)[0] ^= std::byte{4};
    const ReadLog log = read_all(memory_of(wal));
    EXPECT_EQ(log.end, ReadStatus::corrupt);
    EXPECT_EQ(log.error.at, spanning);
    wal.at(spanning + distance)[0] ^= std::byte{4};
  }
}

TEST(Reader, BlockSizesAndSegmentSizesAreWhatTheyAre) {
  for (const std::uint32_t block : {1024u, 4096u, 8192u, 65536u}) {
    for (const std::uint32_t segment : {kMiB, 16 * kMiB, 64 * kMiB, 1024 * kMiB}) {
      SCOPED_TRACE(testing::Message() << block << " in " << segment);
      // the last pages of a segment and the first of the next
      const Lsn boundary{std::uint64_t{7} * segment};
      WalBuilder wal({.geometry = {segment, block}, .start = boundary - 3 * std::uint64_t{block}});
      while (wal.end() < boundary + 2 * std::uint64_t{block}) wal.add(noop_record(777));
      const ReadLog log = read(wal);
      EXPECT_EQ(log.end, ReadStatus::need_more);
      EXPECT_EQ(log.records.back().end, wal.end());
      for (std::size_t i = 1; i < log.records.size(); ++i)
        ASSERT_EQ(log.records[i].prev, log.records[i - 1].lsn);
    }
  }
}

TEST(Reader, LsnsAbove4GiBAreWhole) {
  WalBuilder wal({.start = {0x7F'FFFF'0000}});
  const Lsn last = (wal.add(noop_record(9000)), wal.add(noop_record(70'000)));
  EXPECT_EQ(read(wal).records.back().lsn, last);
}

TEST(Reader, FindStartsAtOrAfterThePosition) {
  WalBuilder wal;
  std::vector<Lsn> all;
  for (int i = 0; i < 200; ++i) all.push_back(wal.add(noop_record(100)));
  for (const std::size_t i : {std::size_t{0}, std::size_t{5}, std::size_t{70}, std::size_t{199}}) {
    for (const std::uint64_t before : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{8}}) {
      Feed feed(wal, all[i] - before);
      ASSERT_EQ(feed.next(), ReadStatus::record);
      EXPECT_EQ(feed.reader().record().lsn(), all[i]);
    }
  }
}

TEST(Reader, FindSkipsContinuationsOfSeveralPages) {
  WalBuilder wal;
  wal.add(noop_record(30'000));
  const Lsn after = wal.add(noop_record());
  for (const std::uint64_t page : {1, 2, 3}) {
    Feed feed(wal, wal.start() + page * kBlock);
    ASSERT_EQ(feed.next(), ReadStatus::record) << page;
    EXPECT_EQ(feed.reader().record().lsn(), after);
  }
}

TEST(Reader, FindSkipsAContinuationThatFillsItsPage) {
  WalBuilder wal;
  wal.fill_page_until(64);
  // ends exactly where the second page does
  wal.add(noop_record(64 + kBlock - kShortPageHeaderSize - kRecordHeaderSize - 5));
  ASSERT_EQ(wal.end(), wal.start() + 2 * std::uint64_t{kBlock});
  const Lsn after = wal.add(noop_record());
  Feed feed(wal, wal.start() + kBlock);
  ASSERT_EQ(feed.next(), ReadStatus::record);
  EXPECT_EQ(feed.reader().record().lsn(), after);
}

TEST(Reader, FindChecksTheRecordsBeforeOnThePage) {
  WalBuilder wal;
  const Lsn hit = wal.add(noop_record());
  const Lsn wanted = wal.add(noop_record());
  wal.at(hit)[30] ^= std::byte{1};
  Feed feed(wal, wanted);
  EXPECT_EQ(feed.next(), ReadStatus::corrupt);
  EXPECT_EQ(feed.reader().error().at, hit);
}

TEST(Reader, ResumeGoesOnAsIfNothingHadHappened) {
  WalBuilder wal;
  for (std::size_t i = 0; i < 40; ++i) wal.add(noop_record(100 * i + 1));
  wal.add_switch();
  wal.add(noop_record());
  wal.zeros_to_page_end();
  const ReadLog whole = read_all(memory_of(wal));
  ASSERT_EQ(whole.end, ReadStatus::end_of_wal);
  for (std::size_t i = 0; i < whole.records.size(); ++i) {
    Reader reader(wal.layout().geometry, format_of(kNewestMajor));
    reader.resume(whole.records[i].end, whole.records[i].lsn, whole.records[i].timeline);
    std::vector<test::RecordPrint> rest;
    const ReadStatus end = drive(reader, memory_of(wal), i % 2 ? test::single_bytes() : test::NextChunkSize(),
                                 [&](const Record& record) { rest.push_back(test::print_of(record)); });
    EXPECT_EQ(end, ReadStatus::end_of_wal);
    EXPECT_EQ(reader.error().at, whole.error.at);
    EXPECT_TRUE(std::ranges::equal(rest, std::span(whole.records).subspan(i + 1)));
  }
}

TEST(Reader, ResumeChecksThePrevLink) {
  WalBuilder wal;
  const Lsn first = wal.add(noop_record());
  const Lsn second = wal.add(noop_record());
  Reader reader(wal.layout().geometry, format_of(kNewestMajor));
  reader.resume(second, first - 8, {1});
  EXPECT_EQ(drive(reader, memory_of(wal), {}, [](const Record&) {}), ReadStatus::corrupt);
  EXPECT_EQ(reader.error().fault, ReadFault::prev_link);
}

TEST(Reader, ResumeInsideAPageHeaderIsAnInvalidOffset) {
  WalBuilder wal;
  wal.add(noop_record());
  Reader reader(wal.layout().geometry, format_of(kNewestMajor));
  reader.resume(wal.start() + 8, wal.start() - 8, {1});
  EXPECT_EQ(drive(reader, memory_of(wal), {}, [](const Record&) {}), ReadStatus::corrupt);
  EXPECT_EQ(reader.error().fault, ReadFault::record_offset);
  EXPECT_EQ(reader.error().found, 8u);
  EXPECT_EQ(reader.error().expected, 40);
}

TEST(Reader, SegmentsFirstPageIsChecked) {
  WalBuilder wal;
  wal.add(noop_record());
  Reader reader(wal.layout().geometry, format_of(kNewestMajor));
  reader.find(wal.start() + 5 * kBlock);
  EXPECT_TRUE(reader.check_segment(wal.start(), wal.bytes()));
  test::store_le(wal.at(wal.start()), 32, 2 * kMiB);
  EXPECT_FALSE(reader.check_segment(wal.start(), wal.bytes()));
  EXPECT_EQ(reader.error().fault, ReadFault::segment_size);
  EXPECT_EQ(reader.next(), ReadStatus::corrupt);
}

}  // namespace
}  // namespace walkit
