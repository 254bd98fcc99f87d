// Pieces that several resource managers print alike.
#pragma once

#include "walreader/bytes.h"
#include "walreader/rmgr/rmgr.h"

namespace walkit::rmgr {

RelFileLocator read_relation(Cursor& in);

/// minimal, replica, logical, or ? (rmgrdesc/xlogdesc.c).
std::string_view wal_level_name(std::int32_t level);

/// Writes `[a, b, ..]` of `count` offset numbers (rmgrdesc_utils.c, array_desc); `lead` ends with the colon.
/// An empty array prints as ` []`.
void offset_array(FieldSink& sink, std::string_view lead, std::string_view key, Cursor& in,
                  std::size_t count);

/// Writes shared invalidation messages (standbydesc.c, standby_desc_invalidations): nothing if `count` is 0.
/// `in` stands at the first 16-byte message. False if fewer bytes than announced are left.
bool invalidations(FieldSink& sink, Cursor& in, std::int64_t count, Major major, Oid database,
                   Oid tablespace, bool init_file);

/// The tuple lock bits of heap records: `IS_MULTI LOCK_ONLY ` each followed by a space until 15,
/// `infobits: [IS_MULTI, LOCK_ONLY]` from 16 on. `key` without the colon, `lead` printed before it.
void infobits(FieldSink& sink, std::string_view lead, std::string_view key, std::uint8_t bits,
              Major major);

}  // namespace walkit::rmgr
