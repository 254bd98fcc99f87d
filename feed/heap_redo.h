// Redo of what changes tuples' headers and line pointers, and no values (heapam_xlog.c).
//
// Each takes a page as it was before the record and is false if the two do not fit together; the page is then
// changed in part and worth nothing. The formats of each major: access/heapam_xlog.h.
#pragma once

#include "feed/heap_page.h"
#include "feed/heap_records.h"
#include "feed/tuple_header.h"

namespace walkit {

/// What deleting, updating and locking do alike: xmax and the bits that say whose it is.
void set_tuple_xmax(TupleHeader header, Xid xmax, std::uint8_t infobits);

bool redo_lock(const Record& record, HeapPage page);
bool redo_lock_updated(const Record& record, HeapPage page);

bool redo_prune(const Record& record, HeapPage page);             ///< CLEAN of 13, PRUNE of 14 to 16
bool redo_vacuum(const Record& record, HeapPage page);            ///< VACUUM of 14 to 16
bool redo_freeze_tuples(const Record& record, HeapPage page);     ///< FREEZE_PAGE of 13 to 15
bool redo_freeze_plans(const Record& record, HeapPage page);      ///< FREEZE_PAGE of 16
bool redo_prune_and_freeze(const Record& record, HeapPage page);  ///< PRUNE_* of 17 on

}  // namespace walkit
