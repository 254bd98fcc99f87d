#include "walreader/statistics.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/support/fixtures.h"
#include "tests/support/record_builder.h"
#include "walreader/local_time.h"

namespace walkit::test {
namespace {

constexpr std::uint8_t kHeap = 10;
constexpr std::size_t kXidOffset = 4;
constexpr std::uint8_t kCommit = 0x00, kPrepare = 0x10, kAbort = 0x20, kCommitPrepared = 0x30,
                       kAssignment = 0x50;
constexpr std::uint8_t kHasXinfo = 0x80;
constexpr std::uint8_t kFpiForHint = 0xA0, kFpi = 0xB0;
constexpr std::int64_t kMinute = 60 * kMicrosecondsPerSecond;
constexpr std::int64_t kEpochMinute = kPostgresEpochUnixSeconds / 60;
constexpr RelFileLocator kTable{1663, 5, 16384};
constexpr RelFileLocator kIndex{1663, 5, 16390};

/// Adds made-up records one after the other.
class Feeder {
 public:
  explicit Feeder(Statistics& to, Lsn at = {0x1000028}, Major major = kNewestMajor)
      : to_(to), at_(at), major_(major) {}

  /// Returns the record's length.
  std::uint64_t add(const RecordParts& parts, std::uint64_t space = 0) {
    return add_bytes(record_bytes(parts, major_), space);
  }
  std::uint64_t add_bytes(const Bytes& bytes, std::uint64_t space = 0) {
    const ByteSpan fragment(bytes);
    const Lsn end = at_ + (space != 0 ? space : (bytes.size() + 7) / 8 * 8);
    const BodyError error = record_.decode({&fragment, 1}, at_, end, TimelineId{1}, format_of(major_));
    EXPECT_EQ(error.fault, BodyFault::none);
    to_.add(record_);
    at_ = end;
    return bytes.size();
  }
  Lsn at() const { return at_; }

