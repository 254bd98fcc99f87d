#include "walreader/record.h"

#include <algorithm>
#include <cstring>

#include "walreader/bytes.h"

namespace walkit {
namespace {

// Ids that are not block references (access/xlogrecord.h, XLR_BLOCK_ID_*).
constexpr std::uint8_t kIdMainDataShort = 255;
constexpr std::uint8_t kIdMainDataLong = 254;
constexpr std::uint8_t kIdOrigin = 253;
constexpr std::uint8_t kIdToplevelXid = 252;

// Bits of a block reference's fork_flags (BKPBLOCK_*).
constexpr std::uint8_t kForkMask = 0x0F;
constexpr std::uint8_t kHasImage = 0x10;
constexpr std::uint8_t kHasData = 0x20;
constexpr std::uint8_t kWillInit = 0x40;
constexpr std::uint8_t kSameRelation = 0x80;

Compression compression_of(std::uint8_t info, const ImageBits& bits) {
  if (info & bits.pglz) return Compression::pglz;
  if (info & bits.lz4) return Compression::lz4;
  if (info & bits.zstd) return Compression::zstd;
  return Compression::none;
}

// The cross-checks of xlogreader.c, DecodeXLogRecord, in its order. The last one prints the block data's length
// where its text says image length; so do the real programs.
BodyError check_image(const ImageRef& image, std::uint16_t data_length) {
  const bool compressed = image.compression != Compression::none;
  if (image.has_hole && (image.hole_offset == 0 || image.hole_length == 0 ||
                         image.stored_length == kRelationBlockSize))
    return {BodyFault::hole_fields_wrong, image.hole_offset, image.hole_length, image.stored_length};
  if (!image.has_hole && (image.hole_offset != 0 || image.hole_length != 0))
    return {BodyFault::hole_fields_without_flag, image.hole_offset, image.hole_length};
  if (compressed && image.stored_length == kRelationBlockSize)
    return {BodyFault::compressed_full_length, image.stored_length};
  if (!image.has_hole && !compressed && image.stored_length != kRelationBlockSize)
    return {BodyFault::plain_not_full_length, data_length};
  return {};
}

}  // namespace

// Walks the headers between the record header and the payloads.
class Record::HeaderParser {
 public:
  HeaderParser(Record& record, ByteSpan area)
      : record_(record),
        in_(area.subspan(kRecordHeaderSize)),
        beyond_area_(record.total_length_ - area.size()) {}

  BodyError run() {
    // The headers end where the payload they announced fills what is left of the record.
    while (left() > payload_) {
      const std::uint8_t id = in_.u8();
      if (!in_.ok()) return {BodyFault::invalid_length};
      if (id == kIdMainDataShort || id == kIdMainDataLong) {
        record_.main_length_ = id == kIdMainDataShort ? in_.u8() : in_.u32();
        payload_ += record_.main_length_;
        break;
      }
      if (const BodyError error = header(id); error.fault != BodyFault::none) return error;
    }
    if (!in_.ok() || left() != payload_) return {BodyFault::invalid_length};
    place_payloads();
    return {};
  }

 private:
  // What is left of the record after the headers read so far.
  std::uint64_t left() const { return in_.remaining() + beyond_area_; }

  BodyError header(std::uint8_t id) {
    if (id == kIdOrigin) {
      record_.origin_ = in_.u16();
    } else if (id == kIdToplevelXid && record_.format_->toplevel_xid) {
      record_.toplevel_xid_ = in_.u32();
    } else if (id <= kMaxBlockId) {
      return block(id);
    } else {
      return {BodyFault::invalid_block_id, id};
    }
    return in_.ok() ? BodyError{} : BodyError{BodyFault::invalid_length};
  }

  BodyError block(std::uint8_t id) {
    if (record_.block_count_ > 0 && id <= record_.blocks_[record_.block_count_ - 1].id)
      return {BodyFault::out_of_order_block_id, id};
    BlockRef& ref = record_.blocks_[record_.block_count_];
    const ByteSpan fixed = in_.bytes(3);
    if (!in_.ok()) return {BodyFault::invalid_length};
    const auto flags = static_cast<std::uint8_t>(fixed[0]);
    ref.id = id;
    ref.fork = static_cast<Fork>(flags & kForkMask);
    ref.has_image = flags & kHasImage;
    ref.has_data = flags & kHasData;
    ref.will_init = flags & kWillInit;
    ref.data_length = load_le<std::uint16_t>(&fixed[1]);
    if (ref.has_data && ref.data_length == 0) return {BodyFault::data_flag_without_data};
    if (!ref.has_data && ref.data_length != 0) return {BodyFault::data_without_data_flag, ref.data_length};
    payload_ += ref.data_length;
    if (ref.has_image) {
      if (const BodyError error = image(ref); error.fault != BodyFault::none) return error;
    }
    if (const BodyError error = relation(ref, flags & kSameRelation); error.fault != BodyFault::none)
      return error;
    ++record_.block_count_;
    return {};
  }

