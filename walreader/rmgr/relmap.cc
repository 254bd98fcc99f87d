// RelMap: new contents of pg_filenode.map.
//
// PostgreSQL: access/rmgrdesc/relmapdesc.c, utils/relmapper.h.
#include "walreader/rmgr/tables.h"

namespace walkit::rmgr {
namespace {

using enum Major;
using enum FieldType;

constexpr Field kUpdate13[] = {
    {"database ", "database", u32, 0},
    {" tablespace ", "tablespace", u32, 4},
    {" size ", "size", u32, 8},
};

// The size was always signed; 15 prints it so.
constexpr Field kUpdate15[] = {
    {"database ", "database", u32, 0},
    {" tablespace ", "tablespace", u32, 4},
    {" size ", "size", i32, 8},
};

constexpr RecordType kTypes[] = {
    {0x00, pg13, pg14, "UPDATE", kUpdate13},
    {0x00, pg15, open, "UPDATE", kUpdate15},
};
static_assert(disjoint(kTypes));

}  // namespace

constexpr Rmgr kRelMapRmgr = {
    .id = 7,
    .name = "RelMap",
    .name_mask = 0xF0,
    .describe_mask = 0xF0,
    .types = kTypes,
};

}  // namespace walkit::rmgr
