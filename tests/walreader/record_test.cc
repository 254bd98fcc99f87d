#include "walreader/record.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/record_builder.h"

namespace walkit {
namespace {

using test::Block;
using test::Bytes;
using test::bytes_of;
using test::ByteWriter;
using test::RecordParts;
using test::StoredImage;

constexpr Lsn kLsn{0x1000028};
constexpr std::uint8_t kShortMainData = 255;
constexpr std::uint8_t kLongMainData = 254;
constexpr std::uint8_t kOrigin = 253;
constexpr std::uint8_t kToplevelXid = 252;

/// A record over bytes of its own, cut into pieces of their own.
class Decoded {
 public:
  explicit Decoded(const Bytes& bytes, Major major = kNewestMajor, std::vector<std::size_t> cuts = {}) {
    cuts.push_back(bytes.size());
    std::size_t from = 0;
    for (const std::size_t cut : cuts) {
      pieces_.emplace_back(bytes.begin() + static_cast<std::ptrdiff_t>(from),
                           bytes.begin() + static_cast<std::ptrdiff_t>(cut));
      from = cut;
    }
    fragments_.assign(pieces_.begin(), pieces_.end());
    error = record.decode(fragments_, kLsn, kLsn + bytes.size(), TimelineId{1}, format_of(major));
  }

  Record record;
  BodyError error;

