// CLOG: pages of the commit status of transactions.
//
// PostgreSQL: access/rmgrdesc/clogdesc.c, access/clog.h.
#include "walreader/rmgr/tables.h"

namespace walkit::rmgr {
namespace {

using enum Major;
using enum FieldType;

constexpr Field kZeroPage13[] = {{"page ", "page", i32, 0}};
constexpr Field kZeroPage17[] = {{"page ", "page", i64, 0}};

constexpr Field kTruncate13[] = {
    {"page ", "page", i32, 0},
    {"; oldestXact ", "oldest_xid", u32, 4},
};
constexpr Field kTruncate17[] = {
    {"page ", "page", i64, 0},
    {"; oldestXact ", "oldest_xid", u32, 8},
};

constexpr RecordType kTypes[] = {
    {0x00, pg13, pg16, "ZEROPAGE", kZeroPage13},
    {0x00, pg17, open, "ZEROPAGE", kZeroPage17},
    {0x10, pg13, pg16, "TRUNCATE", kTruncate13},
    {0x10, pg17, open, "TRUNCATE", kTruncate17},
};
static_assert(disjoint(kTypes));

}  // namespace

constexpr Rmgr kClogRmgr = {
    .id = 3,
    .name = "CLOG",
    .name_mask = 0xF0,
    .describe_mask = 0xF0,
    .types = kTypes,
};

}  // namespace walkit::rmgr
