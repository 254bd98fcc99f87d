// HeapTupleHeaderData: what stands before a tuple's null bitmap and data.
//
// Format: access/htup_details.h, storage/itemptr.h; the same in PostgreSQL 13 to 18. Reading and writing
// assume that the bytes hold at least kTupleHeaderSize of them. No state; any thread.
#pragma once

#include <cstring>

#include "feed/tuple.h"
#include "walreader/bytes.h"

namespace walkit {

/// Bits of t_infomask.
namespace infomask {
inline constexpr std::uint16_t kComboCid = 0x0020;
inline constexpr std::uint16_t kExclusiveLock = 0x0040;
inline constexpr std::uint16_t kKeyShareLock = 0x0010;
inline constexpr std::uint16_t kLockMask = kExclusiveLock | kKeyShareLock;
inline constexpr std::uint16_t kXmaxLockOnly = 0x0080;
inline constexpr std::uint16_t kXminCommitted = 0x0100;
inline constexpr std::uint16_t kXminInvalid = 0x0200;
inline constexpr std::uint16_t kXminFrozen = kXminCommitted | kXminInvalid;
inline constexpr std::uint16_t kXmaxCommitted = 0x0400;
inline constexpr std::uint16_t kXmaxInvalid = 0x0800;
inline constexpr std::uint16_t kXmaxIsMulti = 0x1000;
inline constexpr std::uint16_t kXmaxBits =
    kXmaxCommitted | kXmaxInvalid | kXmaxIsMulti | kLockMask | kXmaxLockOnly;
inline constexpr std::uint16_t kMoved = 0xC000;
}  // namespace infomask

/// HEAP_XMAX_IS_LOCKED_ONLY.
constexpr bool is_locked_only(std::uint16_t bits) {
  return (bits & infomask::kXmaxLockOnly) != 0 ||
         (bits & (infomask::kXmaxIsMulti | infomask::kLockMask)) == infomask::kExclusiveLock;
}

/// Bits of t_infomask2.
namespace infomask2 {
inline constexpr std::uint16_t kKeysUpdated = 0x2000;
inline constexpr std::uint16_t kHotUpdated = 0x4000;
}  // namespace infomask2

/// Where a row went that an UPDATE moved to another partition (ItemPointerSetMovedPartitions).
inline constexpr TupleId kMovedPartitions{0xFFFFFFFF, 0xFFFD};

template <std::integral T>
void store_le(std::byte* p, T value) {
  static_assert(std::endian::native == std::endian::little, "add a byte swap to build for big-endian");
  std::memcpy(p, &value, sizeof value);
}

/// The fields of a tuple header in the bytes at `at`, which stay the caller's.
class TupleHeader {
 public:
  explicit TupleHeader(std::byte* at) : at_(at) {}

  Xid xmin() const { return load_le<Xid>(at_); }
  Xid xmax() const { return load_le<Xid>(at_ + 4); }
  void set_xmin(Xid xid) { store_le(at_, xid); }
  void set_xmax(Xid xid) { store_le(at_ + 4, xid); }
  /// WAL has no command ids; redo sets the first one (HeapTupleHeaderSetCmax).
  void clear_command_id() {
    store_le(at_ + 8, std::uint32_t{0});
    set_infomask(infomask() & ~infomask::kComboCid);
  }
  void set_xvac(Xid xid) { store_le(at_ + 8, xid); }
  void set_ctid(TupleId place) {
    store_le(at_ + 12, static_cast<std::uint16_t>(place.block >> 16));
    store_le(at_ + 14, static_cast<std::uint16_t>(place.block));
    store_le(at_ + 16, place.offset);
  }
  std::uint16_t infomask2() const { return load_le<std::uint16_t>(at_ + 18); }
  void set_infomask2(int bits) { store_le(at_ + 18, static_cast<std::uint16_t>(bits)); }
  std::uint16_t infomask() const { return load_le<std::uint16_t>(at_ + 20); }
  void set_infomask(int bits) { store_le(at_ + 20, static_cast<std::uint16_t>(bits)); }
  void set_hoff(std::uint8_t size) { store_le(at_ + 22, size); }

 private:
  std::byte* at_;
};

/// t_hoff: where the data begins.
inline std::size_t data_offset(ByteSpan tuple) { return std::to_integer<std::size_t>(tuple[22]); }

}  // namespace walkit
