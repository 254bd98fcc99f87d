// Every byte of a page of real WAL, damaged: no record before it is lost, and none that holds it is returned.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "tests/support/fixtures.h"

namespace walkit {
namespace {

using test::ReadLog;
using test::RecordPrint;

class Corruption : public ::testing::TestWithParam<Major> {};

/// A page in the middle of a segment that holds many records, the records around it, and the page after it.
struct Scene {
  test::LoadedFixture loaded;
  Lsn page;
  std::vector<RecordPrint> records;  ///< all that have a byte on the page
  RecordPrint before;                ///< the last one that has none
};

std::optional<Scene> find_scene(Major major) {
  for (const test::Fixture& fixture : test::fixtures_of(major)) {
    Scene scene;
    scene.loaded = load(fixture);
    const ReadLog log = read_all(scene.loaded.wal);
    const std::uint32_t block = scene.loaded.wal.geometry.block_size_bytes;
    for (std::uint64_t n = 2; n < scene.loaded.bytes.size() / block - 2; ++n) {
      scene.page = scene.loaded.wal.start + n * block;
      scene.records.clear();
      for (const RecordPrint& record : log.records) {
        if (record.end <= scene.page) scene.before = record;
        if (record.end > scene.page && record.lsn < scene.page + block) scene.records.push_back(record);
      }
      if (scene.records.size() > 60) return scene;
    }
  }
  return std::nullopt;
}

/// Reads from the last record before the page to a few pages after it.
ReadLog read_scene(const Scene& scene, test::Bytes& bytes) {
  const test::WalInMemory& wal = scene.loaded.wal;
  const Lsn limit = scene.page + 4 * std::uint64_t{wal.geometry.block_size_bytes};
  const std::size_t size = std::min<std::uint64_t>(limit - wal.start, bytes.size());
  Reader reader(wal.geometry, *wal.format);
  reader.resume(scene.before.end, scene.before.lsn, scene.before.timeline);
  ReadLog log;
  log.end = test::drive(reader, {wal.geometry, wal.format, wal.start, ByteSpan(bytes).first(size)}, {},
                        [&](const Record& record) { log.records.push_back(test::print_of(record)); });
  if (log.end != ReadStatus::need_more) log.error = reader.error();
  return log;
}

/// The record that holds the byte at `lsn`; nullptr if that is padding or of the page's header.
const RecordPrint* holder_of(const Scene& scene, Lsn lsn, bool in_page_header) {
  if (in_page_header) return nullptr;
  for (const RecordPrint& record : scene.records) {
    if (lsn < record.lsn || lsn >= record.end) continue;
    // the last bytes before an aligned end may be padding
    const Lsn page_of_start = scene.loaded.wal.geometry.page_of(record.lsn);
    const bool one_page =
        page_of_start == scene.page && record.lsn + record.total_length <= scene.page + 8192;
    if (one_page && lsn >= record.lsn + record.total_length) return nullptr;
    if (!one_page && record.end - lsn < 8 && record.end <= scene.page + 8192) return nullptr;
    return &record;
  }
  return nullptr;
}

std::string describe(const Scene& scene, std::size_t offset, std::byte mask) {
  return "byte " + std::to_string(offset) + " of the page at " + to_string(scene.page) + ", mask " +
         std::to_string(std::to_integer<int>(mask));
}

void check(const Scene& scene, const ReadLog& sound, const ReadLog& damaged, const RecordPrint* hit) {
  const bool stopped = damaged.end == ReadStatus::corrupt || damaged.end == ReadStatus::end_of_wal;
  if (hit == nullptr) {
    // padding goes unnoticed, a page's header mostly does not; what is returned is right in any case
    ASSERT_LE(damaged.records.size(), sound.records.size());
    for (std::size_t i = 0; i < damaged.records.size(); ++i) {
      RecordPrint expected = sound.records[i];
      expected.timeline = damaged.records[i].timeline;  // the page's header is all that says it
      ASSERT_EQ(damaged.records[i], expected);
    }
    return;
  }
  ASSERT_TRUE(stopped);
  ASSERT_LE(damaged.error.at, hit->lsn < scene.page ? scene.page : hit->lsn);
  // A length that became zero looks like the place where WAL ends; whoever knows what follows can tell.
  const bool zero_length = damaged.error.fault == ReadFault::record_length && damaged.error.found == 0;
  ASSERT_TRUE(damaged.end == ReadStatus::corrupt || zero_length);
  for (std::size_t i = 0; i < damaged.records.size(); ++i) {
    ASSERT_LT(damaged.records[i].lsn, hit->lsn);
    ASSERT_EQ(damaged.records[i], sound.records[i]);
  }
}

TEST_P(Corruption, EveryDamagedByteOfARecordIsReported) {
  const std::optional<Scene> scene = find_scene(GetParam());
  ASSERT_TRUE(scene) << "no page with many records in the fixtures of this major";
  test::Bytes bytes = scene->loaded.bytes;
  const ReadLog sound = read_scene(*scene, bytes);
  const std::size_t at = scene->page - scene->loaded.wal.start;
  for (std::size_t offset = 0; offset < scene->loaded.wal.geometry.block_size_bytes; ++offset) {
    const RecordPrint* hit = holder_of(*scene, scene->page + offset, offset < kShortPageHeaderSize);
    const std::byte original = bytes[at + offset];
    for (const std::byte mask :
         {std::byte{0x01}, std::byte{0x10}, std::byte{0x80}, std::byte{0xFF}, original}) {
      if (mask == std::byte{0}) continue;
      SCOPED_TRACE(describe(*scene, offset, mask));
      bytes[at + offset] = original ^ mask;
      ASSERT_NO_FATAL_FAILURE(check(*scene, sound, read_scene(*scene, bytes), hit));
    }
    bytes[at + offset] = original;
  }
}

INSTANTIATE_TEST_SUITE_P(Majors, Corruption, ::testing::ValuesIn(test::all_majors()),
                         [](const auto& test_case) { return test::directory_name(test_case.param); });

}  // namespace
}  // namespace walkit
