#include "tests/support/record_builder.h"

#include "walreader/crc32c.h"

namespace walkit::test {
namespace {

constexpr std::uint8_t kHasImage = 0x10;
constexpr std::uint8_t kHasData = 0x20;
constexpr std::uint8_t kWillInit = 0x40;
constexpr std::uint8_t kSameRelation = 0x80;

std::uint8_t image_info(const StoredImage& image, const ImageBits& bits) {
  const std::uint8_t method[] = {0, bits.pglz, bits.lz4, bits.zstd};
  return static_cast<std::uint8_t>((image.has_hole ? bits.has_hole : 0) | (image.apply ? bits.apply : 0) |
                                   method[static_cast<std::size_t>(image.compression)]);
}

void put_block_header(ByteWriter& out, const Block& block, Major major) {
  out.u8(block.id);
  out.u8(static_cast<unsigned>(block.fork) | (block.image ? kHasImage : 0) |
         (block.data.empty() ? 0 : kHasData) | (block.will_init ? kWillInit : 0) |
         (block.relation ? 0 : kSameRelation));
  out.u16(block.data.size());
  if (block.image) {
    out.u16(block.image->payload.size()).u16(block.image->hole_offset);
    out.u8(image_info(*block.image, format_of(major).image_bits));
    if (block.image->has_hole && block.image->compression != Compression::none)
      out.u16(block.image->hole_length);
  }
  if (block.relation)
    out.u32(block.relation->tablespace).u32(block.relation->database).u32(block.relation->relation);
  out.u32(block.block);
}

}  // namespace

Bytes record_bytes(const RecordParts& parts, Major major) {
  ByteWriter headers;
  ByteWriter payload;
  for (const Block& block : parts.blocks) {
    put_block_header(headers, block, major);
    if (block.image) payload.bytes(block.image->payload);
    payload.bytes(block.data);
  }
  if (parts.origin) headers.u8(253).u16(*parts.origin);
  if (parts.toplevel_xid) headers.u8(252).u32(*parts.toplevel_xid);
  if (parts.main_data.size() > 255)
    headers.u8(254).u32(parts.main_data.size());
  else if (!parts.main_data.empty())
    headers.u8(255).u8(parts.main_data.size());
  payload.bytes(parts.main_data);
  Bytes record = raw_record(parts.rmid, parts.info, headers.get(), payload.get());
  store_le(record, 4, parts.xid);
  return record;
}

Bytes raw_record(std::uint8_t rmid, std::uint8_t info, ByteSpan headers, ByteSpan payload) {
  ByteWriter out;
  out.u32(kRecordHeaderSize + headers.size() + payload.size()).u32(0).u64(0).u8(info).u8(rmid).zeros(6);
  return out.bytes(headers).bytes(payload).take();
}

void seal_record(std::span<std::byte> record, Lsn prev) {
  store_le(record, 8, prev.value);
  Crc32c crc;
  crc.update(record.subspan(kRecordHeaderSize));
  crc.update(record.first(20));
  store_le(record, 20, crc.value());
}

Bytes noop_record(std::size_t size, std::uint8_t fill) {
  return record_bytes(
      {.rmid = kXlogRmgrId, .info = kXlogNoop, .main_data = Bytes(size, static_cast<std::byte>(fill))});
}

RecordParts logical_message(std::string_view prefix, ByteSpan message, bool transactional) {
  ByteWriter data;
  data.u32(5).u8(transactional).zeros(3).u64(prefix.size() + 1).u64(message.size());
  data.text(prefix).u8(0).bytes(message);
  return {.rmid = kLogicalMessageRmgrId, .main_data = data.take()};
}

}  // namespace walkit::test
