// Standby: what a hot standby must know of the primary's locks, transactions and caches.
//
// PostgreSQL: access/rmgrdesc/standbydesc.c, storage/standbydefs.h, storage/lockdefs.h.
#include "walreader/rmgr/standby.h"

#include "walreader/rmgr/common.h"
#include "walreader/rmgr/lists.h"
#include "walreader/rmgr/tables.h"

namespace walkit::rmgr {
namespace {

using enum Major;
using enum FieldType;

bool lock(const Record& record, FieldSink& sink) {
  Cursor in(record.main_data());
  Cursor locks = take_counted_items(in, 12);
  if (!in.ok()) return false;
  sink.begin_array("", "locks");
  while (locks.remaining() > 0) {
    sink.begin_object("", "");
    sink.uint("xid ", "xid", locks.u32());
    sink.uint(" db ", "database", locks.u32());
    sink.uint(" rel ", "relation", locks.u32());
    sink.end_object(" ");
  }
  sink.end_array("");
  return true;
}

constexpr std::uint8_t kRunningXacts = 0x10;

constexpr Field kRunningXactsHead[] = {
    {"nextXid ", "next_xid", u32, 12},
    {" latestCompletedXid ", "latest_completed_xid", u32, 20},
    {" oldestRunningXid ", "oldest_running_xid", u32, 16},
};

/// The ids that follow the head of RUNNING_XACTS: first the transactions, then their subtransactions.
struct RunningXacts {
  std::int32_t xact_count;
  std::int32_t subxact_count;
  bool overflow;
  Cursor in;

  explicit RunningXacts(const Record& record) : in(record.main_data()) {
    xact_count = in.i32();
    subxact_count = in.i32();
    overflow = in.u8() != 0;
    in.skip(3 + 3 * sizeof(Xid));
  }
};

bool running_xacts_13(const Record& record, FieldSink& sink) {
  if (!Describe(kRunningXactsHead)(record, sink)) return false;
  RunningXacts running(record);
  const Cursor xacts = take_items(running.in, running.xact_count, sizeof(Xid));
  if (!running.in.ok()) return false;
  if (running.xact_count > 0) {
    sink.sint("; ", "xact_count", running.xact_count);
    number_list(sink, " xacts:", "xacts", xacts);
  }
  sink.boolean("", "subxid_overflow", running.overflow, "; subxid ovf", "");
  return true;
}

bool running_xacts_16(const Record& record, FieldSink& sink) {
  if (!Describe(kRunningXactsHead)(record, sink)) return false;
  RunningXacts running(record);
  const Cursor xacts = take_items(running.in, running.xact_count, sizeof(Xid));
  const Cursor subxacts = take_items(running.in, running.subxact_count, sizeof(Xid));
  if (!running.in.ok()) return false;
  if (running.xact_count > 0) {
    sink.sint("; ", "xact_count", running.xact_count);
    number_list(sink, " xacts:", "xacts", xacts);
  }
  sink.boolean("", "subxid_overflow", running.overflow, "; subxid overflowed", "");
  if (running.subxact_count > 0) {
    sink.sint("; ", "subxact_count", running.subxact_count);
    number_list(sink, " subxacts:", "subxacts", subxacts);
  }
  return true;
}

bool describe_invalidations(const Record& record, FieldSink& sink) {
  Cursor in(record.main_data());
  const Oid database = in.u32();
  const Oid tablespace = in.u32();
  const bool init_file = in.u8() != 0;
  in.skip(3);
  const std::int32_t count = in.i32();
  return in.ok() && invalidations(sink, in, count, record.major(), database, tablespace, init_file);
}

constexpr RecordType kTypes[] = {
    {0x00, pg13, open, "LOCK", lock},
    {kRunningXacts, pg13, pg15, "RUNNING_XACTS", running_xacts_13},
    {kRunningXacts, pg16, open, "RUNNING_XACTS", running_xacts_16},
    {0x20, pg13, open, "INVALIDATIONS", describe_invalidations},
};
static_assert(disjoint(kTypes));

}  // namespace

constexpr Rmgr kStandbyRmgr = {
    .id = 8,
    .name = "Standby",
    .name_mask = 0xF0,
    .describe_mask = 0xF0,
    .types = kTypes,
};

}  // namespace walkit::rmgr

namespace walkit {

std::optional<RunningTransactions> running_transactions(const Record& record) {
  if (record.rmid() != kStandbyRmgrId || record.rmgr_info() != rmgr::kRunningXacts) return {};
  Cursor in(record.main_data());
  in.skip(12);
  const Xid next = in.u32();
  const Xid oldest_running = in.u32();
  if (!in.ok()) return {};
  return RunningTransactions{next, oldest_running};
}

}  // namespace walkit