  BodyError image(BlockRef& ref) {
    const ImageBits& bits = record_.format_->image_bits;
    ImageRef& image = ref.image;
    image.stored_length = in_.u16();
    image.hole_offset = in_.u16();
    const std::uint8_t info = in_.u8();
    image.apply = info & bits.apply;
    image.has_hole = info & bits.has_hole;
    image.compression = compression_of(info, bits);
    if (image.compression == Compression::none)
      image.hole_length = static_cast<std::uint16_t>(kRelationBlockSize - image.stored_length);
    else
      image.hole_length = image.has_hole ? in_.u16() : std::uint16_t{0};
    if (!in_.ok()) return {BodyFault::invalid_length};
    payload_ += image.stored_length;
    record_.image_bytes_ += image.stored_length;
    return check_image(image, ref.data_length);
  }

  BodyError relation(BlockRef& ref, bool same_as_before) {
    if (!same_as_before) {
      const ByteSpan relation = in_.bytes(12);
      if (!in_.ok()) return {BodyFault::invalid_length};
      ref.relation = {.tablespace = load_le<Oid>(&relation[0]),
                      .database = load_le<Oid>(&relation[4]),
                      .relation = load_le<Oid>(&relation[8])};
    } else if (record_.block_count_ == 0) {
      return {BodyFault::same_rel_without_rel};
    } else {
      ref.relation = record_.blocks_[record_.block_count_ - 1].relation;
    }
    ref.block = in_.u32();
    return in_.ok() ? BodyError{} : BodyError{BodyFault::invalid_length};
  }

  void place_payloads() {
    auto offset = static_cast<std::uint32_t>(record_.total_length_ - payload_);
    for (std::size_t i = 0; i < record_.block_count_; ++i) {
      BlockRef& ref = record_.blocks_[i];
      if (ref.has_image) {
        ref.image.offset = offset;
        offset += ref.image.stored_length;
      }
      ref.data_offset = offset;
      offset += ref.data_length;
    }
  }

  Record& record_;
  Cursor in_;
  const std::uint64_t beyond_area_;  // bytes of the record after `area`
  std::uint64_t payload_ = 0;
};

BodyError Record::decode(std::span<const ByteSpan> fragments, Lsn lsn, Lsn end, TimelineId timeline,
                         const WalFormat& format) {
  lsn_ = lsn;
  end_ = end;
  timeline_ = timeline;
  format_ = &format;
  fragments_ = fragments;
  std::size_t total = 0;
  for (const ByteSpan& fragment : fragments) total += fragment.size();

  // The headers are parsed in place if the first fragment must hold all of them, else from a copy. No writer
  // makes them longer than kMaxHeaderArea; what lies beyond is not looked at in either case.
  ByteSpan area = fragments.empty() ? ByteSpan{} : fragments.front();
  if (fragments.size() > 1 && area.size() < kMaxHeaderArea) {
    const std::size_t size = std::min(total, kMaxHeaderArea);
    copy_out(0, size, header_area_.data());
    area = ByteSpan(header_area_.data(), size);
  }
  area = area.first(std::min(area.size(), kMaxHeaderArea));

  image_bytes_ = 0;
  main_length_ = 0;
  block_count_ = 0;
  origin_.reset();
  toplevel_xid_.reset();
  if (area.size() < kRecordHeaderSize) return {BodyFault::invalid_length};
  total_length_ = load_le<std::uint32_t>(&area[0]);
  xid_ = load_le<Xid>(&area[4]);
  prev_ = Lsn{load_le<std::uint64_t>(&area[8])};
  info_ = load_le<std::uint8_t>(&area[16]);
  rmid_ = load_le<std::uint8_t>(&area[17]);
  if (total_length_ != total) return {BodyFault::invalid_length};
  return HeaderParser(*this, area).run();
}

const BlockRef* Record::block(int id) const {
  for (const BlockRef& ref : blocks())
    if (ref.id == id) return &ref;
  return nullptr;
}

void Record::copy_out(std::size_t offset, std::size_t size, std::byte* out) const {
  for (const ByteSpan& fragment : fragments_) {
    if (size == 0) return;
    if (offset >= fragment.size()) {
      offset -= fragment.size();
      continue;
    }
    const std::size_t n = std::min(size, fragment.size() - offset);
    std::memcpy(out, fragment.data() + offset, n);
    out += n;
    size -= n;
    offset = 0;
  }
}

ByteSpan Record::bytes_at(std::size_t offset, std::size_t size, std::vector<std::byte>& scratch) const {
  std::size_t begin = 0;
  for (const ByteSpan& fragment : fragments_) {
    if (offset < begin + fragment.size()) {
      if (offset + size <= begin + fragment.size()) return fragment.subspan(offset - begin, size);
      break;
    }
    begin += fragment.size();
  }
  if (size == 0) return {};
  scratch.resize(size);
  copy_out(offset, size, scratch.data());
  return scratch;
}

ByteSpan Record::main_data() const {
  return bytes_at(total_length_ - main_length_, main_length_, main_scratch_);
}

ByteSpan Record::block_data(const BlockRef& block) const {
  return bytes_at(block.data_offset, block.data_length, data_scratch_);
}

ByteSpan Record::image(const BlockRef& block) const {
  return block.has_image ? bytes_at(block.image.offset, block.image.stored_length, image_scratch_) : ByteSpan{};
}

}  // namespace walkit
