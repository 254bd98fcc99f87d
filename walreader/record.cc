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

// The cross-checks of xlogreader.c, DecodeXLogRecord, in its order. The last one prints the block data's
// length where its text says image length; so do the real programs.
BodyError check_image(const ImageRef& image, std::uint16_t data_length) {
  const bool compressed = image.compression != Compression::none;
  if (image.has_hole &&
      (image.hole_offset == 0 || image.hole_length == 0 || image.stored_length == kRelationBlockSize))
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
        at_(area.data() + kRecordHeaderSize),
        end_(area.data() + area.size()),
        beyond_area_(record.total_length_ - area.size()) {}

  /// False: error() tells.
  bool run() {
    // The headers end where the payload they announced fills what is left of the record.
    while (left() > payload_) {
      if (!has(1)) return false;
      const auto id = take<std::uint8_t>();
      if (id <= kMaxBlockId) {
        if (!block(id)) return false;
      } else if (id == kIdMainDataShort || id == kIdMainDataLong) {
        if (!main_data(id == kIdMainDataShort)) return false;
        break;
      } else if (!extra(id)) {
        return false;
      }
    }
    if (left() != payload_) return fail(BodyFault::invalid_length);
    record_.block_count_ = static_cast<std::size_t>(next_ - record_.blocks_.data());
    record_.payload_offset_ = static_cast<std::uint32_t>(record_.total_length_ - payload_);
    return true;
  }

  const BodyError& error() const { return error_; }

 private:
  bool fail(BodyFault fault, std::uint32_t a = 0) {
    error_ = {.fault = fault, .a = a};
    return false;
  }

  bool has(std::size_t bytes) {
    return static_cast<std::size_t>(end_ - at_) >= bytes || fail(BodyFault::invalid_length);
  }

  template <std::integral T>
  T take() {
    const T value = load_le<T>(at_);
    at_ += sizeof(T);
    return value;
  }

  // What is left of the record after the headers read so far.
  std::uint64_t left() const { return static_cast<std::uint64_t>(end_ - at_) + beyond_area_; }

  bool main_data(bool is_short) {
    if (!has(is_short ? 1 : 4)) return false;
    record_.main_length_ = is_short ? take<std::uint8_t>() : take<std::uint32_t>();
    payload_ += record_.main_length_;
    return true;
  }

  bool extra(std::uint8_t id) {
    if (id == kIdOrigin) {
      if (!has(2)) return false;
      record_.origin_ = take<std::uint16_t>();
    } else if (id == kIdToplevelXid && record_.format_->toplevel_xid) {
      if (!has(4)) return false;
      record_.toplevel_xid_ = take<std::uint32_t>();
    } else {
      return fail(BodyFault::invalid_block_id, id);
    }
    return true;
  }

  bool block(std::uint8_t id) {
    BlockRef& ref = *next_;
    const bool is_first = next_ == record_.blocks_.data();
    if (!is_first && id <= next_[-1].id) return fail(BodyFault::out_of_order_block_id, id);
    if (!has(3)) return false;
    const auto flags = take<std::uint8_t>();
    ref.id = id;
    ref.fork = static_cast<Fork>(flags & kForkMask);
    ref.has_image = flags & kHasImage;
    ref.has_data = flags & kHasData;
    ref.will_init = flags & kWillInit;
    ref.data_length = take<std::uint16_t>();
    if (ref.has_data && ref.data_length == 0) return fail(BodyFault::data_flag_without_data);
    if (!ref.has_data && ref.data_length != 0)
      return fail(BodyFault::data_without_data_flag, ref.data_length);
    if (ref.has_image && !image(ref)) return false;
    ref.data_offset = static_cast<std::uint32_t>(payload_);
    payload_ += ref.data_length;
    if (flags & kSameRelation) {
      if (is_first) return fail(BodyFault::same_rel_without_rel);
      ref.relation = next_[-1].relation;
    } else {
      if (!has(12)) return false;
      ref.relation = {.tablespace = take<Oid>(), .database = take<Oid>(), .relation = take<Oid>()};
    }
    if (!has(4)) return false;
    ref.block = take<BlockNumber>();
    ++next_;
    return true;
  }

  bool image(BlockRef& ref) {
    const ImageBits& bits = record_.format_->image_bits;
    ImageRef& image = ref.image;
    if (!has(5)) return false;
    image.stored_length = take<std::uint16_t>();
    image.hole_offset = take<std::uint16_t>();
    const auto info = take<std::uint8_t>();
    image.apply = info & bits.apply;
    image.has_hole = info & bits.has_hole;
    image.compression = compression_of(info, bits);
    if (image.compression == Compression::none) {
      image.hole_length = static_cast<std::uint16_t>(kRelationBlockSize - image.stored_length);
    } else {
      if (image.has_hole && !has(2)) return false;
      image.hole_length = image.has_hole ? take<std::uint16_t>() : std::uint16_t{0};
    }
    image.offset = static_cast<std::uint32_t>(payload_);
    payload_ += image.stored_length;
    record_.image_bytes_ += image.stored_length;
    error_ = check_image(image, ref.data_length);
    return error_.fault == BodyFault::none;
  }

  Record& record_;
  BlockRef* next_ = record_.blocks_.data();
  const std::byte* at_;
  const std::byte* const end_;
  const std::uint64_t beyond_area_;  // bytes of the record after `area`
  std::uint64_t payload_ = 0;        // bytes announced so far
  BodyError error_;
};

BodyError Record::decode(std::span<const ByteSpan> fragments, Lsn lsn, Lsn end, TimelineId timeline,
                         const WalFormat& format) {
  lsn_ = lsn;
  end_ = end;
  timeline_ = timeline;
  format_ = &format;
  fragments_ = fragments;

  // The headers are parsed in place if the first fragment must hold all of them, else from a copy. No writer
  // makes them longer than kMaxHeaderArea; what lies beyond is not looked at in either case.
  ByteSpan area = fragments.empty() ? ByteSpan{} : fragments.front();
  std::size_t total = area.size();
  if (fragments.size() > 1) {
    for (const ByteSpan& fragment : fragments.subspan(1)) total += fragment.size();
    if (area.size() < kMaxHeaderArea) {
      const std::size_t size = std::min(total, kMaxHeaderArea);
      copy_out(0, size, header_area_.data());
      area = ByteSpan(header_area_.data(), size);
    }
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
  HeaderParser parser(*this, area);
  return parser.run() ? BodyError{} : parser.error();
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
  if (!fragments_.empty() && offset + size <= fragments_.front().size())
    return fragments_.front().subspan(offset, size);
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
  return bytes_at(payload_offset_ + block.data_offset, block.data_length, data_scratch_);
}

ByteSpan Record::image(const BlockRef& block) const {
  return block.has_image
             ? bytes_at(payload_offset_ + block.image.offset, block.image.stored_length, image_scratch_)
             : ByteSpan{};
}

}  // namespace walkit
