// Storage: creating and truncating the files of relations.
//
// PostgreSQL: access/rmgrdesc/smgrdesc.c, catalog/storage_xlog.h.
#include "walreader/rmgr/common.h"
#include "walreader/rmgr/tables.h"

namespace walkit::rmgr {
namespace {

using enum Major;

bool create(const Record& record, FieldSink& sink) {
  Cursor in(record.main_data());
  const RelFileLocator relation = read_relation(in);
  const std::uint32_t fork = in.u32();
  if (!in.ok() || fork > static_cast<std::uint32_t>(Fork::init)) return false;
  sink.path("", "path", relation, static_cast<Fork>(fork));
  return true;
}

bool truncate(const Record& record, FieldSink& sink) {
  Cursor in(record.main_data());
  const BlockNumber blocks = in.u32();
  const RelFileLocator relation = read_relation(in);
  const std::int32_t flags = in.i32();
  if (!in.ok()) return false;
  sink.path("", "path", relation, Fork::main);
  sink.uint(" to ", "blocks", blocks);
  sink.sint(" blocks flags ", "flags", flags);
  return true;
}

constexpr RecordType kTypes[] = {
    {0x10, pg13, open, "CREATE", create},
    {0x20, pg13, open, "TRUNCATE", truncate},
};
static_assert(disjoint(kTypes));

}  // namespace

constexpr Rmgr kStorageRmgr = {
    .id = 2,
    .name = "Storage",
    .name_mask = 0xF0,
    .describe_mask = 0xF0,
    .types = kTypes,
};

}  // namespace walkit::rmgr
