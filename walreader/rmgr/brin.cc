// BRIN indexes: brindesc.c, access/brin_xlog.h. The bit 0x80 of xl_info says that the record initializes its
// page; as in heap.cc it is named where it makes sense, and descriptions do not look at it.
#include "walreader/rmgr/common.h"
#include "walreader/rmgr/tables.h"

namespace walkit::rmgr {
namespace {

using enum Major;
using enum FieldType;

constexpr Field kCreateIndex[] = {
    {"v", "version", u16, 4},
    {" pagesPerRange ", "pages_per_range", u32, 0},
};
constexpr Field kInsert[] = {
    {"heapBlk ", "heap_blk", u32, 0},
    {" pagesPerRange ", "pages_per_range", u32, 4},
    {" offnum ", "off", u16, 8},
};
constexpr Field kUpdate[] = {
    {"heapBlk ", "heap_blk", u32, 4},
    {" pagesPerRange ", "pages_per_range", u32, 8},
    {" old offnum ", "old_off", u16, 0},
    {", new offnum ", "new_off", u16, 12},
};
constexpr Field kSamepageUpdate[] = {{"offnum ", "off", u16, 0}};
constexpr Field kRevmapExtend[] = {{"targetBlk ", "target_blk", u32, 0}};
constexpr Field kDesummarize[] = {
    {"pagesPerRange ", "pages_per_range", u32, 0},
    {", heapBlk ", "heap_blk", u32, 4},
    {", page offset ", "off", u16, 8},
};

constexpr RecordType kTypes[] = {
    {0x00, pg13, open, "CREATE_INDEX", kCreateIndex},
    {0x10, pg13, open, "INSERT", kInsert},
    {0x90, pg13, open, "INSERT+INIT", kInsert},
    {0x20, pg13, open, "UPDATE", kUpdate},
    {0xA0, pg13, open, "UPDATE+INIT", kUpdate},
    {0x30, pg13, open, "SAMEPAGE_UPDATE", kSamepageUpdate},
    {0x40, pg13, open, "REVMAP_EXTEND", kRevmapExtend},
    {0x50, pg13, open, "DESUMMARIZE", kDesummarize},
};
static_assert(disjoint(kTypes));

}  // namespace

constexpr Rmgr kBrinRmgr = {
    .id = 17,
    .name = "BRIN",
    .name_mask = 0xF0,
    .describe_mask = 0x70,
    .types = kTypes,
};

}  // namespace walkit::rmgr
