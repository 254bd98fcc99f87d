// GiST indexes: gistdesc.c, access/gistxlog.h.
#include "walreader/rmgr/common.h"
#include "walreader/rmgr/tables.h"

namespace walkit::rmgr {
namespace {

using enum Major;
using enum FieldType;

constexpr Field kDelete13[] = {
    {"delete: latestRemovedXid ", "snapshot_conflict_horizon", u32, 0},
    {", nitems: ", "nitems", u16, 4},
};
constexpr Field kDelete16[] = {
    {"delete: snapshotConflictHorizon ", "snapshot_conflict_horizon", u32, 0},
    {", nitems: ", "nitems", u16, 4},
};
constexpr Field kDelete17[] = {
    {"delete: snapshotConflictHorizon ", "snapshot_conflict_horizon", u32, 0},
    {", nitems: ", "nitems", u16, 4},
    {", isCatalogRel ", "is_catalog_rel", yes_no, 6},
};

constexpr Field kPageReuse13[] = {
    {"rel ", "relation", relation, 0},
    {"; blk ", "block", u32, 12},
    {"; latestRemovedXid ", "snapshot_conflict_horizon", full_xid, 16},
};
constexpr Field kPageReuse16[] = {
    {"rel ", "relation", relation, 0},
    {"; blk ", "block", u32, 12},
    {"; snapshotConflictHorizon ", "snapshot_conflict_horizon", full_xid, 16},
};
constexpr Field kPageReuse17[] = {
    {"rel ", "relation", relation, 0},
    {"; blk ", "block", u32, 12},
    {"; snapshotConflictHorizon ", "snapshot_conflict_horizon", full_xid, 16},
    {", isCatalogRel ", "is_catalog_rel", yes_no, 24},
};

bool page_split(const Record& record, FieldSink& sink) {
  Cursor in(record.main_data());
  in.skip(18);  // the right link, the node sequence number and whether the page was a leaf
  const std::uint16_t pages = in.u16();
  if (!in.ok()) return false;
  sink.uint("page_split: splits to ", "npages", pages);
  sink.text(" pages");
  return true;
}

constexpr Field kPageDelete[] = {
    {"deleteXid ", "delete_xid", full_xid, 0},
    {"; downlink ", "downlink", u16, 8},
};

constexpr RecordType kTypes[] = {
    {0x00, pg13, open, "PAGE_UPDATE", {}},          {0x10, pg13, pg15, "DELETE", kDelete13},
    {0x10, pg16, pg16, "DELETE", kDelete16},        {0x10, pg17, open, "DELETE", kDelete17},
    {0x20, pg13, pg15, "PAGE_REUSE", kPageReuse13}, {0x20, pg16, pg16, "PAGE_REUSE", kPageReuse16},
    {0x20, pg17, open, "PAGE_REUSE", kPageReuse17}, {0x30, pg13, open, "PAGE_SPLIT", page_split},
    {0x60, pg13, open, "PAGE_DELETE", kPageDelete}, {0x70, pg13, open, "ASSIGN_LSN", {}},
};
static_assert(disjoint(kTypes));

}  // namespace

constexpr Rmgr kGistRmgr = {
    .id = 14,
    .name = "Gist",
    .name_mask = 0xF0,
    .describe_mask = 0xF0,
    .types = kTypes,
};

}  // namespace walkit::rmgr
