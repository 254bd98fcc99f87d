// What other records do to pages of tables: images, and files that come, go and shrink.
#include "feed/heap_decoder.h"
#include "feed/storage_records.h"

namespace walkit {
namespace {

RelFileLocator read_relation(Cursor& in) {
  RelFileLocator relation;
  relation.tablespace = in.u32();
  relation.database = in.u32();
  relation.relation = in.u32();
  return relation;
}

constexpr std::size_t kRelationSize = 12;

/// The items of a list that begins with its length.
Cursor counted_items(Cursor& in, std::size_t item_size) {
  const std::size_t count = in.u32();
  return Cursor(in.bytes(count * item_size));
}

}  // namespace

// catalog/pg_control.h: opcodes, and CheckPoint.
void HeapDecoder::follow_log(const Record& record) {
  constexpr std::uint8_t kShutdownCheckpoint = 0x00, kOnlineCheckpoint = 0x10;
  constexpr std::uint8_t kFullPageWritesChange = 0x80, kImageForHint = 0xA0, kImage = 0xB0;
  constexpr std::size_t kFullPageWritesInCheckpoint = 16;
  Cursor in(record.main_data());
  switch (record.rmgr_info()) {
    case kImageForHint:
    case kImage:
      return take_images(record);
    case kShutdownCheckpoint:
    case kOnlineCheckpoint:
      in.skip(kFullPageWritesInCheckpoint);
      gap_ = in.u8() != 0 || !in.ok() ? TupleGap::base_page_unknown : TupleGap::full_page_writes_off;
      return;
    case kFullPageWritesChange:
      // Once on again, pages that changed meanwhile bring their images after the next checkpoint only.
      if (in.u8() == 0 && in.ok()) gap_ = TupleGap::full_page_writes_off;
      return;
    default:
      return;
  }
}

void HeapDecoder::follow_storage(const Record& record) {
  if (const auto created = created_file(record)) pages_.drop(*created);
  if (const auto cut = file_truncation(record)) pages_.truncate(cut->relation, cut->blocks);
}

// access/xact.h: the files that go with a commit or an abort stand behind its time and, if they are there,
// its flags, database and subtransactions.
void HeapDecoder::follow_transaction(const Record& record) {
  constexpr std::uint8_t kHasFlags = 0x80, kOperationMask = 0x70;
  constexpr std::uint8_t kCommit = 0x00, kAbort = 0x20, kCommitPrepared = 0x30, kAbortPrepared = 0x40;
  constexpr std::uint32_t kHasDatabase = 0x01, kHasSubxacts = 0x02, kHasRelations = 0x04;
  const std::uint8_t operation = record.info() & kOperationMask;
  if (!(record.info() & kHasFlags)) return;
  if (operation != kCommit && operation != kAbort && operation != kCommitPrepared &&
      operation != kAbortPrepared)
    return;
  Cursor in(record.main_data());
  in.skip(sizeof(PgTime));
  const std::uint32_t flags = in.u32();
  if (!(flags & kHasRelations)) return;
  if (flags & kHasDatabase) in.skip(2 * sizeof(Oid));
  if (flags & kHasSubxacts) counted_items(in, sizeof(Xid));
  for (Cursor dropped = counted_items(in, kRelationSize); dropped.remaining() > 0;)
    pages_.drop(read_relation(dropped));
}

// commands/dbcommands_xlog.h: DROP lists tablespaces of a database, one of which may be all that it leaves.
void HeapDecoder::follow_databases(const Record& record) {
  const std::uint8_t drop = record.major() < Major::pg15 ? 0x10 : 0x20;
  if (record.rmgr_info() != drop) return;
  Cursor in(record.main_data());
  const Oid database = in.u32();
  for (Cursor tablespaces = counted_items(in, sizeof(Oid)); tablespaces.remaining() > 0;)
    pages_.drop_database(tablespaces.u32(), database);
}

}  // namespace walkit
