// Lists and strings of untrusted length. None of these reads, loops or allocates by a number that the bytes
// do not back up.
#pragma once

#include "walreader/bytes.h"
#include "walreader/field_sink.h"

namespace walkit::rmgr {

/// The next `count` items of `item_size` bytes, as a cursor of their own. A count that is negative or exceeds
/// what is left makes `in` fail and the list empty.
Cursor take_items(Cursor& in, std::int64_t count, std::size_t item_size);

/// A list that begins with its i32 count.
Cursor take_counted_items(Cursor& in, std::size_t item_size);

/// The bytes up to the first NUL, or all of them if there is none.
ByteSpan c_string(ByteSpan bytes);

/// Writes u32 numbers, each behind `separator`, as an array.
void number_list(FieldSink& sink, std::string_view lead, std::string_view key, Cursor numbers,
                 std::string_view separator = " ");

}  // namespace walkit::rmgr
