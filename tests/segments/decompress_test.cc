#include "segments/decompress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/segments/test_files.h"

namespace walkit {
namespace {

using testing::HasSubstr;

struct Outcome {
  Bytes bytes;
  std::optional<std::string> error;
};

/// Feeds `in` in pieces of `in_step` bytes and takes the output in pieces of `out_step`.
Outcome decompress_all(ByteSpan in, std::size_t in_step = 1 << 16, std::size_t out_step = 1 << 16) {
  const auto decompressor = make_decompressor(detect_codec(in.first(std::min(in.size(), kCodecMagicSize))));
  Outcome outcome;
  Bytes out(out_step);
  for (;;) {
    const ByteSpan piece = in.first(std::min(in.size(), in_step));
    const auto progress = decompressor->decompress(piece, out);
    if (!progress) {
      outcome.error = progress.error();
      return outcome;
    }
    in = in.subspan(progress->consumed);
    outcome.bytes.insert(outcome.bytes.end(), out.begin(),
                         out.begin() + static_cast<std::ptrdiff_t>(progress->produced));
    if (progress->consumed == 0 && progress->produced == 0) {
      EXPECT_TRUE(in.empty()) << "stuck";
      if (const auto whole = decompressor->finish(); !whole) outcome.error = whole.error();
      return outcome;
    }
  }
}

class Compressors : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    packed_ = compressed_by(GetParam(), plain_);
    if (packed_.empty()) GTEST_SKIP() << "no " << GetParam();
  }

  const Bytes plain_ = pattern(700'001);
  Bytes packed_;
};

TEST_P(Compressors, OutputIsRestored) {
  const auto [bytes, error] = decompress_all(packed_);
  EXPECT_FALSE(error) << *error;
  EXPECT_EQ(bytes, plain_);
}

TEST_P(Compressors, PiecesOfAnySizeGiveTheSame) {
  for (const auto& [in_step, out_step] : {std::pair{1UL, 4096UL}, {3UL, 1UL << 20}, {1UL << 20, 7UL}}) {
    const auto [bytes, error] = decompress_all(packed_, in_step, out_step);
    EXPECT_FALSE(error) << *error;
    EXPECT_TRUE(bytes == plain_) << in_step << " " << out_step;
  }
}

TEST_P(Compressors, FramesFollowOneAnotherAndSkippableOnesAreSkipped) {
  const Bytes skipped = skippable_frame(300);
  const Bytes empty_skipped = skippable_frame(0, 15);
  const Bytes all = joined({skipped, packed_, empty_skipped, packed_, skipped});
  for (const std::size_t in_step : {1UL, 1UL << 16}) {
    const auto [bytes, error] = decompress_all(all, in_step);
    EXPECT_FALSE(error) << *error;
    EXPECT_TRUE(bytes == joined({plain_, plain_}));
  }
}

TEST_P(Compressors, TruncationIsAnErrorAfterTheBytesThereAre) {
  for (const std::size_t size : {packed_.size() - 1, packed_.size() / 2, std::size_t{5}}) {
    const auto [bytes, error] = decompress_all(ByteSpan(packed_).first(size));
    ASSERT_TRUE(error) << size;
    EXPECT_THAT(*error, HasSubstr("ends in the middle"));
    EXPECT_LE(bytes.size(), plain_.size());
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), plain_.begin()));
  }
}

TEST_P(Compressors, TrailingGarbageIsAnErrorAfterTheBytesThereAre) {
  for (const char* garbage : {"garbage", "g"}) {
    const auto [bytes, error] = decompress_all(joined({packed_, std::as_bytes(std::span(garbage, 1))}));
    ASSERT_TRUE(error);
    EXPECT_THAT(*error, HasSubstr("unrecognized data"));
    EXPECT_TRUE(bytes == plain_);
  }
}

