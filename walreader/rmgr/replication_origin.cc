// ReplicationOrigin: progress of replication origins. It names records by the whole info byte, low bits
// included.
//
// PostgreSQL: access/rmgrdesc/replorigindesc.c, replication/origin.h.
#include "walreader/rmgr/tables.h"

namespace walkit::rmgr {
namespace {

using enum Major;
using enum FieldType;

constexpr Field kSet[] = {
    {"set ", "node", u16, 8},
    {"; lsn ", "remote_lsn", lsn, 0},
    {"; force: ", "force", one_zero, 10},
};

constexpr Field kDrop[] = {{"drop ", "node", u16, 0}};

constexpr RecordType kTypes[] = {
    {0x00, pg13, open, "SET", kSet},
    {0x10, pg13, open, "DROP", kDrop},
};
static_assert(disjoint(kTypes));

}  // namespace

constexpr Rmgr kReplicationOriginRmgr = {
    .id = 19,
    .name = "ReplicationOrigin",
    .name_mask = 0xFF,
    .describe_mask = 0xF0,
    .types = kTypes,
};

}  // namespace walkit::rmgr
