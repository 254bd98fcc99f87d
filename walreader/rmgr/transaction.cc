// Transaction: commits, aborts, prepared transactions, and what they leave behind.
//
// PostgreSQL: access/rmgrdesc/xactdesc.c, access/xact.h. The bits of xl_info that tell the types apart are
// 0x70; 0x80 says that a word of flags (xinfo) follows the time.
#include "walreader/rmgr/transaction.h"

#include <algorithm>

#include "walreader/rmgr/common.h"
#include "walreader/rmgr/lists.h"
#include "walreader/rmgr/tables.h"

namespace walkit::rmgr {
namespace {

using enum Major;

constexpr std::uint8_t kHasXinfo = 0x80;

/// XACT_XINFO_HAS_* and XACT_COMPLETION_*: which parts a record has, and what replay must do besides.
enum Xinfo : std::uint32_t {
  kHasDatabase = 1u << 0,
  kHasSubxacts = 1u << 1,
  kHasRelations = 1u << 2,
  kHasInvalidations = 1u << 3,
  kHasTwoPhase = 1u << 4,
  kHasOrigin = 1u << 5,
  kHasGid = 1u << 7,
  kHasDroppedStats = 1u << 8,  // 15+
  kApplyFeedback = 1u << 29,
  kInitFileInvalid = 1u << 30,
  kForceSync = 1u << 31,
};

constexpr std::size_t kRelationSize = 12;
constexpr std::size_t kInvalidationSize = 16;

/// A dropped statistics entry is its kind, database and object; the object's id grew to 64 bits in 18.
constexpr std::size_t stats_item_size(Major since) { return since >= pg18 ? 16 : 12; }

/// Progress of a replication origin that a transaction came from.
struct Origin {
  Lsn lsn;
  PgTime time;
};

Origin read_origin(Cursor& in) {
  const Lsn lsn{in.u64()};
  const PgTime time{in.i64()};
  return {lsn, time};
}

void write_origin(FieldSink& sink, const Record& record, const Origin& origin) {
  sink.begin_object("; origin: ", "origin");
  sink.uint("node ", "node", record.origin().value_or(0));
  sink.lsn(", lsn ", "lsn", origin.lsn);
  sink.time(", at ", "time", origin.time);
  sink.end_object("");
}

void write_relations(FieldSink& sink, std::string_view lead, std::string_view key, Cursor relations) {
  if (relations.remaining() == 0) return;
  sink.begin_array(lead, key);
  while (relations.remaining() > 0) sink.path(" ", "", read_relation(relations), Fork::main);
  sink.end_array("");
}

void write_subxacts(FieldSink& sink, Cursor subxacts) {
  if (subxacts.remaining() > 0) number_list(sink, "; subxacts:", "subxacts", subxacts);
}

template <Major since>
void write_stats(FieldSink& sink, std::string_view lead, std::string_view key, Cursor items) {
  if (items.remaining() == 0) return;
  sink.begin_array(lead, key);
  while (items.remaining() > 0) {
    sink.begin_object(" ", "");
    sink.sint("", "kind", items.i32());
    sink.uint("/", "database", items.u32());
    sink.uint("/", "object", since >= pg18 ? items.u64() : items.u32());
    sink.end_object("");
  }
  sink.end_array("");
}

/// A commit or abort record taken apart; its text has another order.
struct Completion {
  PgTime time;
  std::uint32_t xinfo = 0;
  Oid database = 0;
  Oid tablespace = 0;
  Cursor subxacts{{}};
  Cursor relations{{}};
  Cursor stats{{}};
  std::int32_t invalidation_count = 0;
  Cursor invalidations{{}};
  Xid two_phase_xid = 0;
  ByteSpan gid;
  Origin origin;