 private:
  Statistics& to_;
  Lsn at_;
  Major major_;
  Record record_;
};

RecordParts commit(Xid xid, std::int64_t time, const std::vector<Xid>& subxacts = {}) {
  ByteWriter data;
  data.u64(static_cast<std::uint64_t>(time));
  if (subxacts.empty()) return {.rmid = 1, .info = kCommit, .xid = xid, .main_data = data.take()};
  data.u32(2).u32(subxacts.size());
  for (const Xid subxact : subxacts) data.u32(subxact);
  return {.rmid = 1, .info = kCommit | kHasXinfo, .xid = xid, .main_data = data.take()};
}

RecordParts checkpoint(std::uint8_t info, Lsn redo, std::int64_t unix_seconds) {
  return {.rmid = 0,
          .info = info,
          .main_data = ByteWriter()
                           .u64(redo.value)
                           .zeros(56)
                           .u64(static_cast<std::uint64_t>(unix_seconds))
                           .zeros(16)
                           .take()};
}

RecordParts change(Xid xid, std::size_t size = 100) {
  return {.rmid = kHeap, .xid = xid, .blocks = {{.relation = kTable, .data = Bytes(size)}}};
}

StoredImage image(std::uint16_t hole) {
  return {.payload = Bytes(static_cast<std::size_t>(kRelationBlockSize - hole)),
          .hole_offset = static_cast<std::uint16_t>(hole == 0 ? 0 : 24),
          .hole_length = hole,
          .has_hole = hole > 0};
}

const TransactionRow* find(const VolumeTable<TransactionRow>& table, Xid xid) {
  for (const TransactionRow& row : table.rows())
    if (row.key == xid) return &row;
  return nullptr;
}
const RelationRow* find(const Statistics& statistics, const RelFileLocator& relation) {
  for (const RelationRow& row : statistics.relations().rows())
    if (row.key == relation) return &row;
  return nullptr;
}

// Everything there is to see, to compare two.
std::string print(const Volume& v) {
  return fmt::format("{}+{}+{}", v.records, v.record_bytes, v.image_bytes);
}
std::string print(const Statistics& s) {
  std::string text =
      fmt::format("{:x}-{:x} {} {} {} {} {} {}\n", s.first().value, s.end().value, print(s.total()),
                  s.commits(), s.aborts(), s.switches(), s.unused_bytes(), print(s.after_last_time()));
  for (const auto& moment : {s.first_time(), s.last_time()})
    text += fmt::format("time {}\n", moment ? moment->microseconds : -1);
  for (int rmid = 0; rmid < RecordCounts::kRmgrs; ++rmid) text += print(s.counts().of_rmgr(rmid)) + ' ';
  for (const auto& row : s.relations().rows())
    text += fmt::format("rel {} {} {}\n", row.key.relation, print(row.blocks.volume), row.blocks.images);
  for (const auto& row : s.transactions().rows())
    text += fmt::format("xid {} {} {} {:x} {} {}\n", row.key, row.top_xid, print(row.volume), row.first.value,
                        row.outcome ? static_cast<int>(*row.outcome) : -1, row.end_time.microseconds);
  for (const auto& row : s.minutes().rows())
    text += fmt::format("minute {} {} {} {}\n", row.key, print(row.volume), row.commits, row.aborts);
  for (std::size_t fork = 0; fork < Statistics::kForkRows; ++fork)
    text += fmt::format("fork {} {}\n", print(s.fork(fork).volume), s.fork(fork).images);
  for (std::size_t i = 0; i < kImageReasons * kCompressions; ++i) {
    const auto& v =
        s.images(static_cast<ImageReason>(i / kCompressions), static_cast<Compression>(i % kCompressions));
    text +=
        fmt::format("image {} {} {} {}\n", v.images, v.stored_bytes, v.hole_bytes, v.compression_saved_bytes);
  }
  const CheckpointHistory& history = s.checkpoints();
  for (const auto& [checkpoint, distance] : history.latest())
    text += fmt::format("checkpoint {:x} {}\n", checkpoint.redo.value, distance.value_or(0));
  return text + fmt::format("{} {} {}\n", history.count(), history.sum_of_distances_bytes(),
                            history.largest_distance_bytes());
}

TEST(Statistics, CountImagesForTheirBlockAndTheRestForTheFirst) {
  Statistics statistics;
  Feeder feeder(statistics);
  const std::uint64_t size =
      feeder.add({.rmid = kHeap,
                  .xid = 700,
                  .blocks = {{.id = 0, .relation = kTable, .data = Bytes(50)},
                             {.id = 1, .relation = kIndex, .image = image(1000)},
                             {.id = 2, .fork = Fork::vm, .relation = kTable, .image = image(0)}}});
  const std::uint64_t plain = feeder.add({.rmid = kHeap, .main_data = Bytes(10)});

  const RelationRow* table = find(statistics, kTable);
  const RelationRow* index = find(statistics, kIndex);
  const RelationRow* none = find(statistics, {});
  ASSERT_TRUE(table && index && none);
  EXPECT_EQ(table->blocks.volume.records, 1u);
  EXPECT_EQ(table->blocks.volume.record_bytes, size - 8192 - 7192);
  EXPECT_EQ(table->blocks.volume.image_bytes, 8192u);
  EXPECT_EQ(index->blocks.volume.records, 0u);
  EXPECT_EQ(index->blocks.volume.image_bytes, 7192u);
  EXPECT_EQ(index->blocks.images, 1u);
  EXPECT_EQ(none->blocks.volume.record_bytes, plain);

  EXPECT_EQ(statistics.fork(0).volume.image_bytes, 7192u);
  EXPECT_EQ(statistics.fork(2).volume.image_bytes, 8192u);
  EXPECT_EQ(statistics.fork(Statistics::kNoFork).volume.records, 1u);
  EXPECT_EQ(statistics.total().total_bytes(), size + plain);
}

TEST(Statistics, TellWhyImagesWereLogged) {
  Statistics statistics;
  Feeder feeder(statistics);
  const auto with = [](std::uint8_t rmid, std::uint8_t info, StoredImage stored) {
    return RecordParts{.rmid = rmid, .info = info, .blocks = {{.image = std::move(stored)}}};
  };
  feeder.add(with(kHeap, 0, image(100)));
  feeder.add(with(0, kFpi, image(0)));
  feeder.add(with(0, kFpiForHint, image(0)));
  StoredImage check = image(0);
  check.apply = false;
  feeder.add(with(kHeap, 0, check));
  feeder.add(with(kHeap, 0,
                  {.payload = Bytes(3000),
                   .hole_offset = 24,
                   .hole_length = 500,
                   .has_hole = true,
                   .compression = Compression::lz4}));

  using enum ImageReason;
  EXPECT_EQ(statistics.images(first_touch, Compression::none).images, 1u);
  EXPECT_EQ(statistics.images(first_touch, Compression::none).hole_bytes, 100u);
  EXPECT_EQ(statistics.images(fpi, Compression::none).images, 1u);
  EXPECT_EQ(statistics.images(hint, Compression::none).stored_bytes, 8192u);
  EXPECT_EQ(statistics.images(consistency, Compression::none).images, 1u);
  const ImageVolume& compressed = statistics.images(first_touch, Compression::lz4);
  EXPECT_EQ(compressed.stored_bytes, 3000u);
  EXPECT_EQ(compressed.hole_bytes, 500u);
  EXPECT_EQ(compressed.compression_saved_bytes, 8192u - 500 - 3000);
  EXPECT_EQ(statistics.all_images().images, 5u);
  EXPECT_EQ(statistics.all_images().stored_bytes, statistics.total().image_bytes);
}

TEST(Statistics, FollowTransactionsToTheirEnd) {
  Statistics statistics;
  Feeder feeder(statistics);
  feeder.add(change(700));
  feeder.add(change(701));
  feeder.add(change(702));
  feeder.add(change(703));
  feeder.add(change(704));
  feeder.add({.rmid = 1,
              .info = kAssignment,
              .xid = 703,
              .main_data = ByteWriter().u32(700).u32(1).u32(703).take()});
  RecordParts first_of_subxact = change(705);
  first_of_subxact.toplevel_xid = 700;
  feeder.add(first_of_subxact);
  feeder.add(commit(700, 5 * kMinute, {701}));
  feeder.add({.rmid = 1, .info = kAbort, .xid = 702, .main_data = ByteWriter().u64(6 * kMinute).take()});
  // commits 704, which was prepared
  feeder.add({.rmid = 1,
              .info = kCommitPrepared | kHasXinfo,
              .main_data = ByteWriter().u64(7 * kMinute).u32(0x10).u32(704).take()});

  EXPECT_EQ(statistics.commits(), 2u);
  EXPECT_EQ(statistics.aborts(), 1u);
  const auto whole = with_subtransactions(statistics.transactions());
  EXPECT_FALSE(find(whole, 701) || find(whole, 703) || find(whole, 705));
  const TransactionRow* top = find(whole, 700);
  ASSERT_TRUE(top);
  EXPECT_EQ(top->volume.records, 6u);
  EXPECT_EQ(top->outcome, TransactionMark::Kind::commit);
  EXPECT_EQ(top->end_time, PgTime{5 * kMinute});
  EXPECT_EQ(find(whole, 702)->outcome, TransactionMark::Kind::abort);
  EXPECT_EQ(find(whole, 704)->outcome, TransactionMark::Kind::commit);
  EXPECT_EQ(find(whole, 704)->volume.records, 1u);
}

TEST(Statistics, BytesBelongToTheNextMomentStated) {
  Statistics statistics;
  Feeder feeder(statistics);
  std::uint64_t first = feeder.add(change(700));
  first += feeder.add(commit(700, 5 * kMinute + 1));
  std::uint64_t second = feeder.add(change(701));
  second += feeder.add(commit(701, 7 * kMinute));
  const std::uint64_t rest = feeder.add(change(702));

  ASSERT_EQ(statistics.minutes().rows().size(), 2u);
  EXPECT_EQ(statistics.minutes().rows()[0].key, kEpochMinute + 5);
  EXPECT_EQ(statistics.minutes().rows()[0].total_bytes(), first);
  EXPECT_EQ(statistics.minutes().rows()[1].key, kEpochMinute + 7);
  EXPECT_EQ(statistics.minutes().rows()[1].total_bytes(), second);
  EXPECT_EQ(statistics.minutes().rows()[1].commits, 1u);
  EXPECT_EQ(statistics.after_last_time().total_bytes(), rest);
}

TEST(Statistics, MinutesBeforeTheEpochRoundDown) {
  EXPECT_EQ(minute_of(PgTime{0}), kEpochMinute);
  EXPECT_EQ(minute_of(PgTime{-1}), kEpochMinute - 1);
  EXPECT_EQ(minute_of(PgTime{-kMinute}), kEpochMinute - 1);
}

TEST(Statistics, MeasureCheckpointsByTheirRedoPoints) {
  constexpr std::uint8_t kShutdown = 0x00, kOnline = 0x10;
  Statistics statistics;
  Feeder feeder(statistics);
  feeder.add(checkpoint(kOnline, {0x1000000}, 1'700'000'000));
  feeder.add(checkpoint(kOnline, {0x1800000}, 1'700'000'060));
  feeder.add(checkpoint(kShutdown, {0x1900000}, 1'700'000'120));

  const CheckpointHistory& history = statistics.checkpoints();
  ASSERT_EQ(history.count(), 3u);
  EXPECT_EQ(history.latest()[0].distance_bytes, std::nullopt);
  EXPECT_EQ(history.latest()[1].distance_bytes, 0x800000u);
  EXPECT_EQ(history.latest()[2].distance_bytes, 0x100000u);
  EXPECT_TRUE(history.latest()[2].checkpoint.shutdown);
  EXPECT_EQ(history.largest_distance_bytes(), 0x800000u);
  // an online checkpoint's time is long past when it is logged
  ASSERT_TRUE(statistics.first_time());
  EXPECT_EQ(minute_of(*statistics.first_time()), 1'700'000'120 / 60);
}

TEST(Statistics, AccountForSegmentsLeftEarly) {
  Statistics statistics;
  Feeder feeder(statistics);
  feeder.add(change(700));
  const std::uint64_t space = 0x2000000 - feeder.at().value;
  feeder.add({.rmid = 0, .info = kXlogSwitch}, space);
  EXPECT_EQ(statistics.switches(), 1u);
  EXPECT_EQ(statistics.unused_bytes() + statistics.overhead_bytes() + statistics.total().total_bytes(),
            statistics.end() - statistics.first());
  EXPECT_LT(statistics.overhead_bytes(), 8u);
}

TEST(Statistics, MalformedRecordsOnlyCount) {
  Statistics statistics;
  Feeder feeder(statistics);
  for (const std::uint8_t info : {kCommit, kPrepare, kAbort, kCommitPrepared, kAssignment})
    for (const std::size_t size : {0, 7, 11, 60})
      feeder.add({.rmid = 1,
                  .info = static_cast<std::uint8_t>(info | kHasXinfo),
                  .main_data = Bytes(size, std::byte{0xFF})});
  feeder.add({.rmid = 0, .info = 0x10, .main_data = Bytes(20)});
  EXPECT_EQ(statistics.total().records, 21u);
  EXPECT_EQ(statistics.checkpoints().count(), 0u);
}

TEST(Statistics, ManyTransactionsAreFoldedAndTotalsStayRight) {
  constexpr Xid kTransactions = 300'000;
  Statistics statistics;
  Feeder feeder(statistics);
  Bytes small = record_bytes(change(0, 8)), large = record_bytes(change(0, 200));
  std::uint64_t bytes = 0;
  for (Xid xid = 1; xid <= kTransactions; ++xid) {
    Bytes& record = xid % 1000 == 0 ? large : small;
    store_le(record, kXidOffset, xid);
    bytes += feeder.add_bytes(record);
  }
  const auto& table = statistics.transactions();
  EXPECT_GT(table.folded_rows(), 100'000u);
  EXPECT_EQ(table.rows().size() + table.folded_rows(), kTransactions);
  std::uint64_t sum = table.folded().total_bytes();
  for (const TransactionRow& row : table.rows()) sum += row.total_bytes();
  EXPECT_EQ(sum, bytes);
  EXPECT_TRUE(find(table, 1000)) << "a large one stays";
}

/// Reads a fixture into one Statistics, or into one for each stretch between cuts, merged.
Statistics collect(const LoadedFixture& fixture, std::mt19937* cuts) {
  Statistics whole, part;
  Reader reader(fixture.wal.geometry, *fixture.wal.format);
  reader.find(fixture.wal.start);
  drive(
      reader, fixture.wal, [] { return std::size_t{100'000}; },
      [&](const Record& record) {
        if (cuts != nullptr && (*cuts)() % 300 == 0) {
          whole.merge(part);
          part = {};
        }
        (cuts == nullptr ? whole : part).add(record);
      });
  if (cuts != nullptr) whole.merge(part);
  return whole;
}

TEST(Statistics, OfPartsMergedAreThoseOfTheWhole) {
  std::mt19937 random(11);
  for (const Major major : all_majors())
    for (const Fixture& fixture : fixtures_of(major)) {
      const LoadedFixture loaded = load(fixture);
      EXPECT_EQ(print(collect(loaded, nullptr)), print(collect(loaded, &random))) << fixture.path;
    }
}

TEST(Statistics, EveryBreakdownSumsUpToTheTotal) {
  for (const Major major : all_majors())
    for (const Fixture& fixture : fixtures_of(major)) {
      const Statistics statistics = collect(load(fixture), nullptr);
      Volume relations, transactions, minutes = statistics.after_last_time(), forks;
      for (const auto& row : statistics.relations().rows()) relations += row.blocks.volume;
      for (const auto& row : statistics.transactions().rows()) transactions += row.volume;
      for (const auto& row : statistics.minutes().rows()) minutes += row.volume;
      for (std::size_t fork = 0; fork < Statistics::kForkRows; ++fork) forks += statistics.fork(fork).volume;
      const std::string total = print(statistics.total());
      for (const Volume& volume : {statistics.counts().total(), relations, transactions, minutes, forks})
        EXPECT_EQ(print(volume), total) << fixture.path;
      EXPECT_EQ(statistics.all_images().stored_bytes, statistics.total().image_bytes) << fixture.path;
    }
}

TEST(Statistics, CountWhatPgWaldumpCounts) {
  for (const Major major : all_majors())
    for (const Fixture& fixture : fixtures_of(major)) {
      const Statistics statistics = collect(load(fixture), nullptr);
      for (const auto& [by, form] :
           {std::pair{CountsBy::rmgr, "stats.txt"}, {CountsBy::record_type, "stats-record.txt"}}) {
        TextBuffer table;
        append_counts_table(table, statistics.counts(), by, major);
        const auto expected = fixture.expected(form);
        ASSERT_TRUE(expected) << fixture.path;
        EXPECT_TRUE(expected->ends_with(table.view())) << fixture.path;
      }
    }
}

}  // namespace
}  // namespace walkit::test
