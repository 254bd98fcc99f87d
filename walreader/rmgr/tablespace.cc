// Tablespace: creating and dropping tablespaces.
//
// PostgreSQL: access/rmgrdesc/tblspcdesc.c, commands/tablespace.h.
#include "walreader/rmgr/lists.h"
#include "walreader/rmgr/tables.h"

namespace walkit::rmgr {
namespace {

using enum Major;

bool create(const Record& record, FieldSink& sink) {
  Cursor in(record.main_data());
  const Oid tablespace = in.u32();
  if (!in.ok()) return false;
  sink.uint("", "tablespace", tablespace);
  sink.string(" \"", "path", c_string(in.rest()));
  sink.text("\"");
  return true;
}

constexpr Field kDrop[] = {{"", "tablespace", FieldType::u32, 0}};

constexpr RecordType kTypes[] = {
    {0x00, pg13, open, "CREATE", create},
    {0x10, pg13, open, "DROP", kDrop},
};
static_assert(disjoint(kTypes));

}  // namespace

constexpr Rmgr kTablespaceRmgr = {
    .id = 5,
    .name = "Tablespace",
    .name_mask = 0xF0,
    .describe_mask = 0xF0,
    .types = kTypes,
};

}  // namespace walkit::rmgr
