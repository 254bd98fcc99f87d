// Records of real servers with random bytes changed: whatever they say, applying them is harmless.
#include <algorithm>
#include <random>

#include "tests/feed/made_heap_records.h"
#include "tests/support/fixtures.h"
#include "walreader/page.h"

namespace walkit {
namespace {

using test::Bytes;

/// A record's bytes without the page headers that it crosses.
Bytes whole_record(const test::WalInMemory& wal, const Record& record) {
  Bytes bytes;
  for (Lsn at = record.lsn(); bytes.size() < record.total_length();) {
    if (wal.geometry.offset_in_page(at) == 0)
      at = at + (wal.geometry.offset_in_segment(at) == 0 ? kLongPageHeaderSize : kShortPageHeaderSize);
    const std::size_t on_page = wal.geometry.block_size_bytes - wal.geometry.offset_in_page(at);
    const ByteSpan piece =
        wal.bytes.subspan(at - wal.start, std::min(on_page, record.total_length() - bytes.size()));
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    at = at + piece.size();
  }
  return bytes;
}

bool matters(const Record& record) {
  return record.rmid() == kHeapRmgrId || record.rmid() == kHeap2RmgrId || record.rmid() == 0 ||
         record.rmid() == 1 || record.rmid() == 2;
}

std::vector<Bytes> records_of(const test::Fixture& fixture) {
  const test::LoadedFixture loaded = test::load(fixture);
  std::vector<Bytes> records;
  Reader reader(loaded.wal.geometry, *loaded.wal.format);
  reader.find(loaded.wal.start);
  const auto keep = [&](const Record& record) {
    if (matters(record)) records.push_back(whole_record(loaded.wal, record));
  };
  test::drive(reader, loaded.wal, [] { return std::size_t{1} << 20; }, keep);
  return records;
}

/// What a sanitizer would miss: bytes that no longer belong to the record or to a page in memory.
std::uint32_t touch(std::span<const HeapChange> changes) {
  std::uint32_t sum = 0;
  for (const HeapChange& change : changes)
    for (const TupleImage& tuple : {change.old_tuple, change.new_tuple})
      for (const std::byte byte : tuple.bytes) sum += std::to_integer<std::uint32_t>(byte);
  return sum;
}

class HeapDecoderDamage : public testing::TestWithParam<Major> {};

TEST_P(HeapDecoderDamage, ChangedBytesAreHarmless) {
  std::mt19937 random(3);
  std::size_t applied = 0, changed_rows = 0;
  for (const test::Fixture& fixture : test::fixtures_of(GetParam())) {
    test::Replay replay(GetParam());
    for (const Bytes& record : records_of(fixture)) {
      changed_rows += replay.apply(record).size();
      if (random() % 8 != 0 || record.size() == kRecordHeaderSize) continue;
      Bytes damaged = record;
      for (int flips = 0; flips < 3; ++flips)
        damaged[kRecordHeaderSize + random() % (damaged.size() - kRecordHeaderSize)] =
            static_cast<std::byte>(random());
      if (random() % 4 == 0) damaged[16] = static_cast<std::byte>(random());  // xl_info
      ++applied;
      EXPECT_GE(touch(replay.apply(damaged)), 0U);
    }
    ASSERT_FALSE(replay.pages.error());
  }
  EXPECT_GT(applied, 100);
  EXPECT_GT(changed_rows, 100);
}

INSTANTIATE_TEST_SUITE_P(AllMajors, HeapDecoderDamage, testing::ValuesIn(test::all_majors()),
                         [](const auto& major) { return test::directory_name(major.param); });

}  // namespace
}  // namespace walkit
