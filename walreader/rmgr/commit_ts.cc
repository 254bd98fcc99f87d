// CommitTs: pages of commit timestamps. It names records by the whole info byte, low bits included.
//
// PostgreSQL: access/rmgrdesc/committsdesc.c, access/commit_ts.h.
#include "walreader/rmgr/lists.h"
#include "walreader/rmgr/tables.h"

namespace walkit::rmgr {
namespace {

using enum Major;
using enum FieldType;

constexpr Field kZeroPage13[] = {{"", "page", i32, 0}};
constexpr Field kZeroPage17[] = {{"", "page", i64, 0}};

constexpr Field kTruncate13[] = {
    {"pageno ", "page", i32, 0},
    {", oldestXid ", "oldest_xid", u32, 4},
};
constexpr Field kTruncate17[] = {
    {"pageno ", "page", i64, 0},
    {", oldestXid ", "oldest_xid", u32, 8},
};

constexpr Field kSetTsHead[] = {
    {"set ", "time", time, 0},
    {"/", "node", u16, 8},
    {" for: ", "xid", u32, 12},
};
constexpr std::size_t kSetTsHeadSize = 16;

bool set_ts(const Record& record, FieldSink& sink) {
  if (!Describe(kSetTsHead)(record, sink)) return false;
  Cursor in(record.main_data());
  in.skip(kSetTsHeadSize);
  const Cursor subxacts =
      take_items(in, static_cast<std::int64_t>(in.remaining() / sizeof(Xid)), sizeof(Xid));
  number_list(sink, "", "subxacts", subxacts, ", ");
  return true;
}

constexpr RecordType kTypes[] = {
    {0x00, pg13, pg16, "ZEROPAGE", kZeroPage13}, {0x00, pg17, open, "ZEROPAGE", kZeroPage17},
    {0x10, pg13, pg16, "TRUNCATE", kTruncate13}, {0x10, pg17, open, "TRUNCATE", kTruncate17},
    {0x20, pg13, pg13, "SETTS", set_ts},
};
static_assert(disjoint(kTypes));

}  // namespace

constexpr Rmgr kCommitTsRmgr = {
    .id = 18,
    .name = "CommitTs",
    .name_mask = 0xFF,
    .describe_mask = 0xF0,
    .types = kTypes,
};

}  // namespace walkit::rmgr
