// XLOG: checkpoints, settings, full-page images and other marks in the log itself.
//
// PostgreSQL: access/rmgrdesc/xlogdesc.c, catalog/pg_control.h (CheckPoint), access/xlog_internal.h.
#include "walreader/rmgr/xlog.h"

#include "walreader/rmgr/lists.h"
#include "walreader/rmgr/tables.h"

namespace walkit::rmgr {
namespace {

using enum Major;
using enum FieldType;

enum Opcode : std::uint8_t {
  kCheckpointShutdown = 0x00,
  kCheckpointOnline = 0x10,
  kSwitch = 0x40,
  kBackupEndRecord = 0x50,
  kEndOfRecovery = 0x90,
  kFpiForHint = 0xA0,
  kFpi = 0xB0,
};

constexpr Field kCheckpoint13[] = {
    {"redo ", "redo", lsn, 0},
    {"; tli ", "tli", u32, 8},
    {"; prev tli ", "prev_tli", u32, 12},
    {"; fpw ", "full_page_writes", true_false, 16},
    {"; xid ", "next_xid", full_xid, 24},
    {"; oid ", "next_oid", u32, 32},
    {"; multi ", "next_multi", u32, 36},
    {"; offset ", "next_multi_offset", u32, 40},
    {"; oldest xid ", "oldest_xid", u32, 44},
    {" in DB ", "oldest_xid_db", u32, 48},
    {"; oldest multi ", "oldest_multi", u32, 52},
    {" in DB ", "oldest_multi_db", u32, 56},
    {"; oldest/newest commit timestamp xid: ", "oldest_commit_ts_xid", u32, 72},
    {"/", "newest_commit_ts_xid", u32, 76},
    {"; oldest running xid ", "oldest_running_xid", u32, 80},
};

// 17 put wal_level into what had been padding.
constexpr Field kCheckpoint17[] = {
    {"redo ", "redo", lsn, 0},
    {"; tli ", "tli", u32, 8},
    {"; prev tli ", "prev_tli", u32, 12},
    {"; fpw ", "full_page_writes", true_false, 16},
    {"; wal_level ", "wal_level", wal_level, 20},
    {"; xid ", "next_xid", full_xid, 24},
    {"; oid ", "next_oid", u32, 32},
    {"; multi ", "next_multi", u32, 36},
    {"; offset ", "next_multi_offset", u32, 40},
    {"; oldest xid ", "oldest_xid", u32, 44},
    {" in DB ", "oldest_xid_db", u32, 48},
    {"; oldest multi ", "oldest_multi", u32, 52},
    {" in DB ", "oldest_multi_db", u32, 56},
    {"; oldest/newest commit timestamp xid: ", "oldest_commit_ts_xid", u32, 72},
    {"/", "newest_commit_ts_xid", u32, 76},
    {"; oldest running xid ", "oldest_running_xid", u32, 80},
};

template <const auto& fields>
bool checkpoint(const Record& record, FieldSink& sink) {
  if (!Describe(fields)(record, sink)) return false;
  sink.word("; ", "kind", record.rmgr_info() == kCheckpointShutdown ? "shutdown" : "online");
  return true;
}

constexpr Field kNextOid[] = {{"", "next_oid", u32, 0}};

constexpr Field kBackupEnd[] = {{"", "start_lsn", lsn, 0}};

constexpr Field kParameterChange[] = {
    {"max_connections=", "max_connections", i32, 0},
    {" max_worker_processes=", "max_worker_processes", i32, 4},
    {" max_wal_senders=", "max_wal_senders", i32, 8},
    {" max_prepared_xacts=", "max_prepared_xacts", i32, 12},
    {" max_locks_per_xact=", "max_locks_per_xact", i32, 16},
    {" wal_level=", "wal_level", wal_level, 20},
    {" wal_log_hints=", "wal_log_hints", on_off, 24},
    {" track_commit_timestamp=", "track_commit_timestamp", on_off, 25},
};

bool restore_point(const Record& record, FieldSink& sink) {
  Cursor in(record.main_data());
  in.i64();  // its time is not shown
  if (!in.ok()) return false;
  sink.string("", "name", c_string(in.rest()));
  return true;
}

constexpr Field kFpwChange[] = {{"", "full_page_writes", true_false, 0}};

constexpr Field kEndOfRecovery13[] = {
    {"tli ", "tli", u32, 8},
    {"; prev tli ", "prev_tli", u32, 12},
    {"; time ", "time", time, 0},
};

constexpr Field kEndOfRecovery17[] = {
    {"tli ", "tli", u32, 8},
    {"; prev tli ", "prev_tli", u32, 12},
    {"; time ", "time", time, 0},
    {"; wal_level ", "wal_level", wal_level, 16},
};

constexpr Field kOverwriteContrecord[] = {
    {"lsn ", "overwritten_lsn", lsn, 0},
    {"; time ", "time", time, 8},
};

constexpr Field kCheckpointRedo[] = {{"wal_level ", "wal_level", wal_level, 0}};

constexpr RecordType kTypes[] = {
    {0x00, pg13, pg16, "CHECKPOINT_SHUTDOWN", checkpoint<kCheckpoint13>},
    {0x00, pg17, open, "CHECKPOINT_SHUTDOWN", checkpoint<kCheckpoint17>},
    {0x10, pg13, pg16, "CHECKPOINT_ONLINE", checkpoint<kCheckpoint13>},
    {0x10, pg17, open, "CHECKPOINT_ONLINE", checkpoint<kCheckpoint17>},
    {0x20, pg13, open, "NOOP", {}},
    {0x30, pg13, open, "NEXTOID", kNextOid},
    {0x40, pg13, open, "SWITCH", {}},
    {0x50, pg13, open, "BACKUP_END", kBackupEnd},
    {0x60, pg13, open, "PARAMETER_CHANGE", kParameterChange},
    {0x70, pg13, open, "RESTORE_POINT", restore_point},
    {0x80, pg13, open, "FPW_CHANGE", kFpwChange},
    {0x90, pg13, pg16, "END_OF_RECOVERY", kEndOfRecovery13},
    {0x90, pg17, open, "END_OF_RECOVERY", kEndOfRecovery17},
    {0xA0, pg13, open, "FPI_FOR_HINT", {}},
    {0xB0, pg13, open, "FPI", {}},
    {0xD0, pg13, open, "OVERWRITE_CONTRECORD", kOverwriteContrecord},
    {0xE0, pg17, open, "CHECKPOINT_REDO", kCheckpointRedo},
};
static_assert(disjoint(kTypes));

}  // namespace

constexpr Rmgr kXlogRmgr = {
    .id = 0,
    .name = "XLOG",
    .name_mask = 0xF0,
    .describe_mask = 0xF0,
    .types = kTypes,
};

}  // namespace walkit::rmgr

