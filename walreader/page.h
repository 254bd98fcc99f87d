// Headers of WAL pages (access/xlog_internal.h: XLogPageHeaderData, XLogLongPageHeaderData).
#pragma once

#include <cstdint>

#include "walreader/types.h"
#include "walreader/version.h"

namespace walkit {

inline constexpr std::size_t kShortPageHeaderSize = 24;
inline constexpr std::size_t kLongPageHeaderSize = 40;

/// Bits of xlp_info, PostgreSQL 13 to 18.
inline constexpr std::uint16_t kFirstIsContrecord = 0x0001;
inline constexpr std::uint16_t kLongHeader = 0x0002;
inline constexpr std::uint16_t kFirstIsOverwriteContrecord = 0x0008;
inline constexpr std::uint16_t kAllPageFlags = 0x000F;

/// A page header's fields. The last three are zero unless long_header().
struct PageHeader {
  std::uint16_t magic = 0;
  std::uint16_t info = 0;
  TimelineId timeline;
  Lsn address;
  std::uint32_t remaining_length = 0;  ///< of the record continued from the page before, this page included
  std::uint64_t system_identifier = 0;
  std::uint32_t segment_size_bytes = 0;
  std::uint32_t block_size_bytes = 0;

  bool long_header() const { return info & kLongHeader; }
  bool continues_record() const { return info & kFirstIsContrecord; }
  bool overwrites_contrecord() const { return info & kFirstIsOverwriteContrecord; }
  std::size_t size() const { return long_header() ? kLongPageHeaderSize : kShortPageHeaderSize; }
};

/// Parses a header. `bytes` hold at least kShortPageHeaderSize, and kLongPageHeaderSize if the info bits say
/// so; long fields that are not there read as zero. Nothing is validated.
PageHeader parse_page_header(ByteSpan bytes);

/// A magic number that would be known if its two bytes were swapped: WAL of a big-endian server.
bool is_byte_swapped_magic(std::uint16_t magic);

/// A WAL block size that a build can have: a power of two from 1 KiB to 64 KiB.
bool valid_block_size(std::uint32_t bytes);

}  // namespace walkit
