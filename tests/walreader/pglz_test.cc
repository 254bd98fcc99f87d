#include "walreader/pglz.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace walkit {
namespace {

std::optional<std::string> decompress(const std::vector<unsigned>& stream, std::size_t size) {
  std::vector<std::byte> bytes(stream.size());
  std::ranges::transform(stream, bytes.begin(), [](unsigned byte) { return static_cast<std::byte>(byte); });
  std::string out(size, '?');
  if (!pglz_decompress(bytes, std::as_writable_bytes(std::span(out)))) return std::nullopt;
  return out;
}

TEST(PglzTest, LiteralsAreCopied) { EXPECT_EQ(decompress({0x00, 'a', 'b', 'c'}, 3), "abc"); }

TEST(PglzTest, NothingIsTheStreamOfNothing) { EXPECT_EQ(decompress({}, 0), ""); }

TEST(PglzTest, GroupsHoldEightItems) {
  EXPECT_EQ(decompress({0x00, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 0x00, 'i'}, 9), "abcdefghi");
}

TEST(PglzTest, MatchRepeatsEarlierOutput) {
  EXPECT_EQ(decompress({0x10, 'a', 'b', 'c', 'd', 0x01, 0x04}, 8), "abcdabcd");
}

TEST(PglzTest, OverlappingMatchRepeatsItself) {
  EXPECT_EQ(decompress({0x04, 'a', 'b', 0x04, 0x02}, 9), "ababababa");
  EXPECT_EQ(decompress({0x02, 'x', 0x0E, 0x01}, 18), std::string(18, 'x'));
}

TEST(PglzTest, LongMatchTakesAThirdByte) {
  EXPECT_EQ(decompress({0x02, 'x', 0x0F, 0x01, 0x00}, 19), std::string(19, 'x'));
  EXPECT_EQ(decompress({0x02, 'x', 0x0F, 0x01, 0xFF}, 274), std::string(274, 'x'));
}

TEST(PglzTest, DistanceTakesTwelveBits) {
  std::vector<unsigned> stream = {0xFC, 'S', 'x'};
  int items = 2;
  const auto append = [&](std::initializer_list<unsigned> tag) {
    if (items++ % 8 == 0) stream.push_back(0xFF);
    stream.insert(stream.end(), tag);
  };
  for (int i = 0; i < 14; ++i) append({0x0F, 0x01, 0xFF});  // 14 times 273 bytes of x,
  append({0x0F, 0x01, 253});                                // and 271 more: 4095 bytes with S and x
  append({0xF0, 0xFF});                                     // 3 bytes from 4095 back
  EXPECT_EQ(decompress(stream, 4098), 'S' + std::string(4094, 'x') + "Sxx");
}

TEST(PglzTest, MatchPastTheEndIsCutAsPostgresDoes) {
  EXPECT_EQ(decompress({0x02, 'x', 0x0E, 0x01}, 5), "xxxxx");
}

TEST(PglzTest, UnusedControlBitsMeanNothing) { EXPECT_EQ(decompress({0xFE, 'a'}, 1), "a"); }

TEST(PglzTest, TruncatedStreamIsRefused) {
  EXPECT_EQ(decompress({}, 1), std::nullopt);
  EXPECT_EQ(decompress({0x00}, 1), std::nullopt);
  EXPECT_EQ(decompress({0x00, 'a', 'b'}, 3), std::nullopt);
  EXPECT_EQ(decompress({0x02, 'x', 0x00}, 4), std::nullopt);
  EXPECT_EQ(decompress({0x02, 'x', 0x0F, 0x01}, 19), std::nullopt);
}

TEST(PglzTest, BytesLeftOverAreRefused) {
  EXPECT_EQ(decompress({0x00, 'a', 'b'}, 1), std::nullopt);
  EXPECT_EQ(decompress({0x00, 'a'}, 0), std::nullopt);
}

TEST(PglzTest, DistanceOfZeroIsRefused) { EXPECT_EQ(decompress({0x02, 'x', 0x00, 0x00}, 4), std::nullopt); }

TEST(PglzTest, DistanceBeforeTheBeginningIsRefused) {
  EXPECT_EQ(decompress({0x01, 0x00, 0x01}, 3), std::nullopt);
  EXPECT_EQ(decompress({0x02, 'x', 0x00, 0x02}, 4), std::nullopt);
  EXPECT_EQ(decompress({0x02, 'x', 0xF0, 0x01}, 4), std::nullopt);
}

TEST(PglzTest, NoiseStaysInBounds) {
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::byte> stream(random() % 200);
    for (std::byte& byte : stream) byte = static_cast<std::byte>(random());
    std::vector<std::byte> out(random() % 2000 + 1, std::byte{0xAA});
    const std::span<std::byte> page(out.data(), out.size() - 1);
    (void)pglz_decompress(stream, page);
    ASSERT_EQ(out.back(), std::byte{0xAA});
  }
}

}  // namespace
}  // namespace walkit
