// What a file's first page says about it: is it WAL, whose, and from where in the log?
#pragma once

#include <cstdint>
#include <expected>

#include "segments/file_error.h"
#include "segments/segment_file.h"
#include "walreader/page.h"
#include "walreader/version.h"

namespace walkit {

enum class ProbeVerdict : std::uint8_t {
  wal,  ///< a segment's first page of a supported major
  empty_file,
  short_file,         ///< less than a page's header
  zeros,              ///< a segment that was allocated and never written
  other_byte_order,   ///< WAL of a big-endian server
  unsupported_major,  ///< a magic number of PostgreSQL's kind, of no major walkit reads
  not_wal,
  not_segment_start,  ///< WAL, but a page from the middle of a segment, which does not state its sizes
  bad_segment_size,
  bad_block_size,
};

/// The page's fields and what to think of them. Fields that the file is too short for are zero; the rest is
/// as stored, whatever the verdict.
struct PageProbe {
  ProbeVerdict verdict = ProbeVerdict::empty_file;
  std::size_t bytes_read = 0;         ///< at most kProbeSize
  const WalFormat* format = nullptr;  ///< nullptr if the major is not supported
  PageHeader page;

  Geometry geometry() const { return {page.segment_size_bytes, page.block_size_bytes}; }
};

/// How much of a file is read: what pg_waldump reads to learn the segment size.
inline constexpr std::size_t kProbeSize = 8192;

PageProbe probe_page(ByteSpan first_bytes);
std::expected<PageProbe, FileError> probe_file(SegmentFile& file);

}  // namespace walkit
