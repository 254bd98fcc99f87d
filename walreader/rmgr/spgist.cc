// SP-GiST indexes: spgdesc.c, access/spgxlog.h. The records are the same in all majors, 14 tells more of
// them.
#include "walreader/rmgr/common.h"
#include "walreader/rmgr/tables.h"

namespace walkit::rmgr {
namespace {

using enum Major;
using enum FieldType;

constexpr Field kAddLeaf13[] = {
    {"add leaf to page; off ", "off", u16, 2},
    {"; headoff ", "headoff", u16, 4},
    {"; parentoff ", "parentoff", u16, 6},
    {" (newpage)", "new_page", flag, 0},
    {" (nulls)", "nulls", flag, 1},
};
constexpr Field kAddLeaf14[] = {
    {"off: ", "off", u16, 2},
    {", headoff: ", "headoff", u16, 4},
    {", parentoff: ", "parentoff", u16, 6},
    {", nodeI: ", "node_i", u16, 8},
    {" (newpage)", "new_page", flag, 0},
    {" (nulls)", "nulls", flag, 1},
};

bool move_leafs_13(const Record& record, FieldSink& sink) {
  Cursor in(record.main_data());
  const std::uint16_t moves = in.u16();
  if (!in.ok()) return false;
  sink.uint("", "nmoves", moves);
  sink.text(" leafs");
  return true;
}
constexpr Field kMoveLeafs14[] = {
    {"nmoves: ", "nmoves", u16, 0},
    {", parentoff: ", "parentoff", u16, 6},
    {", nodeI: ", "node_i", u16, 8},
    {" (newpage)", "new_page", flag, 2},
    {" (replacedead)", "replace_dead", flag, 3},
    {" (nulls)", "nulls", flag, 4},
};

constexpr Field kAddNode13[] = {{"off ", "off", u16, 0}};
constexpr Field kAddNode14[] = {
    {"off: ", "off", u16, 0},
    {", newoff: ", "newoff", u16, 2},
    {", parentBlk: ", "parent_blk", i8, 5},
    {", parentoff: ", "parentoff", u16, 6},
    {", nodeI: ", "node_i", u16, 8},
    {" (newpage)", "new_page", flag, 4},
};

bool split_tuple_13(const Record& record, FieldSink& sink) {
  Cursor in(record.main_data());
  const std::uint16_t prefix = in.u16();
  const std::uint16_t postfix = in.u16();
  const bool new_page = in.u8() != 0;
  const bool same = in.u8() != 0;
  if (!in.ok()) return false;
  sink.uint("prefix off: ", "prefixoff", prefix);
  sink.uint(", postfix off: ", "postfixoff", postfix);
  sink.boolean(" (same ", "same", same, "1", "0");
  sink.boolean(", new ", "new_page", new_page, "1)", "0)");
  return true;
}
constexpr Field kSplitTuple14[] = {
    {"prefixoff: ", "prefixoff", u16, 0},
    {", postfixoff: ", "postfixoff", u16, 2},
    {" (newpage)", "new_page", flag, 4},
    {" (same)", "same", flag, 5},
};

constexpr Field kPicksplit13[] = {
    {"ndel ", "ndelete", u16, 2},
    {"; nins ", "ninsert", u16, 4},
    {" (innerIsParent)", "inner_is_parent", flag, 12},
    {" (isRootSplit)", "is_root_split", flag, 0},
};
constexpr Field kPicksplit14[] = {
    {"ndelete: ", "ndelete", u16, 2},     {", ninsert: ", "ninsert", u16, 4},
    {", inneroff: ", "inneroff", u16, 8}, {", parentoff: ", "parentoff", u16, 14},
    {", nodeI: ", "node_i", u16, 16},     {" (innerIsParent)", "inner_is_parent", flag, 12},
    {" (nulls)", "nulls", flag, 11},      {" (isRootSplit)", "is_root_split", flag, 0},
};

constexpr Field kVacuumLeaf14[] = {
    {"ndead: ", "ndead", u16, 0},
    {", nplaceholder: ", "nplaceholder", u16, 2},
    {", nmove: ", "nmove", u16, 4},
    {", nchain: ", "nchain", u16, 6},
};
constexpr Field kVacuumRoot14[] = {{"ndelete: ", "ndelete", u16, 0}};

constexpr Field kVacuumRedirect13[] = {{"newest XID ", "snapshot_conflict_horizon", u32, 4}};
constexpr Field kVacuumRedirect14[] = {
    {"ntoplaceholder: ", "ntoplaceholder", u16, 0},
    {", firstplaceholder: ", "firstplaceholder", u16, 2},
    {", newestredirectxid: ", "snapshot_conflict_horizon", u32, 4},
};
constexpr Field kVacuumRedirect16[] = {
    {"ntoplaceholder: ", "ntoplaceholder", u16, 0},
    {", firstplaceholder: ", "firstplaceholder", u16, 2},
    {", snapshotConflictHorizon: ", "snapshot_conflict_horizon", u32, 4},
};
constexpr Field kVacuumRedirect17[] = {
    {"ntoplaceholder: ", "ntoplaceholder", u16, 0},
    {", firstplaceholder: ", "firstplaceholder", u16, 2},
    {", snapshotConflictHorizon: ", "snapshot_conflict_horizon", u32, 4},
    {", isCatalogRel: ", "is_catalog_rel", yes_no, 8},
};

constexpr RecordType kTypes[] = {
    {0x10, pg13, pg13, "ADD_LEAF", kAddLeaf13},
    {0x10, pg14, open, "ADD_LEAF", kAddLeaf14},
    {0x20, pg13, pg13, "MOVE_LEAFS", move_leafs_13},
    {0x20, pg14, open, "MOVE_LEAFS", kMoveLeafs14},
    {0x30, pg13, pg13, "ADD_NODE", kAddNode13},
    {0x30, pg14, open, "ADD_NODE", kAddNode14},
    {0x40, pg13, pg13, "SPLIT_TUPLE", split_tuple_13},
    {0x40, pg14, open, "SPLIT_TUPLE", kSplitTuple14},
    {0x50, pg13, pg13, "PICKSPLIT", kPicksplit13},
    {0x50, pg14, open, "PICKSPLIT", kPicksplit14},
    {0x60, pg13, pg13, "VACUUM_LEAF", {}},
    {0x60, pg14, open, "VACUUM_LEAF", kVacuumLeaf14},
    {0x70, pg13, pg13, "VACUUM_ROOT", {}},
    {0x70, pg14, open, "VACUUM_ROOT", kVacuumRoot14},
    {0x80, pg13, pg13, "VACUUM_REDIRECT", kVacuumRedirect13},
    {0x80, pg14, pg15, "VACUUM_REDIRECT", kVacuumRedirect14},
    {0x80, pg16, pg16, "VACUUM_REDIRECT", kVacuumRedirect16},
    {0x80, pg17, open, "VACUUM_REDIRECT", kVacuumRedirect17},
};
static_assert(disjoint(kTypes));

}  // namespace

constexpr Rmgr kSpGistRmgr = {
    .id = 16,
    .name = "SPGist",
    .name_mask = 0xF0,
    .describe_mask = 0xF0,
    .types = kTypes,
};

}  // namespace walkit::rmgr
