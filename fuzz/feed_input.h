// Inputs of the fuzzer of the feed: records of a few relations, their pieces given one by one so that
// mutations reach what is in them, and the order in which they are read. So a byte is enough to drop, repeat
// or move a record.
#pragma once

#include <vector>

#include "tests/support/record_builder.h"

namespace walkit::fuzz {

inline constexpr Oid kFuzzTablespace = 1663;
inline constexpr Oid kFuzzDatabase = 5;
inline constexpr Oid kFuzzTable = 16384;
inline constexpr Oid kFuzzToast = 16390;
inline constexpr Oid kFuzzIndex = 16392;
inline constexpr Oid kFuzzTransient = 16394;  ///< what ALTER TABLE writes the table's rows to
inline constexpr Oid kFuzzUnknown = 16500;

/// The relations that records can be of; an input has the index of one.
inline constexpr RelFileLocator kFuzzRelations[] = {
    {kFuzzTablespace, kFuzzDatabase, kFuzzTable},  {kFuzzTablespace, kFuzzDatabase, kFuzzToast},
    {kFuzzTablespace, kFuzzDatabase, 1259},        {kFuzzTablespace, kFuzzDatabase, 1249},
    {kFuzzTablespace, kFuzzDatabase, 1247},        {kFuzzTablespace, kFuzzDatabase, 2615},
    {kFuzzTablespace, kFuzzDatabase, 3501},        {kFuzzTablespace, kFuzzDatabase, 2610},
    {kFuzzTablespace, kFuzzDatabase, 3541},        {1664, 0, 1262},
    {kFuzzTablespace, kFuzzDatabase, kFuzzIndex},  {kFuzzTablespace, kFuzzDatabase, kFuzzTransient},
    {kFuzzTablespace, kFuzzDatabase, kFuzzUnknown}};
inline constexpr Xid kFuzzXids[] = {771, 772, 773, 0};

/// Records of one server, and their order by their indexes.
struct FeedInput {
  Major major = kOldestMajor;
  std::vector<std::uint8_t> order;
  std::vector<test::RecordParts> records;
};

test::Bytes store_feed_input(const FeedInput& input);
/// Anything is an input.
FeedInput parse_feed_input(ByteSpan bytes);

}  // namespace walkit::fuzz
