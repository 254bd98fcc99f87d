// LogicalMessage: what pg_logical_emit_message() writes for consumers of logical decoding.
//
// PostgreSQL: access/rmgrdesc/logicalmsgdesc.c, replication/message.h.
#include "walreader/rmgr/logical_message.h"

#include "walreader/rmgr/lists.h"
#include "walreader/rmgr/tables.h"

namespace walkit::rmgr {
namespace {

using enum Major;

/// The record's head; prefix and message follow it.
struct Head {
  Oid database;
  bool transactional;
  std::uint64_t prefix_size;  ///< with its NUL
  std::uint64_t message_size;

  explicit Head(Cursor& in) {
    database = in.u32();  // not shown
    transactional = in.u8() != 0;
    in.skip(3);
    prefix_size = in.u64();
    message_size = in.u64();
  }
};

bool message_13(const Record& record, FieldSink& sink) {
  Cursor in(record.main_data());
  const Head head(in);
  if (!in.ok()) return false;
  sink.boolean("", "transactional", head.transactional, "transactional", "nontransactional");
  sink.uint(" message size ", "message_size", head.message_size);
  sink.text(" bytes");
  return true;
}

bool message_14(const Record& record, FieldSink& sink) {
  Cursor in(record.main_data());
  const Head head(in);
  const ByteSpan prefix = in.bytes(head.prefix_size);
  const ByteSpan message = in.bytes(head.message_size);
  if (!in.ok()) return false;
  sink.boolean("", "transactional", head.transactional, "transactional", "non-transactional");
  sink.string(", prefix \"", "prefix", c_string(prefix));
  sink.uint("\"; payload (", "message_size", head.message_size);
  sink.octets(" bytes): ", "payload", message);
  return true;
}

constexpr RecordType kTypes[] = {
    {0x00, pg13, pg13, "MESSAGE", message_13},
    {0x00, pg14, open, "MESSAGE", message_14},
};
static_assert(disjoint(kTypes));

}  // namespace

constexpr Rmgr kLogicalMessageRmgr = {
    .id = 21,
    .name = "LogicalMessage",
    .name_mask = 0xF0,
    .describe_mask = 0xF0,
    .types = kTypes,
};

}  // namespace walkit::rmgr

namespace walkit {

std::optional<LogicalMessage> logical_message(const Record& record) {
  if (record.rmid() != kLogicalMessageRmgrId || record.rmgr_info() != 0) return {};
  Cursor in(record.main_data());
  const rmgr::Head head(in);
  const ByteSpan prefix = in.bytes(head.prefix_size);
  const ByteSpan content = in.bytes(head.message_size);
  if (!in.ok()) return {};
  return LogicalMessage{head.database, head.transactional, rmgr::c_string(prefix), content};
}

}  // namespace walkit