 private:
  std::vector<Bytes> pieces_;
  std::vector<ByteSpan> fragments_;
};

BodyError error_of(const ByteWriter& headers, std::size_t payload = 0, Major major = kNewestMajor) {
  return Decoded(test::raw_record(10, 0, headers.get(), Bytes(payload)), major).error;
}

bool same(ByteSpan a, ByteSpan b) { return std::ranges::equal(a, b); }

RecordParts everything() {
  RecordParts parts{.rmid = 10, .info = 0x80, .xid = 771};
  parts.blocks.push_back({.id = 0, .will_init = true, .data = bytes_of("tuple")});
  parts.blocks.push_back({.id = 2, .fork = Fork::vm, .block = 9, .relation = std::nullopt});
  parts.blocks.push_back(
      {.id = 32,
       .relation = RelFileLocator{1664, 0, 1262},
       .data = bytes_of("more"),
       .image = StoredImage{
           .payload = Bytes(100, std::byte{7}), .hole_offset = 60, .has_hole = true, .compression = {}}});
  parts.blocks.back().image->payload.resize(kRelationBlockSize - 500, std::byte{9});
  parts.origin = 5;
  parts.toplevel_xid = 770;
  parts.main_data = bytes_of("main");
  return parts;
}

void expect_everything(const Record& record) {
  EXPECT_EQ(record.lsn(), kLsn);
  EXPECT_EQ(record.rmid(), 10);
  EXPECT_EQ(record.info(), 0x80);
  EXPECT_EQ(record.xid(), 771u);
  EXPECT_EQ(record.origin(), 5);
  EXPECT_EQ(record.toplevel_xid(), 770u);
  ASSERT_EQ(record.blocks().size(), 3u);
  EXPECT_EQ(record.image_bytes(), kRelationBlockSize - 500u);
  EXPECT_EQ(record.length_without_images() + record.image_bytes(), record.total_length());
  EXPECT_TRUE(same(record.main_data(), bytes_of("main")));

  const BlockRef& first = record.blocks()[0];
  EXPECT_TRUE(first.will_init);
  EXPECT_FALSE(first.has_image);
  EXPECT_TRUE(same(record.block_data(first), bytes_of("tuple")));
  EXPECT_TRUE(record.image(first).empty());

  const BlockRef& second = record.blocks()[1];
  EXPECT_EQ(second.fork, Fork::vm);
  EXPECT_EQ(second.block, 9u);
  EXPECT_EQ(second.relation, first.relation);  // BKPBLOCK_SAME_REL
  EXPECT_TRUE(record.block_data(second).empty());

  const BlockRef* third = record.block(32);
  ASSERT_NE(third, nullptr);
  EXPECT_EQ(third->relation, (RelFileLocator{1664, 0, 1262}));
  EXPECT_EQ(third->image.hole_offset, 60);
  EXPECT_EQ(third->image.hole_length, 500);
  EXPECT_TRUE(third->image.apply);
  EXPECT_EQ(record.image(*third).size(), kRelationBlockSize - 500u);
  EXPECT_EQ(record.image(*third).front(), std::byte{7});
  EXPECT_EQ(record.image(*third).back(), std::byte{9});
  EXPECT_TRUE(same(record.block_data(*third), bytes_of("more")));
  EXPECT_EQ(record.block(1), nullptr);
}

TEST(Record, EveryPartIsFound) {
  const Decoded decoded(test::record_bytes(everything()));
  ASSERT_EQ(decoded.error.fault, BodyFault::none);
  expect_everything(decoded.record);
}

TEST(Record, CutAnywhereItIsTheSame) {
  const Bytes bytes = test::record_bytes(everything());
  for (std::size_t cut = 8; cut + 8 < bytes.size(); cut += cut < 200 ? 1 : 97) {
    SCOPED_TRACE(cut);
    const Decoded decoded(bytes, kNewestMajor, {cut, std::min(cut + 24, bytes.size() - 1)});
    ASSERT_EQ(decoded.error.fault, BodyFault::none);
    expect_everything(decoded.record);
  }
}

TEST(Record, WithoutDataIsJustAHeader) {
  const Decoded decoded(test::raw_record(0, 0x40, {}));
  ASSERT_EQ(decoded.error.fault, BodyFault::none);
  EXPECT_EQ(decoded.record.total_length(), kRecordHeaderSize);
  EXPECT_EQ(decoded.record.main_data_length(), 0u);
  EXPECT_TRUE(decoded.record.main_data().empty());
  EXPECT_TRUE(decoded.record.blocks().empty());
}

TEST(Record, CanBeReused) {
  const Bytes large = test::record_bytes(everything());
  const Bytes small = test::noop_record(1);
  Record record;
  const ByteSpan large_span = large;
  const ByteSpan small_span = small;
  const WalFormat& format = format_of(kNewestMajor);
  ASSERT_EQ(record.decode({&large_span, 1}, kLsn, kLsn, TimelineId{1}, format).fault, BodyFault::none);
  ASSERT_EQ(record.decode({&small_span, 1}, kLsn, kLsn, TimelineId{1}, format).fault, BodyFault::none);
  EXPECT_TRUE(record.blocks().empty());
  EXPECT_FALSE(record.origin());
  EXPECT_FALSE(record.toplevel_xid());
  EXPECT_EQ(record.image_bytes(), 0u);
  EXPECT_EQ(record.main_data().size(), 1u);
}

TEST(Record, ImageBitsMeanWhatTheMajorSays) {
  const auto with_info = [](std::uint8_t info) {
    // 300 bytes; from 13 to 14 the bit 0x02 says compressed, from 15 on 0x04 does
    return test::raw_record(10, 0,
                            ByteWriter()
                                .u8(0)
                                .u8(0x10)
                                .u16(0)
                                .u16(300)
                                .u16(40)
                                .u8(info)
                                .u16(400)
                                .u32(1)
                                .u32(2)
                                .u32(3)
                                .u32(4)
                                .get(),
                            Bytes(300));
  };
  const Decoded of_14(with_info(0x01 | 0x02), Major::pg14);
  ASSERT_EQ(of_14.error.fault, BodyFault::none);
  EXPECT_EQ(of_14.record.blocks()[0].image.compression, Compression::pglz);
  EXPECT_FALSE(of_14.record.blocks()[0].image.apply);

  const std::pair<std::uint8_t, Compression> methods_of_15[] = {
      {0x04, Compression::pglz}, {0x08, Compression::lz4}, {0x10, Compression::zstd}};
  for (const auto& [bit, method] : methods_of_15) {
    const Decoded of_15(with_info(static_cast<std::uint8_t>(0x01 | 0x02 | bit)), Major::pg15);
    ASSERT_EQ(of_15.error.fault, BodyFault::none);
    EXPECT_EQ(of_15.record.blocks()[0].image.compression, method);
    EXPECT_TRUE(of_15.record.blocks()[0].image.apply);
    EXPECT_EQ(of_15.record.blocks()[0].image.hole_length, 400);
  }
}

TEST(Record, RepeatedBlockIdIsOutOfOrder) {
  const auto block = [](ByteWriter& out, int id) { out.u8(id).u8(0).u16(0).zeros(16); };
  ByteWriter headers;
  block(headers, 3);
  block(headers, 3);
  const BodyError error = error_of(headers, 100);
  EXPECT_EQ(error.fault, BodyFault::out_of_order_block_id);
  EXPECT_EQ(error.a, 3u);
}

TEST(Record, UnknownBlockIdIsInvalid) {
  EXPECT_EQ(error_of(ByteWriter().u8(33), 100).fault, BodyFault::invalid_block_id);
  EXPECT_EQ(error_of(ByteWriter().u8(251), 100).a, 251u);
}

TEST(Record, ToplevelXidIsUnknownTo13) {
  const auto headers = ByteWriter().u8(kToplevelXid).u32(5).u8(kShortMainData).u8(1);
  EXPECT_EQ(error_of(headers, 1, Major::pg13).fault, BodyFault::invalid_block_id);
  EXPECT_EQ(error_of(headers, 1, Major::pg14).fault, BodyFault::none);
}

TEST(Record, DataFlagAndDataLengthMustAgree) {
  EXPECT_EQ(error_of(ByteWriter().u8(0).u8(0x20).u16(0).zeros(16)).fault, BodyFault::data_flag_without_data);
  const BodyError error = error_of(ByteWriter().u8(0).u8(0x00).u16(9).zeros(16), 9);
  EXPECT_EQ(error.fault, BodyFault::data_without_data_flag);
  EXPECT_EQ(error.a, 9u);
}

TEST(Record, SameRelationNeedsOneBefore) {
  EXPECT_EQ(error_of(ByteWriter().u8(0).u8(0x80).u16(0).u32(1)).fault, BodyFault::same_rel_without_rel);
}

struct ImageCase {
  const char* name;
  std::uint16_t length, hole_offset;
  std::uint8_t info;          // as of 15
  std::uint16_t hole_length;  // stored if compressed and with a hole
  BodyFault fault;
};
constexpr std::uint8_t kHole = 0x01;
constexpr std::uint8_t kPglz = 0x04;
constexpr ImageCase kImageCases[] = {
    {"hole without offset", 8000, 0, kHole, 0, BodyFault::hole_fields_wrong},
    {"hole in a full image", 8192, 40, kHole, 0, BodyFault::hole_fields_wrong},
    {"compressed, hole of no length", 100, 40, kHole | kPglz, 0, BodyFault::hole_fields_wrong},
    {"offset without hole", 8192, 40, 0, 0, BodyFault::hole_fields_without_flag},
    {"short without hole", 8000, 0, 0, 0, BodyFault::hole_fields_without_flag},
    {"compressed to full length", 8192, 0, kPglz, 0, BodyFault::compressed_full_length},
    {"full", 8192, 0, 0, 0, BodyFault::none},
    {"hole", 8000, 40, kHole, 0, BodyFault::none},
    {"compressed", 100, 0, kPglz, 0, BodyFault::none},
};

TEST(Record, ImageHeadersMustNotContradictThemselves) {
  for (const ImageCase& c : kImageCases) {
    ByteWriter headers;
    headers.u8(0).u8(0x10).u16(0).u16(c.length).u16(c.hole_offset).u8(c.info);
    if ((c.info & kHole) && (c.info & kPglz)) headers.u16(c.hole_length);
    EXPECT_EQ(error_of(headers.zeros(16), c.length).fault, c.fault) << c.name;
  }
}

TEST(Record, PayloadMustFillTheRecordExactly) {
  EXPECT_EQ(error_of(ByteWriter().u8(kShortMainData).u8(10), 9).fault, BodyFault::invalid_length);
  EXPECT_EQ(error_of(ByteWriter().u8(kShortMainData).u8(10), 11).fault, BodyFault::invalid_length);
  EXPECT_EQ(error_of(ByteWriter().u8(kLongMainData).u32(0xFFFFFFFF), 100).fault, BodyFault::invalid_length);
}

TEST(Record, TruncatedAnywhereItIsInvalidOrShorter) {
  const Bytes whole = test::record_bytes(everything());
  for (std::size_t size = kRecordHeaderSize; size < whole.size(); size += size < 200 ? 1 : 89) {
    Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    test::store_le(cut, 0, static_cast<std::uint32_t>(size));
    const Decoded decoded(cut);
    if (decoded.error.fault != BodyFault::none) continue;
    // headers end where the payload announced so far is all that is left, as in the real decoder
    std::size_t payload = decoded.record.main_data().size();
    for (const BlockRef& block : decoded.record.blocks())
      payload += decoded.record.block_data(block).size() + decoded.record.image(block).size();
    EXPECT_LE(payload + kRecordHeaderSize, size);
  }
}

TEST(Record, AnnouncedLengthMustBeThatOfTheFragments) {
  Bytes bytes = test::noop_record();
  test::store_le(bytes, 0, static_cast<std::uint32_t>(bytes.size() + 1));
  EXPECT_EQ(Decoded(bytes).error.fault, BodyFault::invalid_length);
  EXPECT_EQ(Decoded(Bytes(10)).error.fault, BodyFault::invalid_length);
  EXPECT_EQ(Record().decode({}, kLsn, kLsn, TimelineId{1}, format_of(kNewestMajor)).fault,
            BodyFault::invalid_length);
}

TEST(Record, HeadersLongerThanAnyWriterMakesAreInvalidInOnePieceAndInSeveral) {
  ByteWriter headers;
  while (headers.size() < kMaxHeaderArea) headers.u8(kOrigin).u16(1);
  const Bytes bytes = test::raw_record(10, 0, headers.u8(kShortMainData).u8(4).get(), Bytes(4));
  EXPECT_EQ(Decoded(bytes).error.fault, BodyFault::invalid_length);
  EXPECT_EQ(Decoded(bytes, kNewestMajor, {100}).error.fault, BodyFault::invalid_length);
  EXPECT_EQ(Decoded(bytes, kNewestMajor, {1028}).error.fault, BodyFault::invalid_length);
}

}  // namespace
}  // namespace walkit