TEST_P(Compressors, FlippedBytesNeverCrash) {
  for (std::size_t at = 4; at < packed_.size(); at += packed_.size() / 200 + 1) {
    Bytes damaged = packed_;
    damaged[at] ^= std::byte{0x55};
    const auto [bytes, error] = decompress_all(damaged);
    EXPECT_LT(bytes.size(), 100'000'000U);
  }
}

INSTANTIATE_TEST_SUITE_P(Programs, Compressors,
                         testing::Values("zstd -q", "zstd -q -19 --long=27", "zstd -q --no-check", "lz4 -q",
                                         "lz4 -q -9 -BD --content-size", "lz4 -q -B4 --no-frame-crc", "gzip",
                                         "gzip -9"));

TEST(Decompress, CodecComesFromContent) {
  const auto codec_of = [](std::initializer_list<int> values) {
    Bytes bytes;
    for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
    return detect_codec(bytes);
  };
  EXPECT_EQ(codec_of({0x28, 0xB5, 0x2F, 0xFD}), Codec::zstd);
  EXPECT_EQ(codec_of({0x04, 0x22, 0x4D, 0x18}), Codec::lz4);
  EXPECT_EQ(codec_of({0x1F, 0x8B, 0x08, 0x00}), Codec::gzip);
  EXPECT_EQ(codec_of({0x50, 0x2A, 0x4D, 0x18}), Codec::skippable);
  EXPECT_EQ(codec_of({0x5F, 0x2A, 0x4D, 0x18}), Codec::skippable);
  EXPECT_EQ(codec_of({0x60, 0x2A, 0x4D, 0x18}), Codec::none);
  EXPECT_EQ(codec_of({0x16, 0xD1, 0x07, 0x00}), Codec::none);
  EXPECT_EQ(codec_of({0x28, 0xB5, 0x2F}), Codec::none);
  EXPECT_EQ(codec_of({}), Codec::none);
}

TEST(Decompress, CorruptDataIsNamedByItsCodec) {
  Bytes packed = compressed_by("zstd -q", pattern(100'000));
  if (packed.empty()) GTEST_SKIP() << "no zstd";
  packed[packed.size() - 2] ^= std::byte{1};  // of the checksum
  const auto [bytes, error] = decompress_all(packed);
  ASSERT_TRUE(error);
  EXPECT_THAT(*error, HasSubstr("invalid zstd data: "));
}

TEST(Decompress, WindowsLargerThanTheLimitAreRefused) {
  const Bytes packed = compressed_by("zstd -q --ultra --long=28", pattern(100'000));
  if (packed.empty()) GTEST_SKIP() << "no zstd";
  const auto [bytes, error] = decompress_all(packed);
  ASSERT_TRUE(error);
  EXPECT_THAT(*error, HasSubstr("too much memory"));
  EXPECT_TRUE(bytes.empty());
}

TEST(Decompress, CodecsMayBeMixed) {
  const Bytes plain = pattern(10'000);
  const Bytes zstd = compressed_by("zstd -q", plain);
  const Bytes lz4 = compressed_by("lz4 -q", plain);
  const Bytes gzip = compressed_by("gzip", plain);
  if (zstd.empty() || lz4.empty() || gzip.empty()) GTEST_SKIP() << "a compressor is missing";
  const auto [bytes, error] = decompress_all(joined({zstd, lz4, gzip, zstd}));
  EXPECT_FALSE(error);
  EXPECT_TRUE(bytes == joined({plain, plain, plain, plain}));
}

TEST(Decompress, SkippableFramesAloneAreAnEmptyFile) {
  const auto [bytes, error] = decompress_all(skippable_frame(10));
  EXPECT_FALSE(error);
  EXPECT_TRUE(bytes.empty());

  Bytes cut = skippable_frame(10);
  cut.pop_back();
  EXPECT_TRUE(decompress_all(cut).error);
  cut.resize(6);
  EXPECT_TRUE(decompress_all(cut).error);
}

}  // namespace
}  // namespace walkit
