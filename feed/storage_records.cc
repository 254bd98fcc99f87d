#include "feed/storage_records.h"

#include "walreader/bytes.h"

namespace walkit {
namespace {

constexpr std::uint8_t kCreate = 0x10, kTruncate = 0x20;
constexpr std::uint32_t kTruncatesHeap = 0x01;

bool is(const Record& record, std::uint8_t operation) {
  return record.rmid() == kStorageRmgrId && record.rmgr_info() == operation;
}

RelFileLocator read_relation(Cursor& in) {
  RelFileLocator relation;
  relation.tablespace = in.u32();
  relation.database = in.u32();
  relation.relation = in.u32();
  return relation;
}

}  // namespace

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

}  // namespace walkit
