#include "segments/page_probe.h"

#include <algorithm>
#include <array>

#include "walreader/bytes.h"
#include "walreader/segment_name.h"

namespace walkit {
namespace {

constexpr std::size_t kSegmentSizeOffset = 32;  // of xlp_seg_size in a long header

// XLOG_PAGE_MAGIC has been 0xD0.. or 0xD1.. in every release since 8.0.
bool looks_like_magic(std::uint16_t magic) { return magic >> 8 == 0xD0 || magic >> 8 == 0xD1; }

bool all_zero(ByteSpan bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

ProbeVerdict judge(const PageProbe& probe, ByteSpan first_bytes) {
  const PageHeader& page = probe.page;
  if (first_bytes.empty()) return ProbeVerdict::empty_file;
  if (all_zero(first_bytes)) return ProbeVerdict::zeros;
  if (first_bytes.size() < kShortPageHeaderSize) return ProbeVerdict::short_file;
  if (!probe.format) {
    if (is_byte_swapped_magic(page.magic)) return ProbeVerdict::other_byte_order;
    return looks_like_magic(page.magic) ? ProbeVerdict::unsupported_major : ProbeVerdict::not_wal;
  }
  if (!page.long_header()) return ProbeVerdict::not_segment_start;
  if (first_bytes.size() < kLongPageHeaderSize) return ProbeVerdict::short_file;
  if (!valid_segment_size(page.segment_size_bytes)) return ProbeVerdict::bad_segment_size;
  if (!valid_block_size(page.block_size_bytes)) return ProbeVerdict::bad_block_size;
  return ProbeVerdict::wal;
}

}  // namespace

PageProbe probe_page(ByteSpan first_bytes) {
  PageProbe probe;
  probe.bytes_read = first_bytes.size();
  if (first_bytes.size() >= kShortPageHeaderSize) probe.page = parse_page_header(first_bytes);
  // pg_waldump takes the segment size from its place whatever else the page says, and so do its messages.
  if (first_bytes.size() >= kLongPageHeaderSize)
    probe.page.segment_size_bytes = load_le<std::uint32_t>(first_bytes.data() + kSegmentSizeOffset);
  probe.format = find_format(probe.page.magic);
  probe.verdict = judge(probe, first_bytes);
  return probe;
}

std::expected<PageProbe, FileError> probe_file(SegmentFile& file) {
  std::array<std::byte, kProbeSize> page;
  const auto got = file.read_at(0, page);
  if (!got) return std::unexpected(got.error());
  return probe_page(ByteSpan(page).first(*got));
}

}  // namespace walkit
