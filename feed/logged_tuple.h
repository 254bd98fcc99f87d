// Tuples put together from what records hold of them.
//
// Format: access/heapam_xlog.h (xl_heap_header) and the redo functions of heapam_xlog.c. What contradicts
// itself gives an empty span. Tuples are appended to the caller's buffer: if it grows, earlier ones are gone.
#pragma once

#include <vector>

#include "feed/heap_records.h"
#include "feed/tuple_header.h"

namespace walkit {

/// What a new version gets that the record's header of it does not say.
struct NewVersion {
  Xid xmin = 0;
  Xid xmax = 0;
  TupleId place;
};

/// INSERT's block data, or an old tuple: LoggedTupleHeader, then everything from the null bitmap on.
ByteSpan append_tuple(std::vector<std::byte>& buffer, ByteSpan logged, const NewVersion& version);
/// The same with the header read already.
ByteSpan append_tuple(std::vector<std::byte>& buffer, const LoggedTupleHeader& header, ByteSpan body,
                      const NewVersion& version);
/// UPDATE's block data: a new tuple without the bytes that begin or end the data of both versions.
/// `old_tuple` may be empty where nothing is left out.
ByteSpan append_updated_tuple(std::vector<std::byte>& buffer, ByteSpan logged, std::uint8_t update_flags,
                              ByteSpan old_tuple, const NewVersion& version);

}  // namespace walkit
