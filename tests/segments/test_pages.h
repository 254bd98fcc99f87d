// Segments for tests of sources: a real page header, then a pattern.
#pragma once

#include <cstring>

#include "tests/segments/test_files.h"
#include "walreader/page.h"

namespace walkit {

inline constexpr std::uint32_t kSegmentSize = 1U << 20;
inline constexpr Geometry kGeometry{kSegmentSize, 8192};

template <typename T>
void put(Bytes& bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

/// A segment of 1 MiB whose first page has a long header of PostgreSQL 17.
inline Bytes make_segment(TimelineId timeline, SegmentNo number) {
  Bytes bytes = pattern(kSegmentSize, static_cast<std::uint32_t>(timeline.value * 1000 + number.value));
  std::memset(bytes.data(), 0, kLongPageHeaderSize);
  put<std::uint16_t>(bytes, 0, 0xD116);
  put<std::uint16_t>(bytes, 2, kLongHeader);
  put<std::uint32_t>(bytes, 4, timeline.value);
  put<std::uint64_t>(bytes, 8, number.value * kSegmentSize);
  put<std::uint64_t>(bytes, 24, 7'000'000'000'000'000'001U);
  put<std::uint32_t>(bytes, 32, kSegmentSize);
  put<std::uint32_t>(bytes, 36, 8192);
  return bytes;
}

}  // namespace walkit
