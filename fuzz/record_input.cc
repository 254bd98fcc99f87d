#include "fuzz/record_input.h"

#include <algorithm>

#include "walreader/bytes.h"

namespace walkit::fuzz {
namespace {

// The flags of a block in an input: its fork, and
constexpr std::uint8_t kForkMask = 0x07;
constexpr std::uint8_t kWithImage = 0x10;
constexpr std::uint8_t kApplyImage = 0x20;
constexpr std::size_t kMaxBlocks = 6;

test::StoredImage small_image(bool apply) {
  return {.payload = {std::byte{0}}, .apply = apply, .compression = Compression::pglz};
}

test::RecordParts parse_parts(const RecordInputHeader& header, Cursor& in) {
  test::RecordParts parts{.rmid = header.rmid, .info = header.info, .xid = 7};
  const std::size_t count = std::min<std::size_t>(in.u8(), kMaxBlocks);
  for (std::size_t id = 0; id < count; ++id) {
    const std::uint8_t flags = in.u8();
    const std::size_t size = std::min<std::size_t>(in.u16(), in.remaining());
    const ByteSpan data = in.bytes(size);
    test::Block block{.id = static_cast<std::uint8_t>(id), .fork = static_cast<Fork>(flags & kForkMask)};
    block.data.assign(data.begin(), data.end());
    if (flags & kWithImage) block.image = small_image(flags & kApplyImage);
    parts.blocks.push_back(std::move(block));
  }
  if (header.options & kWithOrigin) {
    parts.origin = 1;
    parts.toplevel_xid = 9;
  }
  parts.main_data.assign(in.rest().begin(), in.rest().end());
  return parts;
}

}  // namespace

test::Bytes store_record_input(const RecordInputHeader& header, const test::RecordParts& parts) {
  test::ByteWriter out;
  out.u8(header.major_index).u8(header.rmid).u8(header.info).u8(header.options);
  out.u8(parts.blocks.size());
  for (const test::Block& block : parts.blocks) {
    const unsigned image = block.image ? kWithImage | (block.image->apply ? kApplyImage : 0u) : 0u;
    out.u8(static_cast<unsigned>(block.fork) | image).u16(block.data.size()).bytes(block.data);
  }
  return out.bytes(parts.main_data).take();
}

RecordInput parse_record_input(ByteSpan bytes) {
  Cursor in(bytes);
  RecordInputHeader header;
  header.major_index = in.u8();
  header.rmid = in.u8();
  header.info = in.u8();
  header.options = in.u8();
  RecordInput input;
  input.major = static_cast<Major>(static_cast<int>(kOldestMajor) + header.major_index % kMajorCount);
  if (header.options & kRawBody)
    input.record = test::raw_record(header.rmid, header.info, in.rest());
  else
    input.record = test::record_bytes(parse_parts(header, in), input.major);
  return input;
}

}  // namespace walkit::fuzz
