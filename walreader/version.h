// The majors walkit reads, one row each. A stream's major comes from the magic number of its pages
// (access/xlog_internal.h, XLOG_PAGE_MAGIC), never from a flag.
#pragma once

#include <cstdint>
#include <string_view>

namespace walkit {

/// A PostgreSQL major version. `open` ends the span of a table row that still holds in the newest major.
enum class Major : std::uint8_t {
  pg13 = 13,
  pg14 = 14,
  pg15 = 15,
  pg16 = 16,
  pg17 = 17,
  pg18 = 18,
  open = 255,
};

inline constexpr Major kOldestMajor = Major::pg13;
inline constexpr Major kNewestMajor = Major::pg18;
inline constexpr int kMajorCount = 1 + static_cast<int>(kNewestMajor) - static_cast<int>(kOldestMajor);

/// Position of a major in tables that have one column for each supported major.
constexpr int index_of(Major major) { return static_cast<int>(major) - static_cast<int>(kOldestMajor); }

/// The bits of an image header's bimg_info byte (access/xlogrecord.h); 15 renumbered them.
struct ImageBits {
  std::uint8_t has_hole;
  std::uint8_t apply;
  std::uint8_t pglz;
  std::uint8_t lz4;   ///< 0 where the major has no such method
  std::uint8_t zstd;  ///< 0 where the major has no such method
};

/// What differs between the majors in pages and record headers. Rows have static storage.
struct WalFormat {
  Major major;
  std::uint16_t magic;            ///< xlp_magic of every page
  std::uint32_t catalog_version;  ///< CATALOG_VERSION_NO, part of tablespace paths
  std::uint8_t max_builtin_rmgr;  ///< RM_MAX_BUILTIN_ID
  bool custom_rmgrs;              ///< ids 128 to 255 are valid (15+)
  bool toplevel_xid;              ///< block id 252 is valid (14+)
  ImageBits image_bits;
  bool body_errors_name_previous;  ///< messages of DecodeXLogRecord name the record before the failing one
  std::string_view newest_minor;   ///< the release whose wording walkit speaks
};

/// The row whose pages carry `magic`, or nullptr if walkit does not know it.
const WalFormat* find_format(std::uint16_t magic);

/// The row of a supported major.
const WalFormat& format_of(Major major);

}  // namespace walkit
