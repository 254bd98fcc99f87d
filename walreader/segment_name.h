// File names of WAL: segments, partial segments, timeline histories, backup histories.
//
// Format: access/xlog_internal.h of PostgreSQL. A segment's name is three numbers of eight upper-case
// hexadecimal digits: timeline, the upper half of its LSN, and the segment's ordinal in those 4 GiB. How
// many segments 4 GiB hold depends on the segment size, so the name alone does not give an LSN. Every segment
// size given here must satisfy valid_segment_size().
#pragma once

#include <bit>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "walreader/types.h"

namespace walkit {

inline constexpr std::size_t kSegmentNameLength = 24;
inline constexpr std::string_view kPartialSuffix = ".partial";
inline constexpr std::uint32_t kMinSegmentSize = std::uint32_t{1} << 20;
inline constexpr std::uint32_t kMaxSegmentSize = std::uint32_t{1} << 30;

/// A segment size that initdb can choose: a power of two from 1 MiB to 1 GiB.
constexpr bool valid_segment_size(std::uint32_t bytes) {
  return std::has_single_bit(bytes) && bytes >= kMinSegmentSize && bytes <= kMaxSegmentSize;
}

/// The three numbers of a segment's name; they order as the names do.
struct SegmentName {
  TimelineId timeline;
  std::uint32_t log = 0;      ///< upper half of the LSN
  std::uint32_t segment = 0;  ///< ordinal in the 4 GiB that share it

  constexpr auto operator<=>(const SegmentName&) const = default;

  /// As PostgreSQL computes it: an ordinal too large for the segment size is not refused, see fits().
  SegmentNo number(std::uint32_t segment_size_bytes) const;
  /// Whether a server with this segment size gives such a name to a file.
  bool fits(std::uint32_t segment_size_bytes) const;
};

enum class WalFileKind : std::uint8_t { segment, partial, history, backup_history };

/// What a file's name says. Only the timeline is meaningful for a timeline history.
struct WalFileName {
  WalFileKind kind = WalFileKind::segment;
  SegmentName segment;
  std::uint32_t backup_offset = 0;  ///< backup_history: offset of the backup's start in the segment
};

/// Exactly 24 digits of 0-9A-F, as PostgreSQL's IsXLogFileName; nullopt for anything else.
std::optional<SegmentName> parse_segment_name(std::string_view name);

/// Any of the four kinds; nullopt if the name is none of WAL. Lower-case digits are not accepted.
std::optional<WalFileName> parse_wal_file_name(std::string_view name);

std::string format_segment_name(const SegmentName& name);
std::string segment_name(TimelineId timeline, SegmentNo number, std::uint32_t segment_size_bytes);
std::string history_name(TimelineId timeline);
/// Of the backup that started at `start`.
std::string backup_history_name(TimelineId timeline, Lsn start, std::uint32_t segment_size_bytes);

}  // namespace walkit
