#include "walreader/page.h"

#include <bit>

#include "walreader/bytes.h"

namespace walkit {

PageHeader parse_page_header(ByteSpan bytes) {
  Cursor in(bytes);
  PageHeader header;
  header.magic = in.u16();
  header.info = in.u16();
  header.timeline = TimelineId{in.u32()};
  header.address = Lsn{in.u64()};
  header.remaining_length = in.u32();
  if (header.long_header()) {
    in.skip(4);  // alignment of the long header's 64-bit member
    header.system_identifier = in.u64();
    header.segment_size_bytes = in.u32();
    header.block_size_bytes = in.u32();
  }
  return header;
}

bool is_byte_swapped_magic(std::uint16_t magic) {
  return find_format(static_cast<std::uint16_t>(magic << 8 | magic >> 8)) != nullptr;
}

bool valid_block_size(std::uint32_t bytes) {
  return std::has_single_bit(bytes) && bytes >= (1U << 10) && bytes <= (1U << 16);
}

}  // namespace walkit
