#include "segments/compress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/segments/test_files.h"
#include "walreader/bytes.h"

namespace walkit {
namespace {

using testing::HasSubstr;

/// One whole stream in pieces of `step` bytes; what is returned has no bytes if a call fails.
Bytes compress_all(Compressor& compressor, ByteSpan plain, std::size_t step = 1 << 18) {
  Bytes out;
  if (const auto begun = compressor.begin(plain.size()); !begun) return {};
  while (!plain.empty()) {
    const ByteSpan piece = plain.first(std::min(step, plain.size()));
    if (const auto done = compressor.compress(piece, out); !done) return {};
    plain = plain.subspan(piece.size());
  }
  if (const auto finished = compressor.finish(out); !finished) return {};
  return out;
}

Bytes decompress_all(ByteSpan packed, Codec codec) {
  const auto decompressor = make_decompressor(codec);
  Bytes all;
  Bytes out(1 << 16);
  for (;;) {
    const auto progress = decompressor->decompress(packed, out);
    EXPECT_TRUE(progress) << progress.error();
    if (!progress || (progress->consumed == 0 && progress->produced == 0)) break;
    packed = packed.subspan(progress->consumed);
    all.insert(all.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(progress->produced));
  }
  EXPECT_TRUE(decompressor->finish());
  return all;
}

class Choices : public testing::TestWithParam<CodecChoice> {
 protected:
  std::unique_ptr<Compressor> compressor_ = make_compressor(GetParam());
};

class Frames : public Choices {};  // all but none

TEST_P(Choices, OutputIsRestoredHoweverTheStreamIsCut) {
  const Bytes plain = pattern(600'001);
  for (const std::size_t step : {1000UL, 1UL << 18, 300'000UL, plain.size()}) {
    const Bytes packed = compress_all(*compressor_, plain, step);
    EXPECT_TRUE(decompress_all(packed, GetParam().codec) == plain) << step;
    if (GetParam().codec != Codec::none) {
      EXPECT_LT(packed.size(), plain.size() / 2);
    }
  }
}

TEST_P(Choices, SmallStreamsAreStreams) {
  for (const std::size_t size : {0UL, 1UL, 2UL, 100UL}) {
    const Bytes plain = pattern(size);
    const Bytes packed = compress_all(*compressor_, plain, 1);
    EXPECT_TRUE(decompress_all(packed, GetParam().codec) == plain) << size;
  }
}

TEST_P(Choices, BytesThatDoNotCompressAreStoredWithLittleMore) {
  Bytes noise(600'000);
  std::uint64_t state = 88'172'645'463'325'252;
  for (std::byte& byte : noise) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    byte = static_cast<std::byte>(state);
  }
  const Bytes packed = compress_all(*compressor_, noise);
  EXPECT_LT(packed.size(), noise.size() + 200);
  EXPECT_TRUE(decompress_all(packed, GetParam().codec) == noise);
}

// The programs themselves, after which nobody needs walkit to get at an archive.
TEST_P(Frames, TheRealProgramRestoresIt) {
  const std::string program(codec_word(GetParam().codec));
  if (!run(program + " --version > /dev/null 2>&1")) GTEST_SKIP() << "no " << program;
  const TempDirectory directory;
  for (const std::size_t size : {0UL, 1UL, 1'000'001UL}) {
    const Bytes plain = pattern(size);
    const Bytes packed = joined({compress_all(*compressor_, plain), skippable_frame(50)});
    const std::string stored = directory.write("packed", packed);
    const std::string restored = directory / "plain";
    ASSERT_TRUE(run(program + " -q -dc '" + stored + "' > '" + restored + "'")) << size;
    EXPECT_TRUE(read_file(restored) == plain) << size;
    EXPECT_TRUE(run(program + " -q -t '" + stored + "'")) << size;
  }
}

TEST_P(Choices, OneObjectServesOneStreamAfterAnother) {
  const Bytes first = pattern(200'000, 1);
  const Bytes second = pattern(100'000, 2);
  const Bytes expected = compress_all(*make_compressor(GetParam()), second);
  static_cast<void>(compress_all(*compressor_, first));
  EXPECT_TRUE(compress_all(*compressor_, second) == expected);

  Bytes abandoned;
  ASSERT_TRUE(compressor_->begin(1'000'000));
  ASSERT_TRUE(compressor_->compress(first, abandoned));
  EXPECT_TRUE(compress_all(*compressor_, second) == expected);
}

TEST_P(Choices, AnotherSizeThanAnnouncedIsAnError) {
  const Bytes plain = pattern(1000);
  Bytes out;
  ASSERT_TRUE(compressor_->begin(1001));
  ASSERT_TRUE(compressor_->compress(plain, out));
  const auto too_few = compressor_->finish(out);
  ASSERT_FALSE(too_few);
  EXPECT_THAT(too_few.error(), HasSubstr("got 1000 bytes instead of 1001"));

  ASSERT_TRUE(compressor_->begin(999));
  const auto too_many = compressor_->compress(plain, out);
  ASSERT_FALSE(too_many);
  EXPECT_THAT(too_many.error(), HasSubstr("got 1000 bytes instead of 999"));
  EXPECT_FALSE(compress_all(*compressor_, plain).empty());
}

std::string name_of(const testing::TestParamInfo<CodecChoice>& choice) {
  return std::string(codec_word(choice.param.codec)) + std::to_string(choice.param.level);
}

const auto kFrames =
    testing::Values(CodecChoice{Codec::lz4, 1}, CodecChoice{Codec::lz4, 2}, CodecChoice{Codec::lz4, 3},
                    CodecChoice{Codec::lz4, 12}, CodecChoice{Codec::zstd, 1}, CodecChoice{Codec::zstd, 3},
                    CodecChoice{Codec::zstd, 19});
INSTANTIATE_TEST_SUITE_P(Plain, Choices, testing::Values(CodecChoice{Codec::none, 0}), name_of);
INSTANTIATE_TEST_SUITE_P(Levels, Choices, kFrames, name_of);
INSTANTIATE_TEST_SUITE_P(Levels, Frames, kFrames, name_of);

TEST(Compress, FramesStateTheSizeOfTheirContent) {
  const Bytes plain = pattern(0x123456);
  const Bytes lz4 = compress_all(*make_compressor({Codec::lz4, 1}), plain);
  ASSERT_GT(lz4.size(), 14U);
  EXPECT_EQ(lz4[4] & std::byte{0x0C}, std::byte{0x08});  // of FLG: with content size, without checksum
  EXPECT_EQ(load_le<std::uint64_t>(&lz4[6]), plain.size());

  const Bytes zstd = compress_all(*make_compressor({Codec::zstd, 1}), plain);
  ASSERT_GT(zstd.size(), 10U);
  EXPECT_EQ(zstd[4], std::byte{0x80});  // a content size of four bytes, no checksum, no dictionary
  EXPECT_EQ(load_le<std::uint32_t>(&zstd[6]), plain.size());
}

TEST(Compress, HigherLevelsMakeLess) {
  const Bytes plain = pattern(500'000);
  const auto size = [&](Codec codec, int level) {
    return compress_all(*make_compressor({codec, level}), plain).size();
  };
  EXPECT_LT(size(Codec::lz4, 9), size(Codec::lz4, 1));
  EXPECT_LT(size(Codec::zstd, 19), size(Codec::zstd, 1));
}

TEST(Compress, CodecsHaveWordsLevelsAndSuffixes) {
  for (const auto& [word, codec, suffix] :
       {std::tuple("none", Codec::none, ""), {"lz4", Codec::lz4, ".lz4"}, {"zstd", Codec::zstd, ".zst"}}) {
    const auto choice = parse_codec(word);
    ASSERT_TRUE(choice) << word;
    EXPECT_EQ(choice->codec, codec);
    EXPECT_TRUE(valid_level(*choice));
    EXPECT_EQ(codec_word(codec), word);
    EXPECT_EQ(object_suffix(codec), suffix);
  }
  for (const char* word : {"", "gzip", "plain", "ZSTD", "zstd ", "skippable"})
    EXPECT_FALSE(parse_codec(word));

  for (const auto& [codec, highest] : {std::pair(Codec::lz4, 12), {Codec::zstd, 19}}) {
    EXPECT_TRUE(valid_level({codec, 1}) && valid_level({codec, highest}));
    EXPECT_FALSE(valid_level({codec, 0}) || valid_level({codec, -1}) || valid_level({codec, highest + 1}));
  }
  EXPECT_TRUE(valid_level({Codec::none, -5}));
  EXPECT_FALSE(valid_level({Codec::gzip, 6}));
}

}  // namespace
}  // namespace walkit
