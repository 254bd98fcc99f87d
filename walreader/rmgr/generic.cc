// Generic: regions of pages that extensions overwrite. There is one record type, whatever the info byte says.
//
// PostgreSQL: access/rmgrdesc/genericdesc.c, access/transam/generic_xlog.c.
#include "walreader/bytes.h"
#include "walreader/rmgr/tables.h"

namespace walkit::rmgr {
namespace {

using enum Major;

bool regions(const Record& record, FieldSink& sink) {
  Cursor in(record.main_data());
  sink.begin_array("", "regions");
  for (std::string_view separator = ""; in.remaining() > 0; separator = "; ") {
    const std::uint16_t offset = in.u16();
    const std::uint16_t length = in.u16();
    in.skip(length);
    if (!in.ok()) break;
    sink.begin_object(separator, "");
    sink.uint("offset ", "offset", offset);
    sink.uint(", length ", "length", length);
    sink.end_object("");
  }
  sink.end_array("");
  return in.ok();
}

constexpr RecordType kTypes[] = {
    {0x00, pg13, open, "Generic", regions},
};
static_assert(disjoint(kTypes));

}  // namespace

constexpr Rmgr kGenericRmgr = {
    .id = 20,
    .name = "Generic",
    .name_mask = 0x00,
    .describe_mask = 0x00,
    .types = kTypes,
};

}  // namespace walkit::rmgr
