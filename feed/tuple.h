// Heap tuples taken apart: the header, and the columns' bytes.
//
// Format: HeapTupleHeaderData (access/htup_details.h), heap_deform_tuple (access/common/heaptuple.c) and the
// alignment rules of access/tupmacs.h. Pure; any thread. What it hands out points into the tuple.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "feed/heap_change.h"
#include "feed/schema.h"
#include "walreader/types.h"

namespace walkit {

inline constexpr std::size_t kTupleHeaderSize = 23;  ///< SizeofHeapTupleHeader: up to the null bitmap

struct HeapTupleHeader {
  Xid xmin = 0;
  Xid xmax = 0;
  TupleId ctid;
  std::uint16_t infomask2 = 0;
  std::uint16_t infomask = 0;
  std::uint8_t data_offset = 0;  ///< t_hoff
  std::uint16_t columns = 0;     ///< that have a bit in the null bitmap, or a value
};

/// The header of a tuple on a page. Nothing if the bytes cannot be a tuple: too short for the header, its
/// bitmap or its data offset.
std::optional<HeapTupleHeader> read_tuple_header(ByteSpan tuple);

/// One column's value as it lies in a tuple.
struct Datum {
  bool null = true;
  ByteSpan bytes;  ///< for a varlena with its header: it may be compressed or a pointer to TOAST
};

/// The values of all `columns`, in their order. A tuple from before a column was added has that column's
/// `missing` value, or null. `datums` is reused: it is as long as `columns` afterwards, and valid as long as
/// the tuple and the columns are. False: the tuple is damaged, or not one of this schema.
[[nodiscard]] bool deform_tuple(ByteSpan tuple, std::span<const Column> columns, std::vector<Datum>& datums);

/// The same for a composite value: a tuple whose header begins with that of a varlena, which `content` is
/// without.
[[nodiscard]] bool deform_row(ByteSpan content, std::span<const Column> columns, std::vector<Datum>& datums);

/// Where a value of this alignment (c, s, i, d: 1, 2, 4, 8 bytes) begins at the earliest, from `offset` on.
constexpr std::size_t align_up(std::size_t offset, char align) {
  const std::size_t mask = align == 'i' ? 3 : align == 'c' ? 0 : align == 'd' ? 7 : 1;
  return (offset + mask) & ~mask;
}

/// The next value in a row of values that lie as in a tuple: in `area`, from `offset` on, which is moved
/// behind it. Nothing if it does not end within `area`.
std::optional<ByteSpan> take_value(ByteSpan area, std::size_t& offset, const Storage& storage);

}  // namespace walkit
