// Database: creating and dropping databases. Until 14 every database was created by copying files.
//
// PostgreSQL: access/rmgrdesc/dbasedesc.c, commands/dbcommands_xlog.h.
#include "walreader/rmgr/lists.h"
#include "walreader/rmgr/tables.h"

namespace walkit::rmgr {
namespace {

using enum Major;
using enum FieldType;

constexpr Field kCreateFileCopy[] = {
    {"copy dir ", "source_tablespace", u32, 12},
    {"/", "source_database", u32, 8},
    {" to ", "tablespace", u32, 4},
    {"/", "database", u32, 0},
};

constexpr Field kCreateWalLog[] = {
    {"create dir ", "tablespace", u32, 4},
    {"/", "database", u32, 0},
};

bool drop(const Record& record, FieldSink& sink) {
  Cursor in(record.main_data());
  const Oid database = in.u32();
  Cursor tablespaces = take_counted_items(in, sizeof(Oid));
  if (!in.ok()) return false;
  sink.begin_array("dir", "directories");
  while (tablespaces.remaining() > 0) {
    sink.begin_object(" ", "");
    sink.uint("", "tablespace", tablespaces.u32());
    sink.uint("/", "database", database);
    sink.end_object("");
  }
  sink.end_array("");
  return true;
}

constexpr RecordType kTypes[] = {
    {0x00, pg13, pg14, "CREATE", kCreateFileCopy},
    {0x00, pg15, open, "CREATE_FILE_COPY", kCreateFileCopy},
    {0x10, pg13, pg14, "DROP", drop},
    {0x10, pg15, open, "CREATE_WAL_LOG", kCreateWalLog},
    {0x20, pg15, open, "DROP", drop},
};
static_assert(disjoint(kTypes));

}  // namespace

constexpr Rmgr kDatabaseRmgr = {
    .id = 4,
    .name = "Database",
    .name_mask = 0xF0,
    .describe_mask = 0xF0,
    .types = kTypes,
};

}  // namespace walkit::rmgr
