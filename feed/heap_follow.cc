// What other records do to pages of tables: images, and files that come, go and shrink.
#include "feed/heap_decoder.h"
#include "feed/storage_records.h"
#include "walreader/rmgr/transaction.h"

namespace walkit {
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

void HeapDecoder::follow_transaction(const Record& record) {
  const auto mark = transaction_mark(record);
  if (!mark) return;
  for (Cursor removed(mark->relations); removed.remaining() >= kMarkRelationSize;)
    pages_.drop(read_relation(removed));
}

void HeapDecoder::follow_databases(const Record& record) {
  auto dropped = dropped_database(record);
  while (dropped && dropped->tablespaces.remaining() >= sizeof(Oid))
    pages_.drop_database(dropped->tablespaces.u32(), dropped->database);
}

}  // namespace walkit
