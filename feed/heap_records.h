// What records of tables say in their main data.
//
// Format: access/heapam_xlog.h of PostgreSQL 13 to 18, where these records are the same. Each function gives
// nullopt for a record that is too short. No state; any thread.
#pragma once

#include <optional>

#include "feed/heap_change.h"
#include "walreader/bytes.h"
#include "walreader/record.h"
#include "walreader/rmgr/heap.h"

namespace walkit {

inline constexpr std::uint8_t kHeap2RmgrId = 9;

/// The bits of xl_info that tell what a record does, and the one that says that its page begins anew.
inline constexpr std::uint8_t kHeapOperationMask = 0x70;
inline constexpr std::uint8_t kInitPage = 0x80;

/// XLH_INSERT_*, of INSERT and MULTI_INSERT.
namespace insert_flag {
inline constexpr std::uint8_t kSpeculative = 0x04;
}

/// XLH_UPDATE_*.
namespace update_flag {
inline constexpr std::uint8_t kHasOldTuple = 0x04;
inline constexpr std::uint8_t kHasOldKey = 0x08;
inline constexpr std::uint8_t kPrefixFromOld = 0x20;
inline constexpr std::uint8_t kSuffixFromOld = 0x40;
}  // namespace update_flag

/// XLH_DELETE_*.
namespace delete_flag {
inline constexpr std::uint8_t kHasOldTuple = 0x02;
inline constexpr std::uint8_t kHasOldKey = 0x04;
inline constexpr std::uint8_t kCancelsSpeculative = 0x08;
inline constexpr std::uint8_t kPartitionMove = 0x10;
}  // namespace delete_flag

/// xl_heap_header: what of a tuple's header goes into WAL.
struct LoggedTupleHeader {
  static constexpr std::size_t kSize = 5;
  std::uint16_t infomask2 = 0;
  std::uint16_t infomask = 0;
  std::uint8_t hoff = 0;
};
LoggedTupleHeader read_tuple_header(Cursor& in);

struct InsertRecord {
  std::uint16_t offset = 0;
  std::uint8_t flags = 0;
};
std::optional<InsertRecord> read_insert(const Record& record);

struct MultiInsertRecord {
  std::uint8_t flags = 0;
  std::uint16_t tuples = 0;
  Cursor offsets{ByteSpan{}};  ///< u16 each; none if the page is new, whose tuples are numbered from 1
};
std::optional<MultiInsertRecord> read_multi_insert(const Record& record);

/// DELETE, LOCK and LOCK_UPDATED: what a tuple's xmax becomes.
struct XmaxRecord {
  Xid xmax = 0;
  std::uint16_t offset = 0;
  std::uint8_t infobits = 0;
  std::uint8_t flags = 0;
  ByteSpan old_tuple;  ///< DELETE at wal_level=logical: LoggedTupleHeader and the rest; else empty
};
std::optional<XmaxRecord> read_xmax(const Record& record);

struct UpdateRecord {
  Xid old_xmax = 0, new_xmax = 0;
  std::uint16_t old_offset = 0, new_offset = 0;
  std::uint8_t old_infobits = 0;
  std::uint8_t flags = 0;
  ByteSpan old_tuple;  ///< as of XmaxRecord
};
std::optional<UpdateRecord> read_update(const Record& record);

/// HEAP_CONFIRM and INPLACE.
std::optional<std::uint16_t> read_offset(const Record& record);

}  // namespace walkit
