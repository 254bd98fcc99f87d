// Hash indexes: hashdesc.c, access/hash_xlog.h.
#include "walreader/rmgr/common.h"
#include "walreader/rmgr/tables.h"

namespace walkit::rmgr {
namespace {

using enum Major;
using enum FieldType;

constexpr Field kInitMetaPage[] = {
    {"num_tuples ", "num_tuples", real, 0},
    {", fillfactor ", "fillfactor", u16, 12},
};
constexpr Field kInitBitmapPage[] = {{"bmsize ", "bmsize", u16, 0}};
constexpr Field kInsert[] = {{"off ", "off", u16, 0}};
constexpr Field kAddOvflPage[] = {
    {"bmsize ", "bmsize", u16, 0},
    {", bmpage_found ", "bmpage_found", yes_no, 2},
};

bool split_allocate_page(const Record& record, FieldSink& sink) {
  Cursor in(record.main_data());
  const std::uint32_t bucket = in.u32();
  in.skip(4);  // the flags of both buckets
  const std::uint8_t flags = in.u8();
  if (!in.ok()) return false;
  sink.uint("new_bucket ", "new_bucket", bucket);
  t_or_f(sink, ", meta_page_masks_updated ", "meta_page_masks_updated", flags & 0x01);
  t_or_f(sink, ", issplitpoint_changed ", "issplitpoint_changed", flags & 0x02);
  return true;
}

constexpr Field kSplitComplete[] = {
    {"old_bucket_flag ", "old_bucket_flag", u16, 0},
    {", new_bucket_flag ", "new_bucket_flag", u16, 2},
};
constexpr Field kMovePageContents[] = {
    {"ntups ", "ntuples", u16, 0},
    {", is_primary ", "is_primary", yes_no, 2},
};
constexpr Field kSqueezePage[] = {
    {"prevblkno ", "prevblkno", u32, 0},
    {", nextblkno ", "nextblkno", u32, 4},
    {", ntups ", "ntuples", u16, 8},
    {", is_primary ", "is_primary", yes_no, 10},
};
constexpr Field kDelete[] = {
    {"clear_dead_marking ", "clear_dead_marking", yes_no, 0},
    {", is_primary ", "is_primary", yes_no, 1},
};
constexpr Field kUpdateMetaPage[] = {{"ntuples ", "ntuples", real, 0}};

constexpr Field kVacuumOnePage13[] = {
    {"ntuples ", "ntuples", i32, 4},
    {", latest removed xid ", "snapshot_conflict_horizon", u32, 0},
};
constexpr Field kVacuumOnePage14[] = {
    {"ntuples ", "ntuples", i32, 4},
    {", latestRemovedXid ", "snapshot_conflict_horizon", u32, 0},
};
constexpr Field kVacuumOnePage16[] = {
    {"ntuples ", "ntuples", u16, 4},
    {", snapshotConflictHorizon ", "snapshot_conflict_horizon", u32, 0},
};
constexpr Field kVacuumOnePage17[] = {
    {"ntuples ", "ntuples", u16, 4},
    {", snapshotConflictHorizon ", "snapshot_conflict_horizon", u32, 0},
    {", isCatalogRel ", "is_catalog_rel", yes_no, 6},
};

constexpr RecordType kTypes[] = {
    {0x00, pg13, open, "INIT_META_PAGE", kInitMetaPage},
    {0x10, pg13, open, "INIT_BITMAP_PAGE", kInitBitmapPage},
    {0x20, pg13, open, "INSERT", kInsert},
    {0x30, pg13, open, "ADD_OVFL_PAGE", kAddOvflPage},
    {0x40, pg13, open, "SPLIT_ALLOCATE_PAGE", split_allocate_page},
    {0x50, pg13, open, "SPLIT_PAGE", {}},
    {0x60, pg13, open, "SPLIT_COMPLETE", kSplitComplete},
    {0x70, pg13, open, "MOVE_PAGE_CONTENTS", kMovePageContents},
    {0x80, pg13, open, "SQUEEZE_PAGE", kSqueezePage},
    {0x90, pg13, open, "DELETE", kDelete},
    {0xA0, pg13, open, "SPLIT_CLEANUP", {}},
    {0xB0, pg13, open, "UPDATE_META_PAGE", kUpdateMetaPage},
    {0xC0, pg13, pg13, "VACUUM_ONE_PAGE", kVacuumOnePage13},
    {0xC0, pg14, pg15, "VACUUM_ONE_PAGE", kVacuumOnePage14},
    {0xC0, pg16, pg16, "VACUUM_ONE_PAGE", kVacuumOnePage16},
    {0xC0, pg17, open, "VACUUM_ONE_PAGE", kVacuumOnePage17},
};
static_assert(disjoint(kTypes));

}  // namespace

constexpr Rmgr kHashRmgr = {
    .id = 12,
    .name = "Hash",
    .name_mask = 0xF0,
    .describe_mask = 0xF0,
    .types = kTypes,
};

}  // namespace walkit::rmgr
