#include "walreader/image.h"

#include <gtest/gtest.h>
#include <lz4.h>
#include <zstd.h>

#include <algorithm>
#include <vector>

namespace walkit {
namespace {

using Bytes = std::vector<std::byte>;

constexpr std::size_t kPageSize = 8192;
constexpr std::uint16_t kHoleOffset = 100;
constexpr std::uint16_t kHoleLength = 5000;
constexpr ImageRef kWithHole = {.hole_offset = kHoleOffset, .hole_length = kHoleLength, .has_hole = true};

/// A page that compresses well; the hole, if there is one, holds zeros.
Bytes page_with(const ImageRef& image) {
  Bytes page(kPageSize);
  for (std::size_t i = 0; i < page.size(); ++i) page[i] = static_cast<std::byte>(1 + i / 16 % 100);
  std::fill_n(page.begin() + image.hole_offset, image.hole_length, std::byte{0});
  return page;
}

Bytes without_hole(Bytes page, const ImageRef& image) {
  const auto hole = page.begin() + image.hole_offset;
  page.erase(hole, hole + image.hole_length);
  return page;
}

Bytes pglz_literals(ByteSpan plain) {
  Bytes stream;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (i % 8 == 0) stream.push_back(std::byte{0});
    stream.push_back(plain[i]);
  }
  return stream;
}

Bytes lz4_block(ByteSpan plain) {
  Bytes block(kPageSize + 100);
  block.resize(static_cast<std::size_t>(
      LZ4_compress_default(reinterpret_cast<const char*>(plain.data()), reinterpret_cast<char*>(block.data()),
                           static_cast<int>(plain.size()), static_cast<int>(block.size()))));
  return block;
}

Bytes zstd_frame(ByteSpan plain) {
  Bytes frame(kPageSize + 100);
  frame.resize(ZSTD_compress(frame.data(), frame.size(), plain.data(), plain.size(), 3));
  return frame;
}

Bytes as_is(ByteSpan plain) { return Bytes(plain.begin(), plain.end()); }

struct Method {
  const char* name;
  Compression compression;
  Bytes (*compress)(ByteSpan);
};
constexpr Method kMethods[] = {
    {"plain", Compression::none, as_is},
    {"pglz", Compression::pglz, pglz_literals},
    {"lz4", Compression::lz4, lz4_block},
    {"zstd", Compression::zstd, zstd_frame},
};

class ImageTest : public testing::TestWithParam<Method> {
 protected:
  /// The fault that a payload of this kind is reported with when it is of the wrong size.
  static ImageFault size_fault() {
    return GetParam().compression == Compression::none ? ImageFault::invalid_state : ImageFault::damaged;
  }
  static ImageRef of_this_kind(ImageRef image) {
    image.compression = GetParam().compression;
    return image;
  }
  static Bytes compress(ByteSpan plain) { return GetParam().compress(plain); }

  Bytes restored_ = Bytes(kPageSize, std::byte{0xEE});
};

INSTANTIATE_TEST_SUITE_P(All, ImageTest, testing::ValuesIn(kMethods),
                         [](const auto& method) { return method.param.name; });

TEST_P(ImageTest, RestoresAPage) {
  const Bytes page = page_with({});
  ASSERT_TRUE(restore_image(of_this_kind({}), compress(page), restored_));
  EXPECT_EQ(restored_, page);
}

TEST_P(ImageTest, RestoresAPageWithAHole) {
  const Bytes page = page_with(kWithHole);
  ASSERT_TRUE(restore_image(of_this_kind(kWithHole), compress(without_hole(page, kWithHole)), restored_));
  EXPECT_EQ(restored_, page);
}

TEST_P(ImageTest, RestoresAHoleThatReachesTheEnd) {
  const ImageRef image = {.hole_offset = kPageSize - 10, .hole_length = 10, .has_hole = true};
  const Bytes page = page_with(image);
  ASSERT_TRUE(restore_image(of_this_kind(image), compress(without_hole(page, image)), restored_));
  EXPECT_EQ(restored_, page);
}

TEST_P(ImageTest, RestoresPagesOfOtherSizes) {
  const Bytes page(16384, std::byte{'x'});
  restored_.resize(page.size());
  ASSERT_TRUE(restore_image(of_this_kind({}), compress(page), restored_));
  EXPECT_EQ(restored_, page);
}

TEST_P(ImageTest, TruncatedPayloadIsRefused) {
  const Bytes payload = compress(page_with({}));
  for (std::size_t size = 0; size < payload.size(); size += size < 20 ? 1 : 97) {
    const auto result = restore_image(of_this_kind({}), ByteSpan(payload).first(size), restored_);
    ASSERT_FALSE(result) << size;
    ASSERT_EQ(result.error(), size_fault());
  }
}

TEST_P(ImageTest, PayloadOfAShorterPageIsRefused) {
  const auto result =
      restore_image(of_this_kind({}), compress(without_hole(page_with({}), kWithHole)), restored_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), size_fault());
}