namespace walkit {
namespace {

bool is(const Record& record, std::uint8_t opcode) {
  return record.rmid() == kXlogRmgrId && record.rmgr_info() == opcode;
}

}  // namespace

std::optional<Checkpoint> read_checkpoint(const Record& record) {
  const bool shutdown = is(record, rmgr::kCheckpointShutdown);
  if (!shutdown && !is(record, rmgr::kCheckpointOnline)) return {};
  Cursor in(record.main_data());
  const Lsn redo{in.u64()};
  in.skip(16);
  const Xid next_xid = in.u32();  // the low half of a FullTransactionId
  in.skip(8);
  const Xid next_multixact = in.u32();
  in.skip(24);
  const std::int64_t unix_seconds = in.i64();
  in.skip(8);
  const Xid oldest_active_xid = in.u32();
  if (!in.ok()) return {};
  return Checkpoint{record.lsn(), redo, shutdown, next_xid, unix_seconds, next_multixact, oldest_active_xid};
}

bool is_image_record(const Record& record) { return is(record, rmgr::kFpi); }
bool is_hint_image_record(const Record& record) { return is(record, rmgr::kFpiForHint); }
bool is_end_of_recovery(const Record& record) { return is(record, rmgr::kEndOfRecovery); }
std::optional<Lsn> ended_backup_start(const Record& record) {
  if (!is(record, rmgr::kBackupEndRecord)) return {};
  Cursor in(record.main_data());
  const Lsn start{in.u64()};
  if (!in.ok()) return {};
  return start;
}
bool is_segment_switch(const Record& record) { return is(record, rmgr::kSwitch); }

}  // namespace walkit
