#include "walreader/relation_map.h"

#include <gtest/gtest.h>

#include "tests/support/byte_writer.h"
#include "tests/support/record_builder.h"
#include "walreader/crc32c.h"

namespace walkit {
namespace {

using test::Bytes;
using test::ByteWriter;

/// A map with two entries, of the length a major gives it.
Bytes map_file(std::size_t size, std::uint32_t count = 2) {
  ByteWriter out;
  out.u32(0x592717).u32(count).u32(1259).u32(16384).u32(1249).u32(1249);
  const std::size_t crc_offset = size == 512 ? 504 : 520;
  out.zeros(crc_offset - out.size());
  Crc32c crc;
  crc.update(out.get());
  out.u32(crc.value());
  return out.zeros(size - out.size()).take();
}

TEST(RelationMap, BothLengthsSayWhereCatalogsAre) {
  for (const std::size_t size : {512, 524}) {
    const auto map = parse_relation_map(map_file(size));
    ASSERT_TRUE(map) << map.error();
    EXPECT_EQ(map->filenode(1259), 16384U);
    EXPECT_EQ(map->filenode(1249), 1249U);
    EXPECT_EQ(map->filenode(1247), 0U);
    EXPECT_EQ(map->entries().size(), 2U);
  }
}

TEST(RelationMap, EveryFlippedBitBeforeTheEndOfTheCrcIsAnError) {
  Bytes file = map_file(524);
  for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
    file[bit / 8] ^= std::byte{1} << bit % 8;
    EXPECT_FALSE(parse_relation_map(file)) << "bit " << bit;
    file[bit / 8] ^= std::byte{1} << bit % 8;
  }
}

TEST(RelationMap, OtherLengthsAndTooManyMappingsAreErrors) {
  Bytes file = map_file(512);
  for (std::size_t size = 0; size < file.size(); ++size)
    EXPECT_FALSE(parse_relation_map(ByteSpan(file).first(size)));
  const auto crowded = parse_relation_map(map_file(512, 63));
  ASSERT_FALSE(crowded);
  EXPECT_EQ(crowded.error(), "it claims to hold 63 mappings");
  EXPECT_TRUE(parse_relation_map(map_file(512, 62)));
}

std::optional<RelationMapUpdate> update_of(const Bytes& record_bytes) {
  Record record;
  const ByteSpan fragment(record_bytes);
  const Lsn start{40};
  EXPECT_EQ(
      record
          .decode({&fragment, 1}, start, start + record_bytes.size(), TimelineId{1}, format_of(kNewestMajor))
          .fault,
      BodyFault::none);
  return relation_map_update(record);
}

Bytes update_record(std::uint32_t size) {
  constexpr std::uint8_t kRelMap = 7;
  const Bytes body = ByteWriter().u32(5).u32(1663).u32(size).bytes(map_file(512)).take();
  return test::record_bytes({.rmid = kRelMap, .main_data = body});
}

TEST(RelationMap, ARecordCarriesTheMapOfADatabase) {
  const auto update = update_of(update_record(512));
  ASSERT_TRUE(update);
  EXPECT_EQ(update->database, 5U);
  EXPECT_EQ(update->tablespace, 1663U);
  EXPECT_EQ(update->map.filenode(1259), 16384U);
  EXPECT_FALSE(update_of(update_record(5120)));
  EXPECT_FALSE(update_of(update_record(0)));
  EXPECT_FALSE(update_of(test::noop_record()));
}

}  // namespace
}  // namespace walkit
