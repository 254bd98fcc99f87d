#include "fuzz/feed_input.h"

#include <algorithm>

#include "walreader/bytes.h"

namespace walkit::fuzz {
namespace {

// The flags of a block in an input: its fork, and
constexpr std::uint8_t kForkMask = 0x03;
constexpr std::uint8_t kWithImage = 0x10;
constexpr std::uint8_t kApplyImage = 0x20;
constexpr std::uint8_t kWillInit = 0x40;
// The options of a record.
constexpr std::uint8_t kOfSubtransaction = 0x01;
constexpr std::uint8_t kWithOrigin = 0x02;

constexpr std::size_t kMaxBlocks = 4;
constexpr std::size_t kMaxRecords = 64;
constexpr Xid kTop = kFuzzXids[0];

test::Bytes take_counted(Cursor& in) {
  const std::size_t size = std::min<std::size_t>(in.u16(), in.remaining());
  const ByteSpan bytes = in.bytes(size);
  return {bytes.begin(), bytes.end()};
}

test::StoredImage parse_image(Cursor& in, bool apply) {
  test::StoredImage image{.payload = {}, .has_hole = true, .apply = apply};
  image.hole_offset = in.u16();
  image.payload = take_counted(in);
  // What is not in it is the hole.
  image.hole_length = static_cast<std::uint16_t>(
      kRelationBlockSize - std::min<std::size_t>(image.payload.size(), kRelationBlockSize));
  image.has_hole = image.hole_length > 0;
  return image;
}

test::Block parse_block(std::uint8_t id, Cursor& in) {
  const std::uint8_t flags = in.u8();
  test::Block block{.id = id, .fork = static_cast<Fork>(flags & kForkMask)};
  block.relation = kFuzzRelations[in.u8() % std::size(kFuzzRelations)];
  block.block = in.u8();
  block.will_init = flags & kWillInit;
  if (flags & kWithImage) block.image = parse_image(in, flags & kApplyImage);
  block.data = take_counted(in);
  return block;
}

test::RecordParts parse_record(ByteSpan bytes) {
  Cursor in(bytes);
  test::RecordParts parts{.rmid = in.u8(), .info = in.u8()};
  parts.xid = kFuzzXids[in.u8() % std::size(kFuzzXids)];
  const std::uint8_t options = in.u8();
  if (options & kOfSubtransaction) parts.toplevel_xid = kTop;
  if (options & kWithOrigin) parts.origin = 1;
  const std::size_t blocks = std::min<std::size_t>(in.u8(), kMaxBlocks);
  for (std::size_t id = 0; id < blocks; ++id)
    parts.blocks.push_back(parse_block(static_cast<std::uint8_t>(id), in));
  parts.main_data.assign(in.rest().begin(), in.rest().end());
  return parts;
}

template <class Table, class Value>
std::uint64_t index_in(const Table& table, const Value& value) {
  const auto found = std::ranges::find(table, value);
  return static_cast<std::uint64_t>((found == std::end(table) ? std::end(table) - 1 : found) -
                                    std::begin(table));
}

void store_block(test::ByteWriter& out, const test::Block& block) {
  const unsigned image = block.image ? kWithImage | (block.image->apply ? kApplyImage : 0u) : 0u;
  out.u8(static_cast<unsigned>(block.fork) | image | (block.will_init ? kWillInit : 0u));
  out.u8(index_in(kFuzzRelations, *block.relation)).u8(block.block);
  if (block.image)
    out.u16(block.image->hole_offset).u16(block.image->payload.size()).bytes(block.image->payload);
  out.u16(block.data.size()).bytes(block.data);
}

test::Bytes store_record(const test::RecordParts& parts) {
  test::ByteWriter out;
  out.u8(parts.rmid).u8(parts.info).u8(index_in(kFuzzXids, parts.xid));
  out.u8((parts.toplevel_xid ? kOfSubtransaction : 0u) | (parts.origin ? kWithOrigin : 0u));
  out.u8(parts.blocks.size());
  for (const test::Block& block : parts.blocks) store_block(out, block);
  return out.bytes(parts.main_data).take();
}

}  // namespace

test::Bytes store_feed_input(const FeedInput& input) {
  test::ByteWriter out;
  out.u8(static_cast<std::uint64_t>(index_of(input.major))).u8(input.order.size());
  out.bytes(std::as_bytes(std::span(input.order)));
  for (const test::RecordParts& parts : input.records) {
    const test::Bytes record = store_record(parts);
    out.u16(record.size()).bytes(record);
  }
  return out.take();
}

FeedInput parse_feed_input(ByteSpan bytes) {
  Cursor in(bytes);
  FeedInput input;
  input.major = static_cast<Major>(static_cast<int>(kOldestMajor) + in.u8() % kMajorCount);
  const std::size_t plays = std::min<std::size_t>(in.u8(), in.remaining());
  for (const std::byte index : in.bytes(plays)) input.order.push_back(std::to_integer<std::uint8_t>(index));
  while (in.remaining() > 0 && input.records.size() < kMaxRecords)
    input.records.push_back(parse_record(take_counted(in)));
  return input;
}

}  // namespace walkit::fuzz
