#include "walreader/page.h"

#include <gtest/gtest.h>

#include "tests/support/byte_writer.h"

namespace walkit {
namespace {

using test::ByteWriter;

TEST(Page, ShortHeaderHasNoSizes) {
  const auto bytes =
      ByteWriter().u16(0xD118).u16(0x0005).u32(3).u64(0x1'0000'2000).u32(77).u32(0xFFFFFFFF).take();
  ASSERT_EQ(bytes.size(), kShortPageHeaderSize);
  const PageHeader header = parse_page_header(bytes);
  EXPECT_EQ(header.magic, 0xD118);
  EXPECT_EQ(header.timeline.value, 3u);
  EXPECT_EQ(header.address.value, 0x1'0000'2000u);
  EXPECT_EQ(header.remaining_length, 77u);
  EXPECT_TRUE(header.continues_record());
  EXPECT_FALSE(header.overwrites_contrecord());
  EXPECT_FALSE(header.long_header());
  EXPECT_EQ(header.size(), kShortPageHeaderSize);
  EXPECT_EQ(header.segment_size_bytes, 0u);
}

TEST(Page, LongHeaderStatesTheSizes) {
  const auto bytes = ByteWriter()
                         .u16(0xD106)
                         .u16(0x000A)
                         .u32(1)
                         .u64(0x4000000)
                         .u32(0)
                         .u32(0)
                         .u64(7'123'456'789'012'345'678)
                         .u32(1 << 24)
                         .u32(8192)
                         .take();
  ASSERT_EQ(bytes.size(), kLongPageHeaderSize);
  const PageHeader header = parse_page_header(bytes);
  EXPECT_TRUE(header.long_header());
  EXPECT_TRUE(header.overwrites_contrecord());
  EXPECT_FALSE(header.continues_record());
  EXPECT_EQ(header.size(), kLongPageHeaderSize);
  EXPECT_EQ(header.system_identifier, 7'123'456'789'012'345'678u);
  EXPECT_EQ(header.segment_size_bytes, 1u << 24);
  EXPECT_EQ(header.block_size_bytes, 8192u);
}

TEST(Page, TruncatedHeadersReadAsZeros) {
  const auto bytes = ByteWriter().u16(0xD118).u16(kLongHeader).u32(1).take();
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const test::Bytes exact(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(parse_page_header(exact).block_size_bytes, 0u);
  }
}

TEST(Page, MagicOfABigEndianServerIsRecognized) {
  EXPECT_TRUE(is_byte_swapped_magic(0x18D1));
  EXPECT_TRUE(is_byte_swapped_magic(0x06D1));
  EXPECT_FALSE(is_byte_swapped_magic(0xD118));
  EXPECT_FALSE(is_byte_swapped_magic(0));
}

TEST(Page, BlockSizesArePowersOfTwoUpTo64KiB) {
  for (std::uint32_t size = 1024; size <= 65536; size *= 2) EXPECT_TRUE(valid_block_size(size)) << size;
  for (const std::uint32_t size : {0u, 1u, 512u, 8191u, 12288u, 131072u, 0x80000000u})
    EXPECT_FALSE(valid_block_size(size)) << size;
}

}  // namespace
}  // namespace walkit
