// Inputs of the reader's fuzzer: a small header that says how to read what follows, then WAL.
//
// A mutated record fails its checksum, so a fuzzer that knows nothing of WAL never gets past it. Hence inputs
// may ask to be repaired: pages get their magic, address and sizes, records their prev-link, checksum and
// continuation headers. What the mutator did to lengths, flags, ids, block headers and payloads stays.
#pragma once

#include "tests/support/byte_writer.h"
#include "tests/support/read_all.h"

namespace walkit::fuzz {

/// The header, as stored: one byte each, then the seed.
struct WalInputHeader {
  std::uint8_t major_index = 0;      ///< modulo the number of majors
  std::uint8_t block_size_log2 = 0;  ///< 10 + modulo 7
  std::uint8_t options = 0;          ///< see below
  std::uint8_t pages_before = 0;     ///< with kAcrossSegments: pages before the segment's end
  std::uint32_t seed = 0;            ///< of the sizes of chunks
};
inline constexpr std::size_t kWalInputHeaderSize = 8;
inline constexpr std::uint8_t kRepair = 1;          ///< repair pages and records
inline constexpr std::uint8_t kAcrossSegments = 2;  ///< the WAL begins near a segment's end
inline constexpr std::uint8_t kKeepTimelines = 4;   ///< repairing leaves the pages' timelines alone

test::Bytes store_wal_input(const WalInputHeader& header, ByteSpan wal);

/// An input taken apart and repaired if it asks for that.
struct WalInput {
  test::Bytes bytes;
  test::WalInMemory wal;
  std::uint32_t seed = 0;
};
WalInput parse_wal_input(ByteSpan input);

/// Where WAL of such a header begins.
Lsn start_of(const WalInputHeader& header, const Geometry& geometry);

}  // namespace walkit::fuzz