TEST_P(ImageTest, PayloadOfALongerPageIsRefused) {
  const auto result = restore_image(of_this_kind(kWithHole), compress(page_with({})), restored_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), size_fault());
}

TEST_P(ImageTest, HoleBeyondThePageIsRefused) {
  const ImageRef image = {.hole_offset = kPageSize - 1, .hole_length = 2, .has_hole = true};
  const auto result = restore_image(of_this_kind(image), compress(page_with({})), restored_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), ImageFault::invalid_state);
}

/// A record of one block that carries `payload` as its image, or of one without image if that is empty.
Bytes record_of_15(const Bytes& payload, const ImageRef& image) {
  constexpr std::uint8_t kHasImage = 0x10;
  constexpr std::uint8_t kHoleAndApply = 0x01 | 0x02;
  Bytes record(kRecordHeaderSize);
  const auto put = [&record](auto value) {
    const auto bytes = std::as_bytes(std::span(&value, 1));
    record.insert(record.end(), bytes.begin(), bytes.end());
  };
  put(std::uint8_t{3});  // block id
  put(payload.empty() ? std::uint8_t{0} : kHasImage);
  put(std::uint16_t{0});  // data length
  if (!payload.empty()) {
    put(static_cast<std::uint16_t>(payload.size()));
    put(image.hole_offset);
    put(kHoleAndApply);
  }
  for (const std::uint32_t number : {1663u, 5u, 16384u, 7u}) put(number);  // relation and block
  record.insert(record.end(), payload.begin(), payload.end());
  const auto size = static_cast<std::uint32_t>(record.size());
  std::ranges::copy(std::as_bytes(std::span(&size, 1)), record.begin());
  return record;
}

TEST(RecordImageTest, IsRestoredAcrossFragments) {
  const Bytes page = page_with(kWithHole);
  const Bytes bytes = record_of_15(without_hole(page, kWithHole), kWithHole);
  const ByteSpan fragments[] = {ByteSpan(bytes).first(1000), ByteSpan(bytes).subspan(1000)};
  Record record;
  ASSERT_EQ(record.decode(fragments, Lsn{0x100}, Lsn{0x2000}, TimelineId{1}, format_of(Major::pg15)).fault,
            BodyFault::none);
  Bytes restored(kPageSize, std::byte{0xEE});
  ASSERT_TRUE(restore_image(record, record.blocks().front(), restored));
  EXPECT_EQ(restored, page);
}

TEST(RecordImageTest, BlockWithoutImageIsAnError) {
  const Bytes bytes = record_of_15({}, {});
  const ByteSpan fragments[] = {bytes};
  Record record;
  ASSERT_EQ(record.decode(fragments, Lsn{0x1A'0000BEEF}, {}, TimelineId{1}, format_of(Major::pg15)).fault,
            BodyFault::none);
  Bytes restored(kPageSize);
  const auto result = restore_image(record, record.blocks().front(), restored);
  ASSERT_FALSE(result);
  EXPECT_EQ(image_error_text(result.error()),
            "could not restore image at 1A/BEEF with invalid state, block 3");
}

TEST(ImageErrorTest, SpeaksTheWordsOfItsMajor) {
  ImageError error{ImageFault::damaged, Major::pg13, Lsn{0x1A'0000BEEF}, 7};
  EXPECT_EQ(image_error_text(error), "invalid compressed image at 1A/BEEF, block 7");
  error.major = Major::pg14;
  EXPECT_EQ(image_error_text(error), "invalid compressed image at 1A/BEEF, block 7");
  error.major = Major::pg15;
  EXPECT_EQ(image_error_text(error), "could not decompress image at 1A/BEEF, block 7");
  error.fault = ImageFault::invalid_state;
  EXPECT_EQ(image_error_text(error), "could not restore image at 1A/BEEF with invalid state, block 7");
}

}  // namespace
}  // namespace walkit
