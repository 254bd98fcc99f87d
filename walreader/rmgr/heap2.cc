// Changes of many tuples of a page at once: heapdesc.c (heap2_desc), access/heapam_xlog.h.
//
// 14 merged the two ways of removing dead tuples into PRUNE and VACUUM, 17 merged these with FREEZE_PAGE into
// the three PRUNE_* records, so most opcodes mean something else in each span.
#include "walreader/rmgr/common.h"
#include "walreader/rmgr/tables.h"

namespace walkit::rmgr {
namespace {

using enum Major;
using enum FieldType;

constexpr std::uint8_t kInitPage = 0x80;

/// Writes `count` pairs of offset numbers as `[from->to, ..]` (rmgrdesc_utils.c, redirect_elem_desc).
void redirections(FieldSink& sink, Cursor& in, std::size_t count) {
  Cursor pairs(in.bytes(count * 2 * sizeof(std::uint16_t)));
  if (!in.ok()) return;
  sink.begin_array(", redirected: [", "redirected");
  for (std::size_t i = 0; i < count; ++i) {
    sink.begin_object(comma(i == 0), "");
    sink.uint("", "from", pairs.u16());
    sink.uint("->", "to", pairs.u16());
    sink.end_object("");
  }
  sink.end_array("]");
}

constexpr std::size_t kFreezePlanSize = 12;

/// Writes freeze plans (heapdesc.c, plan_elem_desc). Each says how many tuples it is for; the tuples' offsets
/// follow one another in `offsets`, which need not be adjacent to the plans.
void freeze_plans(FieldSink& sink, ByteSpan plans, Cursor& offsets) {
  sink.begin_array(", plans: [", "plans");
  bool first = true;
  for (Cursor in(plans); in.remaining() > 0 && offsets.ok(); first = false) {
    const Xid xmax = in.u32();
    const std::uint16_t infomask2 = in.u16();
    const std::uint16_t infomask = in.u16();
    in.skip(2);  // frzflags and padding
    const std::uint16_t tuples = in.u16();
    sink.text(comma(first));
    sink.begin_object("{ ", "");
    sink.uint("xmax: ", "xmax", xmax);
    sink.uint(", infomask: ", "infomask", infomask);
    sink.uint(", infomask2: ", "infomask2", infomask2);
    sink.uint(", ntuples: ", "ntuples", tuples);
    offset_array(sink, ", offsets:", "offsets", offsets, tuples);
    sink.end_object(" }");
  }
  sink.end_array("]");
}

constexpr Field kClean13[] = {{"remxid ", "snapshot_conflict_horizon", u32, 0}};
constexpr Field kCleanupInfo13[] = {{"remxid ", "snapshot_conflict_horizon", u32, 12}};

constexpr Field kPrune14[] = {
    {"latestRemovedXid ", "snapshot_conflict_horizon", u32, 0},
    {" nredirected ", "nredirected", u16, 4},
    {" ndead ", "ndead", u16, 6},
};
constexpr Field kPrune16[] = {
    {"snapshotConflictHorizon: ", "snapshot_conflict_horizon", u32, 0},
    {", nredirected: ", "nredirected", u16, 4},
    {", ndead: ", "ndead", u16, 6},
};

/// Redirections and dead items are counted in the main data; what is left of the block's data are unused
/// items.
bool prune_16(const Record& record, FieldSink& sink) {
  if (!Describe(kPrune16)(record, sink)) return false;
  auto items = block_data(record, 0);
  if (!items) return true;
  Cursor counts(record.main_data());
  counts.skip(4);
  const std::size_t redirected = counts.u16();
  const std::size_t dead = counts.u16();
  const std::size_t all = items->remaining() / sizeof(std::uint16_t);
  if (all < 2 * redirected + dead) return false;
  const std::size_t unused = all - 2 * redirected - dead;
  sink.uint(", nunused: ", "nunused", unused);
  redirections(sink, *items, redirected);
  offset_array(sink, ", dead:", "dead", *items, dead);
  offset_array(sink, ", unused:", "unused", *items, unused);
  return items->ok();
}

/// access/heapam_xlog.h, XLHP_*.
enum PruneFlag : std::uint8_t {
  kIsCatalogRel = 0x02,
  kHasConflictHorizon = 0x08,
  kHasFreezePlans = 0x10,
  kHasRedirections = 0x20,
  kHasDeadItems = 0x40,
  kHasUnusedItems = 0x80,
};

/// A list of the block data of PRUNE_* records: there if its flag is set, and led by its own count.
struct CountedItems {
  std::size_t count = 0;
  Cursor items{ByteSpan{}};

