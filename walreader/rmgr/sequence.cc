// Sequence: the tuple of a sequence, logged ahead.
//
// PostgreSQL: access/rmgrdesc/seqdesc.c, commands/sequence.h.
#include "walreader/rmgr/tables.h"

namespace walkit::rmgr {
namespace {

using enum Major;

constexpr Field kLog[] = {{"rel ", "relation", FieldType::relation, 0}};

constexpr RecordType kTypes[] = {
    {0x00, pg13, open, "LOG", kLog},
};
static_assert(disjoint(kTypes));

}  // namespace

constexpr Rmgr kSequenceRmgr = {
    .id = 15,
    .name = "Sequence",
    .name_mask = 0xF0,
    .describe_mask = 0xF0,
    .types = kTypes,
};

}  // namespace walkit::rmgr
