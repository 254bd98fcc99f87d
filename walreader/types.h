// The words every part of walkit shares: log positions, timelines, segments, relations.
//
// All of them are plain values: copying is cheap, nothing owns anything, any thread may use them.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>

namespace walkit {

/// Borrowed bytes. Whoever hands one out says how long it stays valid.
using ByteSpan = std::span<const std::byte>;

/// A position in the log, in bytes since the cluster's beginning. Zero is "no position".
struct Lsn {
  std::uint64_t value = 0;

  constexpr auto operator<=>(const Lsn&) const = default;
  constexpr bool valid() const { return value != 0; }
  constexpr std::uint32_t high() const { return static_cast<std::uint32_t>(value >> 32); }
  constexpr std::uint32_t low() const { return static_cast<std::uint32_t>(value); }
};

constexpr Lsn operator+(Lsn lsn, std::uint64_t bytes) { return Lsn{lsn.value + bytes}; }
constexpr Lsn operator-(Lsn lsn, std::uint64_t bytes) { return Lsn{lsn.value - bytes}; }
constexpr std::uint64_t operator-(Lsn end, Lsn begin) { return end.value - begin.value; }

/// A line of history of a cluster; each promotion begins a new one with a higher number.
struct TimelineId {
  std::uint32_t value = 0;
  constexpr auto operator<=>(const TimelineId&) const = default;
};

/// The ordinal of a segment file: LSN divided by the segment size.
struct SegmentNo {
  std::uint64_t value = 0;
  constexpr auto operator<=>(const SegmentNo&) const = default;
};

using Xid = std::uint32_t;
using Oid = std::uint32_t;
using BlockNumber = std::uint32_t;

/// PostgreSQL's RelFileLocator (RelFileNode until 15): which file a relation lives in.
struct RelFileLocator {
  Oid tablespace = 0;
  Oid database = 0;
  Oid relation = 0;
  constexpr auto operator<=>(const RelFileLocator&) const = default;
};

/// `storage` forks of a relation as numbered in block references (common/relpath.h).
enum class Fork : std::uint8_t { main = 0, fsm = 1, vm = 2, init = 3 };

/// Microseconds since 2000-01-01 00:00:00 UTC, as PostgreSQL's TimestampTz stores them.
struct PgTime {
  std::int64_t microseconds = 0;
  constexpr auto operator<=>(const PgTime&) const = default;
};

/// Sizes that a stream states about itself in the long header of each segment's first page.
struct Geometry {
  std::uint32_t segment_size_bytes = 0;
  std::uint32_t block_size_bytes = 0;

  constexpr std::uint32_t offset_in_segment(Lsn lsn) const {
    return static_cast<std::uint32_t>(lsn.value & (segment_size_bytes - 1));
  }
  constexpr std::uint32_t offset_in_page(Lsn lsn) const {
    return static_cast<std::uint32_t>(lsn.value & (block_size_bytes - 1));
  }
  constexpr Lsn page_of(Lsn lsn) const { return lsn - offset_in_page(lsn); }
  constexpr Lsn segment_start(SegmentNo no) const { return Lsn{no.value * segment_size_bytes}; }
  constexpr SegmentNo segment_of(Lsn lsn) const { return SegmentNo{lsn.value / segment_size_bytes}; }
};

}  // namespace walkit
