// What one record does to the tuples of a table, as far as it can be known.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "walreader/types.h"

namespace walkit {

/// Where a tuple is: ItemPointerData.
struct TupleId {
  BlockNumber block = 0;
  std::uint16_t offset = 0;  ///< of the line pointer, from 1
  constexpr auto operator<=>(const TupleId&) const = default;
};

enum class HeapOperation : std::uint8_t {
  insert,
  update,
  remove,
  change_in_place,      ///< heap_inplace_update(): catalogs only; no transaction
  confirm_speculative,  ///< the insert at this place that was speculative is one now
  cancel_speculative,   ///< ... never was
};

/// Why a tuple's bytes are not known.
enum class TupleGap : std::uint8_t {
  none,               ///< they are, or there is no such tuple in this operation
  base_page_unknown,  ///< the page was not seen whole since reading began
  full_page_writes_off,
};

/// A tuple as it lies on its page: HeapTupleHeaderData, null bitmap, padding and data up to lp_len.
/// `bytes` are valid until the next record is applied.
struct TupleImage {
  ByteSpan bytes;
  TupleGap gap = TupleGap::none;
  bool key_only =
      false;  ///< only the replica identity's columns are set (from a record at wal_level=logical)
  bool known() const { return !bytes.empty(); }
};

struct HeapChange {
  HeapOperation operation = HeapOperation::insert;
  RelFileLocator relation;
  Xid xid = 0;               ///< of the record: may be a subtransaction's
  TupleId old_place;         ///< update, remove, change_in_place, *_speculative
  TupleId new_place;         ///< insert, update
  TupleImage old_tuple;      ///< before, for update, remove and change_in_place
  TupleImage new_tuple;      ///< after, for insert, update and change_in_place
  bool speculative = false;  ///< insert ... on conflict: waits for one of the two above
  bool partition_move =
      false;  ///< a remove that is half of an UPDATE which moved the row to another partition
};

}  // namespace walkit
