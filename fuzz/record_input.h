// Inputs of the fuzzer of descriptions: a record of any type, its pieces given one by one so that mutations
// reach the describe functions instead of breaking the record's own headers.
#pragma once

#include "tests/support/record_builder.h"

namespace walkit::fuzz {

/// The header, as stored: one byte each.
struct RecordInputHeader {
  std::uint8_t major_index = 0;  ///< modulo the number of majors
  std::uint8_t rmid = 0;
  std::uint8_t info = 0;
  std::uint8_t options = 0;  ///< see below
};
inline constexpr std::uint8_t kRawBody = 1;     ///< everything after the record header as it is
inline constexpr std::uint8_t kWithOrigin = 2;  ///< a replication origin and a top-level xid

/// A record as an input: each block's flags, data length and data, then the main data.
test::Bytes store_record_input(const RecordInputHeader& header, const test::RecordParts& parts);

/// An input taken apart: the record's bytes, its checksum not set.
struct RecordInput {
  Major major = kOldestMajor;
  test::Bytes record;
};
RecordInput parse_record_input(ByteSpan input);

}  // namespace walkit::fuzz
