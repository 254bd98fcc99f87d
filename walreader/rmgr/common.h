// Pieces that several resource managers print alike.
//
// A thing has one JSON key in all majors, whatever their texts call it: the xid that 13 prints as remxid or
// latestRemovedXid and 16 as snapshotConflictHorizon is snapshot_conflict_horizon everywhere.
//
// Functions that write arrays check the bytes of the whole array first and close what they opened even if
// they return false, so that a malformed record leaves well-formed JSON.
#pragma once

#include <optional>

#include "walreader/bytes.h"
#include "walreader/rmgr/rmgr.h"

namespace walkit::rmgr {

RelFileLocator read_relation(Cursor& in);

/// BlockIdData of storage/block.h: the high half of a block number comes before the low one.
BlockNumber read_block_id(Cursor& in);

/// The data of block `id`, if the record carries any (xlogreader.h, XLogRecHasBlockData).
std::optional<Cursor> block_data(const Record& record, int id);

/// minimal, replica, logical, or ? (rmgrdesc/xlogdesc.c).
std::string_view wal_level_name(std::int32_t level);

/// T or F.
inline void t_or_f(FieldSink& sink, std::string_view lead, std::string_view key, bool value) {
  sink.boolean(lead, key, value, "T", "F");
}

/// What stands before the next item of a list: nothing before the first.
inline std::string_view comma(bool first) { return first ? "" : ", "; }

/// A tuple's place, `block/offset` (storage/itemptr.h, ItemPointerData); `in` stands at its 6 bytes.
void tuple_id(FieldSink& sink, std::string_view lead, std::string_view key, Cursor& in);

/// Writes `[a, b, ..]` of `count` offset numbers (rmgrdesc_utils.c, array_desc); `lead` ends with the colon.
/// An empty array prints as ` []`. If fewer are left nothing is written and !in.ok().
void offset_array(FieldSink& sink, std::string_view lead, std::string_view key, Cursor& in,
                  std::size_t count);

/// Writes shared invalidation messages (standbydesc.c, standby_desc_invalidations): nothing if `count` is 0.
/// `in` stands at the first 16-byte message. False if fewer bytes than announced are left.
bool invalidations(FieldSink& sink, Cursor& in, std::int64_t count, Major major, Oid database, Oid tablespace,
                   bool init_file);

/// A bit and the name it prints as.
struct BitName {
  std::uint8_t bit;
  std::string_view name;
};

/// The names of the bits that are set: each followed by a space until 15, `[A, B]` from 16 on. `lead` is all
/// that stands before the first name or the bracket.
void bit_names(FieldSink& sink, std::string_view lead, std::string_view key, std::uint8_t bits,
               std::span<const BitName> names, Major major);

/// The tuple lock bits of heap records (heapdesc.c, out_infobits and infobits_desc) as bit_names prints them.
void infobits(FieldSink& sink, std::string_view lead, std::string_view key, std::uint8_t bits, Major major);

/// Heap's DELETE and LOCK and Heap2's LOCK_UPDATED have one layout: xmax, offset, infobits, flags.
struct TupleLock {
  Xid xmax = 0;
  std::uint16_t off = 0;
  std::uint8_t infobits = 0;
  std::uint8_t flags = 0;
};
std::optional<TupleLock> read_tuple_lock(const Record& record);

/// From 16 on they have one text too.
bool describe_tuple_lock(const Record& record, FieldSink& sink);

}  // namespace walkit::rmgr
