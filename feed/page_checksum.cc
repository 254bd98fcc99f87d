#include "feed/page_checksum.h"

#include <array>
#include <functional>
#include <numeric>

#include "walreader/bytes.h"

namespace walkit {
namespace {

// PageHeaderData.
constexpr std::size_t kChecksumAt = 8;
constexpr std::size_t kUpperAt = 14;

constexpr std::size_t kColumns = 32;
constexpr std::size_t kRows = kRelationBlockSize / sizeof(std::uint32_t) / kColumns;
constexpr std::uint32_t kPrime = 16777619;

using Hashes = std::array<std::uint32_t, kColumns>;
constexpr Hashes kStarts = {
    0x5B1F36E9, 0xB8525960, 0x02AB50AA, 0x1DE66D2A, 0x79FF467A, 0x9BB9F8A3, 0x217E7CD2, 0x83E13D2C,
    0xF8D4474F, 0xE39EB970, 0x42C6AE16, 0x993216FA, 0x7B093B5D, 0x98DAFF3C, 0xF718902A, 0x0B1C9CDB,
    0xE58F764B, 0x187636BC, 0x5D7B3BB1, 0xE73DE7DE, 0x92BEC979, 0xCCA6C0B2, 0x304A0979, 0x85AA43D4,
    0x783125BB, 0x6CA8EAA2, 0xE407EAC6, 0x4B5CFC3E, 0x9FBF8C76, 0x15CA20BE, 0xF2CA9FD3, 0x959BD756};

void mix(std::uint32_t& hash, std::uint32_t word) {
  const std::uint32_t both = hash ^ word;
  hash = both * kPrime ^ both >> 17;
}

}  // namespace

std::uint16_t page_checksum(PageBytes page, BlockNumber block) {
  constexpr std::size_t kChecksumColumn = kChecksumAt / sizeof(std::uint32_t);
  constexpr std::uint32_t kWithoutChecksum = 0xFFFF0000;
  Hashes hashes = kStarts;
  for (std::size_t row = 0; row < kRows; ++row) {
    for (std::size_t column = 0; column < kColumns; ++column) {
      auto word = load_le<std::uint32_t>(page.data() + (row * kColumns + column) * sizeof(std::uint32_t));
      if (row == 0 && column == kChecksumColumn) word &= kWithoutChecksum;
      mix(hashes[column], word);
    }
  }
  for (std::uint32_t& hash : hashes) {
    mix(hash, 0);
    mix(hash, 0);
  }
  const std::uint32_t all = std::accumulate(hashes.begin(), hashes.end(), block, std::bit_xor<>());
  return static_cast<std::uint16_t>(all % 65535 + 1);
}

bool has_right_checksum(PageBytes page, BlockNumber block) {
  const bool unused = load_le<std::uint16_t>(page.data() + kUpperAt) == 0;
  return unused || load_le<std::uint16_t>(page.data() + kChecksumAt) == page_checksum(page, block);
}

}  // namespace walkit