  bool has(Xinfo bit) const { return (xinfo & bit) != 0; }
};

enum class Outcome : bool { commit, abort };

template <Major since>
bool parse(const Record& record, Outcome outcome, Completion& to) {
  Cursor in(record.main_data());
  to.time = PgTime{in.i64()};
  if ((record.info() & kHasXinfo) != 0) to.xinfo = in.u32();
  if (to.has(kHasDatabase)) {
    to.database = in.u32();
    to.tablespace = in.u32();
  }
  if (to.has(kHasSubxacts)) to.subxacts = take_counted_items(in, sizeof(Xid));
  if (to.has(kHasRelations)) to.relations = take_counted_items(in, kRelationSize);
  if (since >= pg15 && to.has(kHasDroppedStats)) to.stats = take_counted_items(in, stats_item_size(since));
  if (outcome == Outcome::commit && to.has(kHasInvalidations)) {
    to.invalidation_count = in.i32();
    to.invalidations = take_items(in, to.invalidation_count, kInvalidationSize);
  }
  if (to.has(kHasTwoPhase)) {
    to.two_phase_xid = in.u32();
    if (to.has(kHasGid)) {
      to.gid = c_string(in.rest());
      in.skip(to.gid.size() + 1);
    }
  }
  if (to.has(kHasOrigin)) to.origin = read_origin(in);
  return in.ok();
}

/// What commits and aborts show first.
void write_head(FieldSink& sink, const Completion& completion) {
  std::string_view lead = "";
  if (completion.two_phase_xid != 0) {
    sink.uint("", "two_phase_xid", completion.two_phase_xid);
    lead = ": ";
  }
  sink.time(lead, "time", completion.time);
  write_relations(sink, "; rels:", "rels", completion.relations);
  write_subxacts(sink, completion.subxacts);
}

template <Major since>
bool commit(const Record& record, FieldSink& sink) {
  Completion completion;
  if (!parse<since>(record, Outcome::commit, completion)) return false;
  write_head(sink, completion);
  write_stats<since>(sink, "; dropped stats:", "dropped_stats", completion.stats);
  if (!invalidations(sink, completion.invalidations, completion.invalidation_count, record.major(),
                     completion.database, completion.tablespace, completion.has(kInitFileInvalid)))
    return false;
  if (since >= pg15)
    sink.boolean("", "apply_feedback", completion.has(kApplyFeedback), "; apply_feedback", "");
  sink.boolean("", "sync", completion.has(kForceSync), "; sync", "");
  if (completion.has(kHasOrigin)) write_origin(sink, record, completion.origin);
  return true;
}

template <Major since>
bool abort(const Record& record, FieldSink& sink) {
  Completion completion;
  if (!parse<since>(record, Outcome::abort, completion)) return false;
  write_head(sink, completion);
  if (since >= pg15 && completion.has(kHasOrigin)) write_origin(sink, record, completion.origin);
  write_stats<since>(sink, "; dropped stats:", "dropped_stats", completion.stats);
  return true;
}

/// The state file of a prepared transaction, as far as it is shown (xl_xact_prepare and the lists behind it).
struct Prepared {
  Oid database = 0;
  PgTime time;
  ByteSpan gid;
  Cursor subxacts{{}};
  Cursor commit_relations{{}};
  Cursor abort_relations{{}};
  Cursor commit_stats{{}};
  Cursor abort_stats{{}};
  std::int32_t invalidation_count = 0;
  Cursor invalidations{{}};
  bool init_file_invalid = false;
  Origin origin;
};

/// Each list of the state file is padded to 8 bytes; the last padding may be missing.
Cursor take_padded_items(Cursor& in, std::int64_t count, std::size_t item_size) {
  const Cursor items = take_items(in, count, item_size);
  const std::size_t padding = -items.remaining() % 8;
  in.skip(std::min(padding, in.remaining()));
  return items;
}

template <Major since>
bool parse(const Record& record, Prepared& to) {
  Cursor in(record.main_data());
  in.skip(12);  // magic number, length, xid
  to.database = in.u32();
  to.time = PgTime{in.i64()};
  in.skip(4);  // owner
  const std::int32_t subxacts = in.i32();
  const std::int32_t commit_relations = in.i32();
  const std::int32_t abort_relations = in.i32();
  const std::int32_t commit_stats = since >= pg15 ? in.i32() : 0;
  const std::int32_t abort_stats = since >= pg15 ? in.i32() : 0;
  to.invalidation_count = in.i32();
  to.init_file_invalid = in.u8() != 0;
  in.skip(1);
  const std::uint16_t gid_length = in.u16();
  to.origin = read_origin(in);

  to.gid = c_string(take_padded_items(in, gid_length, 1).rest());
  to.subxacts = take_padded_items(in, subxacts, sizeof(Xid));
  to.commit_relations = take_padded_items(in, commit_relations, kRelationSize);
  to.abort_relations = take_padded_items(in, abort_relations, kRelationSize);
  to.commit_stats = take_padded_items(in, commit_stats, stats_item_size(since));
  to.abort_stats = take_padded_items(in, abort_stats, stats_item_size(since));
  to.invalidations = take_padded_items(in, to.invalidation_count, kInvalidationSize);
  return in.ok();
}

template <Major since>
bool prepare(const Record& record, FieldSink& sink) {
  Prepared prepared;
  if (!parse<since>(record, prepared)) return false;
  sink.string("gid ", "gid", prepared.gid);
  sink.time(": ", "time", prepared.time);
  write_relations(sink, "; rels(commit):", "commit_rels", prepared.commit_relations);
  write_relations(sink, "; rels(abort):", "abort_rels", prepared.abort_relations);
  write_stats<since>(sink, "; commit dropped stats:", "commit_dropped_stats", prepared.commit_stats);
  write_stats<since>(sink, "; abort dropped stats:", "abort_dropped_stats", prepared.abort_stats);
  write_subxacts(sink, prepared.subxacts);
  constexpr Oid kTablespaceNotStored = 0;
  if (!invalidations(sink, prepared.invalidations, prepared.invalidation_count, record.major(),
                     prepared.database, kTablespaceNotStored, prepared.init_file_invalid))
    return false;
  if (since >= pg15 && record.origin().value_or(0) != 0) write_origin(sink, record, prepared.origin);
  return true;
}

std::optional<SubxactAssignment> parse_assignment(const Record& record) {
  Cursor in(record.main_data());
  const Xid top_xid = in.u32();
  const Cursor subxacts = take_counted_items(in, sizeof(Xid));
  if (!in.ok()) return {};
  return SubxactAssignment{top_xid, subxacts.rest()};
}

bool assignment(const Record& record, FieldSink& sink) {
  const auto parsed = parse_assignment(record);
  if (!parsed) return false;
  sink.uint("xtop ", "top_xid", parsed->top_xid);
  number_list(sink, ": subxacts:", "subxacts", Cursor(parsed->subxacts));
  return true;
}

bool invalidation(const Record& record, FieldSink& sink) {
  Cursor in(record.main_data());
  const std::int32_t count = in.i32();
  return in.ok() && invalidations(sink, in, count, record.major(), 0, 0, false);
}

constexpr RecordType kTypes[] = {
    {0x00, pg13, pg14, "COMMIT", commit<pg13>},
    {0x00, pg15, pg17, "COMMIT", commit<pg15>},
    {0x00, pg18, open, "COMMIT", commit<pg18>},
    {0x10, pg13, pg14, "PREPARE", prepare<pg13>},
    {0x10, pg15, pg17, "PREPARE", prepare<pg15>},
    {0x10, pg18, open, "PREPARE", prepare<pg18>},
    {0x20, pg13, pg14, "ABORT", abort<pg13>},
    {0x20, pg15, pg17, "ABORT", abort<pg15>},
    {0x20, pg18, open, "ABORT", abort<pg18>},
    {0x30, pg13, pg14, "COMMIT_PREPARED", commit<pg13>},
    {0x30, pg15, pg17, "COMMIT_PREPARED", commit<pg15>},
    {0x30, pg18, open, "COMMIT_PREPARED", commit<pg18>},
    {0x40, pg13, pg14, "ABORT_PREPARED", abort<pg13>},
    {0x40, pg15, pg17, "ABORT_PREPARED", abort<pg15>},
    {0x40, pg18, open, "ABORT_PREPARED", abort<pg18>},
    {0x50, pg13, open, "ASSIGNMENT", assignment},
    {0x60, pg14, open, "INVALIDATION", invalidation},
};
static_assert(disjoint(kTypes));

enum Opcode : std::uint8_t {
  kCommit = 0x00,
  kPrepare = 0x10,
  kAbort = 0x20,
  kCommitPrepared = 0x30,
  kAbortPrepared = 0x40,
  kAssignment = 0x50,
};
constexpr std::uint8_t kOpcodeMask = 0x70;

std::uint8_t opcode(const Record& record) { return record.info() & kOpcodeMask; }

template <Major since>
std::optional<TransactionMark> parse_mark(const Record& record) {
  if (opcode(record) == kPrepare) {
    Prepared prepared;
    if (!parse<since>(record, prepared)) return {};
    return TransactionMark{.kind = TransactionMark::Kind::prepare,
                           .xid = record.xid(),
                           .time = prepared.time,
                           .subxacts = prepared.subxacts.rest(),
                           .two_phase = true,
                           .database = prepared.database,
                           .gid = prepared.gid};
  }
  const bool committed = opcode(record) == kCommit || opcode(record) == kCommitPrepared;
  Completion completion;
  if (!parse<since>(record, committed ? Outcome::commit : Outcome::abort, completion)) return {};
  const bool two_phase = completion.two_phase_xid != 0;
  return TransactionMark{.kind = committed ? TransactionMark::Kind::commit : TransactionMark::Kind::abort,
                         .xid = two_phase ? completion.two_phase_xid : record.xid(),
                         .time = completion.time,
                         .subxacts = completion.subxacts.rest(),
                         .relations = completion.relations.rest(),
                         .two_phase = two_phase,
                         .database = completion.database,
                         .gid = completion.gid};
}

}  // namespace

constexpr Rmgr kTransactionRmgr = {
    .id = 1,
    .name = "Transaction",
    .name_mask = 0x70,
    .describe_mask = 0x70,
    .types = kTypes,
};

}  // namespace walkit::rmgr

namespace walkit {

std::optional<TransactionMark> transaction_mark(const Record& record) {
  if (record.rmid() != kTransactionRmgrId || rmgr::opcode(record) > rmgr::kAbortPrepared) return {};
  if (record.major() >= Major::pg18) return rmgr::parse_mark<Major::pg18>(record);
  if (record.major() >= Major::pg15) return rmgr::parse_mark<Major::pg15>(record);
  return rmgr::parse_mark<Major::pg13>(record);
}

std::optional<SubxactAssignment> subxact_assignment(const Record& record) {
  if (record.rmid() != kTransactionRmgrId || rmgr::opcode(record) != rmgr::kAssignment) return {};
  return rmgr::parse_assignment(record);
}

}  // namespace walkit
