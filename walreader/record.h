// One WAL record, checked and taken apart, as a view of the bytes it was read from.
//
// Format: access/xlogrecord.h of PostgreSQL 13 to 18. A record is a 24-byte header, headers of block
// references and of the main data, then the payloads in the same order: each block's image and data, last the
// main data.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "walreader/types.h"
#include "walreader/version.h"

namespace walkit {

inline constexpr std::size_t kRecordHeaderSize = 24;
inline constexpr int kMaxBlockId = 32;
/// BLCKSZ of the pages of relations. WAL does not say it; every packaged server is built with this one.
inline constexpr std::uint16_t kRelationBlockSize = 8192;
/// Upper bound of everything before the payloads, so that it fits a fixed buffer when it crosses a page.
inline constexpr std::size_t kMaxHeaderArea = 1024;

/// The low nibble of xl_info belongs to the record format, the high one to the resource manager.
inline constexpr std::uint8_t kRmgrInfoMask = 0xF0;

enum class Compression : std::uint8_t { none, pglz, lz4, zstd };

/// A full-page image as stored: its payload and the hole that was cut out of it.
struct ImageRef {
  std::uint16_t stored_length = 0;  ///< bytes in the record
  std::uint16_t hole_offset = 0;
  std::uint16_t hole_length = 0;
  bool apply = false;  ///< false: only for wal_consistency_checking
  bool has_hole = false;
  Compression compression = Compression::none;
  std::uint32_t offset = 0;  ///< within the record's payloads
};

/// A block that the record changes or depends on.
struct BlockRef {
  std::uint8_t id = 0;
  Fork fork = Fork::main;  ///< low nibble of fork_flags, unchecked: may be above Fork::init
  bool has_image = false;
  bool has_data = false;
  bool will_init = false;
  std::uint16_t data_length = 0;
  RelFileLocator relation;
  BlockNumber block = 0;
  std::uint32_t data_offset = 0;  ///< within the record's payloads
  ImageRef image;                 ///< meaningful if has_image
};

/// Why a record's headers contradict each other.
enum class BodyFault : std::uint8_t {
  none,
  out_of_order_block_id,
  invalid_block_id,
  data_flag_without_data,
  data_without_data_flag,
  hole_fields_wrong,
  hole_fields_without_flag,
  compressed_full_length,
  plain_not_full_length,
  same_rel_without_rel,
  invalid_length,
};
/// A fault and the numbers of its message, in the order of the message.
struct BodyError {
  BodyFault fault = BodyFault::none;
  std::uint32_t a = 0, b = 0, c = 0;
};

/// A decoded record. Not copyable, meant to be reused: after a few records no call allocates.
///
/// Every span it hands out points into the bytes given to decode() (which must outlive it) or into scratch
/// memory of the record; all are valid until the next decode(), those of block_data() and image() until the
/// same function is called for another block. One thread at a time.
class Record {
 public:
  Record() = default;
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;

  /// Takes a record apart. `fragments` hold it whole, in order (several where it crosses pages); its first
  /// kRecordHeaderSize bytes must announce exactly their total size. The CRC is the caller's business. The
  /// array of fragments must live as long as their bytes.
  [[nodiscard]] BodyError decode(std::span<const ByteSpan> fragments, Lsn lsn, Lsn end, TimelineId timeline,
                                 const WalFormat& format);

  Lsn lsn() const { return lsn_; }    ///< where it starts
  Lsn end() const { return end_; }    ///< where the next one is expected (xlogreader's EndRecPtr)
  Lsn prev() const { return prev_; }  ///< xl_prev
  TimelineId timeline() const { return timeline_; }  ///< of the page it starts on
  std::uint32_t total_length() const { return total_length_; }
  Xid xid() const { return xid_; }
  std::uint8_t info() const { return info_; }
  std::uint8_t rmgr_info() const { return info_ & kRmgrInfoMask; }
  std::uint8_t rmid() const { return rmid_; }
  const WalFormat& format() const { return *format_; }
  Major major() const { return format_->major; }

  std::span<const BlockRef> blocks() const { return {blocks_.data(), block_count_}; }
  const BlockRef* block(int id) const;                             ///< nullptr if there is none of that id
  std::optional<std::uint16_t> origin() const { return origin_; }  ///< replication origin, if stored
  std::optional<Xid> toplevel_xid() const { return toplevel_xid_; }

  std::uint32_t image_bytes() const { return image_bytes_; }  ///< sum of stored image lengths
  std::uint32_t length_without_images() const { return total_length_ - image_bytes_; }

  std::uint32_t main_data_length() const { return main_length_; }
  ByteSpan main_data() const;
  ByteSpan block_data(const BlockRef& block) const;
  /// The image's payload as stored; image.h restores it to a page.
  ByteSpan image(const BlockRef& block) const;

 private:
  class HeaderParser;
  void copy_out(std::size_t offset, std::size_t size, std::byte* out) const;
  ByteSpan bytes_at(std::size_t offset, std::size_t size, std::vector<std::byte>& scratch) const;

  Lsn lsn_, end_, prev_;
  TimelineId timeline_;
  const WalFormat* format_ = nullptr;
  std::uint32_t total_length_ = 0;
  Xid xid_ = 0;
  std::uint8_t info_ = 0;
  std::uint8_t rmid_ = 0;
  std::uint32_t image_bytes_ = 0;
  std::uint32_t main_length_ = 0;
  std::uint32_t payload_offset_ = 0;  // where the headers end
  std::size_t block_count_ = 0;
  std::optional<std::uint16_t> origin_;
  std::optional<Xid> toplevel_xid_;
  std::span<const ByteSpan> fragments_;
  std::array<BlockRef, kMaxBlockId + 1> blocks_;

  std::array<std::byte, kMaxHeaderArea> header_area_;
  mutable std::vector<std::byte> main_scratch_, data_scratch_, image_scratch_;
};

}  // namespace walkit
