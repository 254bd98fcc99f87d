// Changes of single tuples of tables: heapdesc.c (heap_desc), access/heapam_xlog.h.
//
// The bit 0x80 of xl_info says that the record initializes its page. It is named where it makes sense and
// turns other names into UNKNOWN; descriptions do not look at it.
#include "walreader/rmgr/heap.h"

#include "walreader/rmgr/common.h"
#include "walreader/rmgr/lists.h"
#include "walreader/rmgr/tables.h"

namespace walkit::rmgr {
namespace {

using enum Major;
using enum FieldType;

constexpr Field kInsert13[] = {
    {"off ", "off", u16, 0},
    {" flags 0x", "flags", hex8, 2},
};
constexpr Field kInsert16[] = {
    {"off: ", "off", u16, 0},
    {", flags: 0x", "flags", hex8, 2},
};
constexpr Field kOffset13[] = {{"off ", "off", u16, 0}};
constexpr Field kOffset16[] = {{"off: ", "off", u16, 0}};

bool delete_13(const Record& record, FieldSink& sink) {
  const auto lock = read_tuple_lock(record);
  if (!lock) return false;
  sink.uint("off ", "off", lock->off);
  sink.hex(" flags 0x", "flags", lock->flags, 2);
  infobits(sink, " ", "infobits", lock->infobits, record.major());
  return true;
}

bool lock_13(const Record& record, FieldSink& sink) {
  const auto lock = read_tuple_lock(record);
  if (!lock) return false;
  sink.uint("off ", "off", lock->off);
  sink.uint(": xid ", "xmax", lock->xmax);
  sink.hex(": flags 0x", "flags", lock->flags, 2);
  infobits(sink, " ", "infobits", lock->infobits, record.major());
  return true;
}

struct Update {
  Xid old_xmax, new_xmax;
  std::uint16_t old_off, new_off;
  std::uint8_t old_infobits, flags;
};

std::optional<Update> read_update(const Record& record) {
  Cursor in(record.main_data());
  Update update;
  update.old_xmax = in.u32();
  update.old_off = in.u16();
  update.old_infobits = in.u8();
  update.flags = in.u8();
  update.new_xmax = in.u32();
  update.new_off = in.u16();
  if (!in.ok()) return std::nullopt;
  return update;
}

bool update_13(const Record& record, FieldSink& sink) {
  const auto update = read_update(record);
  if (!update) return false;
  sink.uint("off ", "old_off", update->old_off);
  sink.uint(" xmax ", "old_xmax", update->old_xmax);
  sink.hex(" flags 0x", "flags", update->flags, 2);
  infobits(sink, " ", "old_infobits", update->old_infobits, record.major());
  sink.uint("; new off ", "new_off", update->new_off);
  sink.uint(" xmax ", "new_xmax", update->new_xmax);
  return true;
}

bool update_16(const Record& record, FieldSink& sink) {
  const auto update = read_update(record);
  if (!update) return false;
  sink.uint("old_xmax: ", "old_xmax", update->old_xmax);
  sink.uint(", old_off: ", "old_off", update->old_off);
  infobits(sink, ", old_infobits: ", "old_infobits", update->old_infobits, record.major());
  sink.hex(", flags: 0x", "flags", update->flags, 2);
  sink.uint(", new_xmax: ", "new_xmax", update->new_xmax);
  sink.uint(", new_off: ", "new_off", update->new_off);
  return true;
}

constexpr std::uint8_t kHeapOpcodeMask = 0x70;
constexpr std::uint8_t kTruncate = 0x30;

struct Truncate {
  Oid database;
  std::uint32_t count;
  std::uint8_t flags;
  ByteSpan relations;  ///< 4 bytes each
};

std::optional<Truncate> read_truncate(const Record& record) {
  Cursor in(record.main_data());
  Truncate truncate;
  truncate.database = in.u32();
  truncate.count = in.u32();
  truncate.flags = in.u8();
  in.skip(3);  // padding
  truncate.relations = in.bytes(std::size_t{truncate.count} * sizeof(Oid));
  if (!in.ok()) return std::nullopt;
  return truncate;
}

bool truncate_13(const Record& record, FieldSink& sink) {
  constexpr BitName kFlags[] = {{0x01, "cascade"}, {0x02, "restart_seqs"}};
  const auto truncate = read_truncate(record);
  if (!truncate) return false;
  bit_names(sink, "", "flags", truncate->flags, kFlags, record.major());
  sink.uint("nrelids ", "nrelids", truncate->count);
  number_list(sink, " relids", "relids", Cursor(truncate->relations));
  return true;
}

bool truncate_16(const Record& record, FieldSink& sink) {
  constexpr BitName kFlags[] = {{0x01, "CASCADE"}, {0x02, "RESTART_SEQS"}};
  const auto truncate = read_truncate(record);
  if (!truncate) return false;
  bit_names(sink, "flags: ", "flags", truncate->flags, kFlags, record.major());
  sink.uint(", nrelids: ", "nrelids", truncate->count);
  sink.begin_array(", relids: [", "relids");
  Cursor in(truncate->relations);
  for (bool first = true; in.remaining() > 0; first = false) sink.uint(comma(first), "", in.u32());
  sink.end_array("]");
  return true;
}

/// From 18 on the record carries the invalidations that go with a catalog row changed in place.
bool inplace_18(const Record& record, FieldSink& sink) {
  Cursor in(record.main_data());
  const std::uint16_t off = in.u16();
  in.skip(2);  // padding
  const Oid database = in.u32();
  const Oid tablespace = in.u32();
  const bool init_file = in.u8() != 0;
  in.skip(3);  // padding
  const std::int32_t messages = in.i32();
  if (!in.ok()) return false;
  sink.uint("off: ", "off", off);
  return invalidations(sink, in, messages, record.major(), database, tablespace, init_file);
}

constexpr RecordType kTypes[] = {
    {0x00, pg13, pg15, "INSERT", kInsert13},
    {0x00, pg16, open, "INSERT", kInsert16},
    {0x80, pg13, pg15, "INSERT+INIT", kInsert13},
    {0x80, pg16, open, "INSERT+INIT", kInsert16},
    {0x10, pg13, pg15, "DELETE", delete_13},
    {0x10, pg16, open, "DELETE", describe_tuple_lock},
    {0x20, pg13, pg15, "UPDATE", update_13},
    {0x20, pg16, open, "UPDATE", update_16},
    {0xA0, pg13, pg15, "UPDATE+INIT", update_13},
    {0xA0, pg16, open, "UPDATE+INIT", update_16},
    {kTruncate, pg13, pg15, "TRUNCATE", truncate_13},
    {kTruncate, pg16, open, "TRUNCATE", truncate_16},
    {0x40, pg13, pg15, "HOT_UPDATE", update_13},
    {0x40, pg16, open, "HOT_UPDATE", update_16},
    {0xC0, pg13, pg15, "HOT_UPDATE+INIT", update_13},
    {0xC0, pg16, open, "HOT_UPDATE+INIT", update_16},
    {0x50, pg13, pg15, "HEAP_CONFIRM", kOffset13},
    {0x50, pg16, open, "HEAP_CONFIRM", kOffset16},
    {0x60, pg13, pg15, "LOCK", lock_13},
    {0x60, pg16, open, "LOCK", describe_tuple_lock},
    {0x70, pg13, pg15, "INPLACE", kOffset13},
    {0x70, pg16, pg17, "INPLACE", kOffset16},
    {0x70, pg18, open, "INPLACE", inplace_18},
};
static_assert(disjoint(kTypes));

}  // namespace

constexpr Rmgr kHeapRmgr = {
    .id = 10,
    .name = "Heap",
    .name_mask = 0xF0,
    .describe_mask = kHeapOpcodeMask,
    .types = kTypes,
};

}  // namespace walkit::rmgr

namespace walkit {

std::optional<Truncation> truncation(const Record& record) {
  constexpr std::uint8_t kCascade = 0x01, kRestartIdentity = 0x02;
  if (record.rmid() != kHeapRmgrId || (record.rmgr_info() & rmgr::kHeapOpcodeMask) != rmgr::kTruncate)
    return {};
  const auto parsed = rmgr::read_truncate(record);
  if (!parsed) return {};
  return Truncation{parsed->database, (parsed->flags & kCascade) != 0,
                    (parsed->flags & kRestartIdentity) != 0, parsed->relations};
}

}  // namespace walkit
