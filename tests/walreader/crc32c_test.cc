#include "walreader/crc32c.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace walkit {
namespace {

using Bytes = std::vector<std::byte>;

Bytes random_bytes(std::size_t size) {
  std::mt19937 random(static_cast<unsigned>(size));
  Bytes bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

/// The definition, one bit at a time.
std::uint32_t reference(std::uint32_t state, ByteSpan bytes) {
  for (const std::byte byte : bytes) {
    state ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) state = (state >> 1) ^ ((state & 1) != 0 ? 0x82F63B78 : 0);
  }
  return state;
}

class Crc32cKernelTest : public testing::TestWithParam<Crc32cKernel> {
 protected:
  void SetUp() override {
    if (!GetParam().supported) GTEST_SKIP() << "this machine lacks the instructions";
  }

  static std::uint32_t extend(std::uint32_t state, ByteSpan bytes) {
    return GetParam().extend(state, bytes.data(), bytes.size());
  }
  static std::uint32_t checksum(ByteSpan bytes) { return ~extend(kCrc32cInit, bytes); }
};

INSTANTIATE_TEST_SUITE_P(All, Crc32cKernelTest, testing::ValuesIn(crc32c_kernels()), [](const auto& kernel) {
  std::string name(kernel.param.name);
  std::erase(name, '.');
  return name;
});

TEST_P(Crc32cKernelTest, GivesTheValuesOfRfc3720) {
  const Bytes zeros(32);
  const Bytes ones(32, std::byte{0xFF});
  Bytes rising, falling;
  for (int i = 0; i < 32; ++i) {
    rising.push_back(static_cast<std::byte>(i));
    falling.push_back(static_cast<std::byte>(31 - i));
  }
  EXPECT_EQ(checksum(zeros), 0x8A9136AAu);
  EXPECT_EQ(checksum(ones), 0x62A8AB43u);
  EXPECT_EQ(checksum(rising), 0x46DD794Eu);
  EXPECT_EQ(checksum(falling), 0x113FDB5Cu);
  EXPECT_EQ(checksum(std::as_bytes(std::span(std::string_view("123456789")))), 0xE3069283u);
}

TEST_P(Crc32cKernelTest, EveryLengthAtEveryAlignmentEqualsTheReference) {
  constexpr std::size_t kLongest = 1100;
  const Bytes bytes = random_bytes(kLongest + 64);
  for (std::size_t alignment = 0; alignment < 64; alignment += alignment < 16 ? 1 : 7) {
    std::uint32_t expected = kCrc32cInit;
    for (std::size_t size = 0; size <= kLongest; ++size) {
      const ByteSpan part = ByteSpan(bytes).subspan(alignment, size);
      if (size > 0) expected = reference(expected, part.last(1));
      ASSERT_EQ(extend(kCrc32cInit, part), expected) << size << " bytes at " << alignment;
    }
  }
}

TEST_P(Crc32cKernelTest, LongInputsEqualTheReference) {
  for (const std::size_t size : {3071u, 3072u, 3095u, 3096u, 8192u, 8193u, 65536u, 100003u}) {
    const Bytes bytes = random_bytes(size);
    EXPECT_EQ(extend(kCrc32cInit, bytes), reference(kCrc32cInit, bytes)) << size;
  }
}

TEST_P(Crc32cKernelTest, ContinuesFromAnyState) {
  const Bytes bytes = random_bytes(1000);
  for (const std::uint32_t state : {0u, 1u, 0x80000000u, 0x12345678u, 0xFFFFFFFFu})
    for (const std::size_t size : {0u, 7u, 64u, 200u, 1000u})
      EXPECT_EQ(extend(state, ByteSpan(bytes).first(size)), reference(state, ByteSpan(bytes).first(size)));
}

TEST_P(Crc32cKernelTest, SplittingMakesNoDifference) {
  const Bytes bytes = random_bytes(700);
  const std::uint32_t whole = extend(kCrc32cInit, bytes);
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    const std::uint32_t head = extend(kCrc32cInit, ByteSpan(bytes).first(split));
    ASSERT_EQ(extend(head, ByteSpan(bytes).subspan(split)), whole) << "split at " << split;
  }
}

TEST(Crc32cTest, OfNothingIsZero) { EXPECT_EQ(Crc32c().value(), 0u); }

TEST(Crc32cTest, UpdatesOverFragments) {
  const Bytes bytes = random_bytes(10000);
  std::mt19937 random(1);
  for (int round = 0; round < 100; ++round) {
    Crc32c crc;
    for (ByteSpan rest = bytes; !rest.empty();) {
      const std::size_t size = std::min<std::size_t>(rest.size(), random() % 3000);
      crc.update(rest.first(size));
      rest = rest.subspan(size);
    }
    ASSERT_EQ(crc.value(), ~reference(kCrc32cInit, bytes));
  }
}

TEST(Crc32cTest, SomeKernelIsAlwaysSupported) {
  const Bytes bytes = random_bytes(5000);
  EXPECT_TRUE(crc32c_kernels().front().supported);
  EXPECT_EQ(crc32c_extend(kCrc32cInit, bytes), reference(kCrc32cInit, bytes));
}

}  // namespace
}  // namespace walkit