  CountedItems(Cursor& in, bool present, std::size_t padding, std::size_t item_size) {
    if (!present) return;
    count = in.u16();
    in.skip(padding);
    items = Cursor(in.bytes(count * item_size));
  }
};

/// heapdesc.c, heap_xlog_deserialize_prune_and_freeze: lists in the order of their flags, last the offsets of
/// frozen tuples. Empty lists are not printed.
bool pruned_items(FieldSink& sink, Cursor in, std::uint8_t flags) {
  constexpr std::size_t kOffsetSize = sizeof(std::uint16_t);
  const CountedItems plans(in, flags & kHasFreezePlans, 2, kFreezePlanSize);
  CountedItems redirected(in, flags & kHasRedirections, 0, 2 * kOffsetSize);
  CountedItems dead(in, flags & kHasDeadItems, 0, kOffsetSize);
  CountedItems unused(in, flags & kHasUnusedItems, 0, kOffsetSize);
  if (!in.ok()) return false;
  sink.uint(", nplans: ", "nplans", plans.count);
  sink.uint(", nredirected: ", "nredirected", redirected.count);
  sink.uint(", ndead: ", "ndead", dead.count);
  sink.uint(", nunused: ", "nunused", unused.count);
  if (plans.count > 0) freeze_plans(sink, plans.items.rest(), in);
  if (redirected.count > 0) redirections(sink, redirected.items, redirected.count);
  if (dead.count > 0) offset_array(sink, ", dead:", "dead", dead.items, dead.count);
  if (unused.count > 0) offset_array(sink, ", unused:", "unused", unused.items, unused.count);
  return in.ok();
}

/// The comma before isCatalogRel is there even if nothing is before it.
bool prune_17(const Record& record, FieldSink& sink) {
  Cursor in(record.main_data());
  in.skip(1);  // the reason, which the opcode tells
  const std::uint8_t flags = in.u8();
  const bool has_horizon = flags & kHasConflictHorizon;
  const Xid horizon = has_horizon ? in.u32() : 0;
  if (!in.ok()) return false;
  if (has_horizon) sink.uint("snapshotConflictHorizon: ", "snapshot_conflict_horizon", horizon);
  t_or_f(sink, ", isCatalogRel: ", "is_catalog_rel", flags & kIsCatalogRel);
  const auto items = block_data(record, 0);
  return !items || pruned_items(sink, *items, flags);
}

constexpr Field kVacuum14[] = {{"nunused ", "nunused", u16, 0}};
constexpr Field kVacuum16[] = {{"nunused: ", "nunused", u16, 0}};

bool vacuum_16(const Record& record, FieldSink& sink) {
  if (!Describe(kVacuum16)(record, sink)) return false;
  auto items = block_data(record, 0);
  if (!items) return true;
  offset_array(sink, ", unused:", "unused", *items, Cursor(record.main_data()).u16());
  return items->ok();
}

constexpr Field kFreezePage13[] = {
    {"cutoff xid ", "cutoff_xid", u32, 0},
    {" ntuples ", "ntuples", u16, 4},
};
constexpr Field kFreezePage16[] = {
    {"snapshotConflictHorizon: ", "snapshot_conflict_horizon", u32, 0},
    {", nplans: ", "nplans", u16, 4},
};

bool freeze_page_16(const Record& record, FieldSink& sink) {
  if (!Describe(kFreezePage16)(record, sink)) return false;
  auto in = block_data(record, 0);
  if (!in) return true;
  Cursor counts(record.main_data());
  counts.skip(4);
  const ByteSpan plans = in->bytes(counts.u16() * kFreezePlanSize);
  if (!in->ok()) return false;
  freeze_plans(sink, plans, *in);
  return in->ok();
}

constexpr Field kVisible13[] = {
    {"cutoff xid ", "snapshot_conflict_horizon", u32, 0},
    {" flags 0x", "flags", hex8, 4},
};
constexpr Field kVisible16[] = {
    {"snapshotConflictHorizon: ", "snapshot_conflict_horizon", u32, 0},
    {", flags: 0x", "flags", hex8, 4},
};

constexpr Field kMultiInsert13[] = {
    {"", "ntuples", u16, 2},
    {" tuples flags 0x", "flags", hex8, 0},
};
constexpr Field kMultiInsert16[] = {
    {"ntuples: ", "ntuples", u16, 2},
    {", flags: 0x", "flags", hex8, 0},
};

/// The offsets stand in the main data, and only if the page is not new: there they count up from 1.
bool multi_insert_16(const Record& record, FieldSink& sink) {
  if (!Describe(kMultiInsert16)(record, sink)) return false;
  if (!block_data(record, 0) || (record.info() & kInitPage)) return true;
  Cursor in(record.main_data());
  in.skip(2);
  const std::uint16_t tuples = in.u16();
  offset_array(sink, ", offsets:", "offsets", in, tuples);
  return in.ok();
}

bool lock_updated_13(const Record& record, FieldSink& sink) {
  const auto lock = read_tuple_lock(record);
  if (!lock) return false;
  sink.uint("off ", "off", lock->off);
  sink.uint(": xmax ", "xmax", lock->xmax);
  sink.hex(": flags 0x", "flags", lock->flags, 2);
  infobits(sink, " ", "infobits", lock->infobits, record.major());
  return true;
}

struct NewCidLeads {
  std::string_view relation, tid, cmin;
};

bool new_cid(const Record& record, FieldSink& sink, const NewCidLeads& leads) {
  Cursor in(record.main_data());
  in.skip(4);  // the top-level xid
  const std::uint32_t cmin = in.u32();
  const std::uint32_t cmax = in.u32();
  const std::uint32_t combo = in.u32();
  const RelFileLocator relation = read_relation(in);
  if (in.remaining() < 6) return false;
  sink.relation(leads.relation, "relation", relation);
  tuple_id(sink, leads.tid, "tid", in);
  sink.uint(leads.cmin, "cmin", cmin);
  sink.uint(", cmax: ", "cmax", cmax);
  sink.uint(", combo: ", "combo", combo);
  return true;
}

bool new_cid_13(const Record& record, FieldSink& sink) {
  return new_cid(record, sink, {"rel ", "; tid ", "; cmin: "});
}

bool new_cid_16(const Record& record, FieldSink& sink) {
  return new_cid(record, sink, {"rel: ", ", tid: ", ", cmin: "});
}

constexpr RecordType kTypes[] = {
    {0x00, pg13, open, "REWRITE", {}},
    {0x10, pg13, pg13, "CLEAN", kClean13},
    {0x10, pg14, pg15, "PRUNE", kPrune14},
    {0x10, pg16, pg16, "PRUNE", prune_16},
    {0x10, pg17, open, "PRUNE_ON_ACCESS", prune_17},
    {0x20, pg13, pg13, "FREEZE_PAGE", kFreezePage13},
    {0x20, pg14, pg15, "VACUUM", kVacuum14},
    {0x20, pg16, pg16, "VACUUM", vacuum_16},
    {0x20, pg17, open, "PRUNE_VACUUM_SCAN", prune_17},
    {0x30, pg13, pg13, "CLEANUP_INFO", kCleanupInfo13},
    {0x30, pg14, pg15, "FREEZE_PAGE", kFreezePage13},
    {0x30, pg16, pg16, "FREEZE_PAGE", freeze_page_16},
    {0x30, pg17, open, "PRUNE_VACUUM_CLEANUP", prune_17},
    {0x40, pg13, pg15, "VISIBLE", kVisible13},
    {0x40, pg16, open, "VISIBLE", kVisible16},
    {0x50, pg13, pg15, "MULTI_INSERT", kMultiInsert13},
    {0x50, pg16, open, "MULTI_INSERT", multi_insert_16},
    {0xD0, pg13, pg15, "MULTI_INSERT+INIT", kMultiInsert13},
    {0xD0, pg16, open, "MULTI_INSERT+INIT", multi_insert_16},
    {0x60, pg13, pg15, "LOCK_UPDATED", lock_updated_13},
    {0x60, pg16, open, "LOCK_UPDATED", describe_tuple_lock},
    {0x70, pg13, pg15, "NEW_CID", new_cid_13},
    {0x70, pg16, open, "NEW_CID", new_cid_16},
};
static_assert(disjoint(kTypes));

}  // namespace

constexpr Rmgr kHeap2Rmgr = {
    .id = 9,
    .name = "Heap2",
    .name_mask = 0xF0,
    .describe_mask = 0x70,
    .types = kTypes,
};

}  // namespace walkit::rmgr
