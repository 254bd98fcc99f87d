// B-tree indexes: nbtdesc.c, access/nbtxlog.h.
#include "walreader/rmgr/common.h"
#include "walreader/rmgr/tables.h"

namespace walkit::rmgr {
namespace {

using enum Major;
using enum FieldType;

constexpr Field kInsert13[] = {{"off ", "off", u16, 0}};
constexpr Field kInsert16[] = {{"off: ", "off", u16, 0}};

constexpr Field kSplit13[] = {
    {"level ", "level", u32, 0},
    {", firstrightoff ", "firstrightoff", u16, 4},
    {", newitemoff ", "newitemoff", u16, 6},
    {", postingoff ", "postingoff", u16, 8},
};
constexpr Field kSplit16[] = {
    {"level: ", "level", u32, 0},
    {", firstrightoff: ", "firstrightoff", u16, 4},
    {", newitemoff: ", "newitemoff", u16, 6},
    {", postingoff: ", "postingoff", u16, 8},
};

constexpr Field kDedup13[] = {{"nintervals ", "nintervals", u16, 0}};
constexpr Field kDedup16[] = {{"nintervals: ", "nintervals", u16, 0}};

/// The items of an index page that VACUUM and DELETE remove, and the posting lists they shorten (nbtdesc.c,
/// delvacuum_desc). Both are counted in the main data, from `counts_offset` on, and listed in block 0's data.
bool deleted_items(const Record& record, FieldSink& sink, std::size_t counts_offset) {
  auto in = block_data(record, 0);
  if (!in) return true;
  Cursor counts(record.main_data());
  counts.skip(counts_offset);
  const std::uint16_t deleted = counts.u16();
  const std::uint16_t updated = counts.u16();
  offset_array(sink, ", deleted:", "deleted", *in, deleted);
  Cursor updated_offsets(in->bytes(updated * sizeof(std::uint16_t)));
  if (!in->ok()) return false;
  sink.begin_array(", updated: [", "updated");
  for (std::uint16_t i = 0; i < updated && in->ok(); ++i) {
    const std::uint16_t tids = in->u16();
    sink.text(comma(i == 0));
    sink.begin_object("{ ", "");
    sink.uint("off: ", "off", updated_offsets.u16());
    sink.uint(", nptids: ", "nptids", tids);
    offset_array(sink, ", ptids:", "ptids", *in, tids);
    sink.end_object(" }");
  }
  sink.end_array("]");
  return in->ok();
}

constexpr Field kVacuum13[] = {
    {"ndeleted ", "ndeleted", u16, 0},
    {"; nupdated ", "nupdated", u16, 2},
};
constexpr Field kVacuum16[] = {
    {"ndeleted: ", "ndeleted", u16, 0},
    {", nupdated: ", "nupdated", u16, 2},
};

bool vacuum_16(const Record& record, FieldSink& sink) {
  return Describe(kVacuum16)(record, sink) && deleted_items(record, sink, 0);
}

constexpr Field kDelete13[] = {
    {"latestRemovedXid ", "snapshot_conflict_horizon", u32, 0},
    {"; ndeleted ", "ndeleted", u32, 4},
};
constexpr Field kDelete14[] = {
    {"latestRemovedXid ", "snapshot_conflict_horizon", u32, 0},
    {"; ndeleted ", "ndeleted", u16, 4},
    {"; nupdated ", "nupdated", u16, 6},
};
constexpr Field kDelete16[] = {
    {"snapshotConflictHorizon: ", "snapshot_conflict_horizon", u32, 0},
    {", ndeleted: ", "ndeleted", u16, 4},
    {", nupdated: ", "nupdated", u16, 6},
};
constexpr Field kDelete17[] = {
    {"snapshotConflictHorizon: ", "snapshot_conflict_horizon", u32, 0},
    {", ndeleted: ", "ndeleted", u16, 4},
    {", nupdated: ", "nupdated", u16, 6},
    {", isCatalogRel: ", "is_catalog_rel", yes_no, 8},
};

bool delete_16(const Record& record, FieldSink& sink) {
  return Describe(kDelete16)(record, sink) && deleted_items(record, sink, 4);
}

bool delete_17(const Record& record, FieldSink& sink) {
  return Describe(kDelete17)(record, sink) && deleted_items(record, sink, 4);
}

constexpr Field kMarkPageHalfdead13[] = {
    {"topparent ", "topparent", u32, 16},
    {"; leaf ", "leaf", u32, 4},
    {"; left ", "left", u32, 8},
    {"; right ", "right", u32, 12},
};
constexpr Field kMarkPageHalfdead16[] = {
    {"topparent: ", "topparent", u32, 16},
    {", leaf: ", "leaf", u32, 4},
    {", left: ", "left", u32, 8},
    {", right: ", "right", u32, 12},
};

constexpr Field kUnlinkPage13[] = {
    {"left ", "left", u32, 0},
    {"; right ", "right", u32, 4},
    {"; btpo_xact ", "btpo_xact", u32, 20},
    {"; leafleft ", "leafleft", u32, 8},
    {"; leafright ", "leafright", u32, 12},
    {"; topparent ", "leaftopparent", u32, 16},
};
constexpr Field kUnlinkPage14[] = {
    {"left ", "left", u32, 0},
    {"; right ", "right", u32, 4},
    {"; level ", "level", u32, 8},
    {"; safexid ", "safexid", full_xid, 16},
    {"; leafleft ", "leafleft", u32, 24},
    {"; leafright ", "leafright", u32, 28},
    {"; leaftopparent ", "leaftopparent", u32, 32},
};
constexpr Field kUnlinkPage16[] = {
    {"left: ", "left", u32, 0},
    {", right: ", "right", u32, 4},
    {", level: ", "level", u32, 8},
    {", safexid: ", "safexid", full_xid, 16},
    {", leafleft: ", "leafleft", u32, 24},
    {", leafright: ", "leafright", u32, 28},
    {", leaftopparent: ", "leaftopparent", u32, 32},
};

constexpr Field kNewroot13[] = {{"lev ", "level", u32, 4}};
constexpr Field kNewroot16[] = {{"level: ", "level", u32, 4}};

constexpr Field kReusePage13[] = {
    {"rel ", "relation", relation, 0},
    {"; latestRemovedXid ", "snapshot_conflict_horizon", u32, 16},
};
constexpr Field kReusePage14[] = {
    {"rel ", "relation", relation, 0},
    {"; latestRemovedXid ", "snapshot_conflict_horizon", full_xid, 16},
};
constexpr Field kReusePage16[] = {
    {"rel: ", "relation", relation, 0},
    {", snapshotConflictHorizon: ", "snapshot_conflict_horizon", full_xid, 16},
};
constexpr Field kReusePage17[] = {
    {"rel: ", "relation", relation, 0},
    {", snapshotConflictHorizon: ", "snapshot_conflict_horizon", full_xid, 16},
    {", isCatalogRel: ", "is_catalog_rel", yes_no, 24},
};

/// META_CLEANUP has no main data: block 0's data is an xl_btree_metadata, whose number of deleted pages took
/// the place of an xid in 14.
std::optional<Cursor> metadata_at_20(const Record& record) {
  auto in = block_data(record, 0);
  if (in) in->skip(20);
  return in;
}

bool meta_cleanup_13(const Record& record, FieldSink& sink) {
  auto in = metadata_at_20(record);
  if (!in) return false;
  const Xid oldest_xact = in->u32();
  const auto heap_tuples = std::bit_cast<double>(in->u64());
  if (!in->ok()) return false;
  sink.uint("oldest_btpo_xact ", "oldest_btpo_xact", oldest_xact);
  sink.real_fixed("; last_cleanup_num_heap_tuples: ", "last_cleanup_num_heap_tuples", heap_tuples);
  return true;
}

bool meta_cleanup(const Record& record, FieldSink& sink, std::string_view lead) {
  auto in = metadata_at_20(record);
  if (!in) return false;
  const std::uint32_t pages = in->u32();
  if (!in->ok()) return false;
  sink.uint(lead, "last_cleanup_num_delpages", pages);
  return true;
}

bool meta_cleanup_14(const Record& record, FieldSink& sink) {
  return meta_cleanup(record, sink, "last_cleanup_num_delpages ");
}

bool meta_cleanup_16(const Record& record, FieldSink& sink) {
  return meta_cleanup(record, sink, "last_cleanup_num_delpages: ");
}

constexpr RecordType kTypes[] = {
    {0x00, pg13, pg15, "INSERT_LEAF", kInsert13},
    {0x00, pg16, open, "INSERT_LEAF", kInsert16},
    {0x10, pg13, pg15, "INSERT_UPPER", kInsert13},
    {0x10, pg16, open, "INSERT_UPPER", kInsert16},
    {0x20, pg13, pg15, "INSERT_META", kInsert13},
    {0x20, pg16, open, "INSERT_META", kInsert16},
    {0x30, pg13, pg15, "SPLIT_L", kSplit13},
    {0x30, pg16, open, "SPLIT_L", kSplit16},
    {0x40, pg13, pg15, "SPLIT_R", kSplit13},
    {0x40, pg16, open, "SPLIT_R", kSplit16},
    {0x50, pg13, pg15, "INSERT_POST", kInsert13},
    {0x50, pg16, open, "INSERT_POST", kInsert16},
    {0x60, pg13, pg15, "DEDUP", kDedup13},
    {0x60, pg16, open, "DEDUP", kDedup16},
    {0x70, pg13, pg13, "DELETE", kDelete13},
    {0x70, pg14, pg15, "DELETE", kDelete14},
    {0x70, pg16, pg16, "DELETE", delete_16},
    {0x70, pg17, open, "DELETE", delete_17},
    {0x80, pg13, pg13, "UNLINK_PAGE", kUnlinkPage13},
    {0x80, pg14, pg15, "UNLINK_PAGE", kUnlinkPage14},
    {0x80, pg16, open, "UNLINK_PAGE", kUnlinkPage16},
    {0x90, pg13, pg13, "UNLINK_PAGE_META", kUnlinkPage13},
    {0x90, pg14, pg15, "UNLINK_PAGE_META", kUnlinkPage14},
    {0x90, pg16, open, "UNLINK_PAGE_META", kUnlinkPage16},
    {0xA0, pg13, pg15, "NEWROOT", kNewroot13},
    {0xA0, pg16, open, "NEWROOT", kNewroot16},
    {0xB0, pg13, pg15, "MARK_PAGE_HALFDEAD", kMarkPageHalfdead13},
    {0xB0, pg16, open, "MARK_PAGE_HALFDEAD", kMarkPageHalfdead16},
    {0xC0, pg13, pg15, "VACUUM", kVacuum13},
    {0xC0, pg16, open, "VACUUM", vacuum_16},
    {0xD0, pg13, pg13, "REUSE_PAGE", kReusePage13},
    {0xD0, pg14, pg15, "REUSE_PAGE", kReusePage14},
    {0xD0, pg16, pg16, "REUSE_PAGE", kReusePage16},
    {0xD0, pg17, open, "REUSE_PAGE", kReusePage17},
    {0xE0, pg13, pg13, "META_CLEANUP", meta_cleanup_13},
    {0xE0, pg14, pg15, "META_CLEANUP", meta_cleanup_14},
    {0xE0, pg16, open, "META_CLEANUP", meta_cleanup_16},
};
static_assert(disjoint(kTypes));

}  // namespace

constexpr Rmgr kBtreeRmgr = {
    .id = 11,
    .name = "Btree",
    .name_mask = 0xF0,
    .describe_mask = 0xF0,
    .types = kTypes,
};

}  // namespace walkit::rmgr
