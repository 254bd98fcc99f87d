// MultiXact: sets of transactions that lock a row together.
//
// PostgreSQL: access/rmgrdesc/mxactdesc.c, access/multixact.h.
#include <array>

#include "walreader/rmgr/lists.h"
#include "walreader/rmgr/tables.h"

namespace walkit::rmgr {
namespace {

using enum Major;
using enum FieldType;

constexpr Field kZeroPage13[] = {{"", "page", i32, 0}};
constexpr Field kZeroPage17[] = {{"", "page", i64, 0}};

/// MultiXactStatus: what a member does to the row, weakest lock first.
constexpr std::array<std::string_view, 6> kStatusNames{"keysh",  "sh",       "fornokeyupd",
                                                       "forupd", "nokeyupd", "upd"};

constexpr Field kCreateIdHead[] = {
    {"", "multi", u32, 0},
    {" offset ", "offset", u32, 4},
    {" nmembers ", "member_count", i32, 8},
};

bool create_id(const Record& record, FieldSink& sink) {
  if (!Describe(kCreateIdHead)(record, sink)) return false;
  Cursor in(record.main_data());
  in.skip(8);
  Cursor members = take_counted_items(in, 8);
  if (!in.ok()) return false;
  sink.begin_array(": ", "members");
  while (members.remaining() > 0) {
    const Xid xid = members.u32();
    const std::uint32_t status = members.u32();
    sink.begin_object("", "");
    sink.uint("", "xid", xid);
    sink.word(" (", "status", status < kStatusNames.size() ? kStatusNames[status] : "unk");
    sink.end_object(") ");
  }
  sink.end_array("");
  return true;
}

constexpr Field kTruncateIdRanges[] = {
    {"offsets [", "start_offset", u32, 4},
    {", ", "end_offset", u32, 8},
    {"), members [", "start_member", u32, 12},
    {", ", "end_member", u32, 16},
};

bool truncate_id(const Record& record, FieldSink& sink) {
  if (!Describe(kTruncateIdRanges)(record, sink)) return false;
  sink.text(")");
  return true;
}

constexpr RecordType kTypes[] = {
    {0x00, pg13, pg16, "ZERO_OFF_PAGE", kZeroPage13}, {0x00, pg17, open, "ZERO_OFF_PAGE", kZeroPage17},
    {0x10, pg13, pg16, "ZERO_MEM_PAGE", kZeroPage13}, {0x10, pg17, open, "ZERO_MEM_PAGE", kZeroPage17},
    {0x20, pg13, open, "CREATE_ID", create_id},       {0x30, pg13, open, "TRUNCATE_ID", truncate_id},
};
static_assert(disjoint(kTypes));

}  // namespace

constexpr Rmgr kMultiXactRmgr = {
    .id = 6,
    .name = "MultiXact",
    .name_mask = 0xF0,
    .describe_mask = 0xF0,
    .types = kTypes,
};

}  // namespace walkit::rmgr
