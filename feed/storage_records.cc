#include "feed/storage_records.h"

namespace walkit {
namespace {

constexpr std::uint8_t kCreate = 0x10, kTruncate = 0x20;
constexpr std::uint32_t kTruncatesHeap = 0x01;

bool is(const Record& record, std::uint8_t operation) {
  return record.rmid() == kStorageRmgrId && record.rmgr_info() == operation;
}

}  // namespace

RelFileLocator read_relation(Cursor& in) {
  RelFileLocator relation;
  relation.tablespace = in.u32();
  relation.database = in.u32();
  relation.relation = in.u32();
  return relation;
}

std::optional<RelFileLocator> created_file(const Record& record) {
  if (!is(record, kCreate)) return {};
  Cursor in(record.main_data());
  const RelFileLocator relation = read_relation(in);
  const std::uint32_t fork = in.u32();
  return in.ok() && fork == static_cast<std::uint32_t>(Fork::main) ? std::optional(relation) : std::nullopt;
}

std::optional<FileTruncation> file_truncation(const Record& record) {
  if (!is(record, kTruncate)) return {};
  Cursor in(record.main_data());
  FileTruncation cut;
  cut.blocks = in.u32();
  cut.relation = read_relation(in);
  const std::uint32_t flags = in.u32();
  return in.ok() && (flags & kTruncatesHeap) != 0 ? std::optional(cut) : std::nullopt;
}

std::optional<DroppedDatabase> dropped_database(const Record& record) {
  const std::uint8_t drop = record.major() < Major::pg15 ? 0x10 : 0x20;
  if (record.rmid() != kDatabaseRmgrId || record.rmgr_info() != drop) return {};
  Cursor in(record.main_data());
  DroppedDatabase dropped;
  dropped.database = in.u32();
  const std::size_t tablespaces = in.u32();
  dropped.tablespaces = Cursor(in.bytes(tablespaces * sizeof(Oid)));
  return in.ok() ? std::optional(dropped) : std::nullopt;
}

}  // namespace walkit
