#include "feed/destruction.h"

#include <array>

#include "feed/catalog_row.h"
#include "feed/heap_page.h"
#include "feed/heap_records.h"
#include "feed/storage_records.h"
#include "feed/tuple_header.h"
#include "walreader/bytes.h"
#include "walreader/image.h"

namespace walkit {
namespace {

constexpr std::uint8_t kTablespaceRmgrId = 5;
constexpr std::uint8_t kTablespaceDrop = 0x10;
constexpr std::uint8_t kInPlace = 0x70;

/// catalog/pg_database.h: where datconnlimit lies behind the header of a row, whose first member is the OID.
constexpr std::size_t connection_limit_offset(Major major) { return major < Major::pg15 ? 208 : 80; }
constexpr std::int32_t kInvalidDatabase = -2;  // DATCONNLIMIT_INVALID_DB

/// The row that an update in place leaves, without its header: where the record carries an image, only there.
std::optional<std::vector<std::byte>> row_in_place(const Record& record, const BlockRef& block) {
  if (block.has_data) {
    const ByteSpan data = record.block_data(block);
    return std::vector<std::byte>(data.begin(), data.end());
  }
  const auto offset = read_offset(record);
  std::array<std::byte, kRelationBlockSize> bytes;
  if (!offset || !block.has_image || !restore_image(record, block, bytes)) return {};
  const HeapPage page(bytes);
  if (!page.is_heap()) return {};
  const ByteSpan tuple = page.tuple(*offset);
  if (tuple.empty()) return {};
  const ByteSpan data = tuple.subspan(data_offset(tuple));
  return std::vector<std::byte>(data.begin(), data.end());
}

}  // namespace

std::optional<Destruction> DestructionFinder::apply(const Record& record) {
  Cursor in(record.main_data());
  switch (record.rmid()) {
    case kHeapRmgrId:
      if ((record.info() & kHeapOperationMask) == kInPlace) follow_in_place(record);
      return {};
    case kDatabaseRmgrId:
      if (const auto dropped = dropped_database(record)) return database(dropped->database, record.lsn());
      return {};
    case kTablespaceRmgrId:
      if (record.rmgr_info() != kTablespaceDrop) return {};
      if (const Oid oid = in.u32(); in.ok()) return Destruction{true, oid, record.lsn()};
      return {};
    default:
      return {};
  }
}

Destruction DestructionFinder::database(Oid oid, Lsn lsn) {
  const auto marked = marked_.find(oid);
  return {false, oid, marked == marked_.end() ? lsn : marked->second};
}

// Of the relations that all databases share, only pg_database is updated in place.
void DestructionFinder::follow_in_place(const Record& record) {
  const BlockRef* const block = record.block(0);
  if (block == nullptr || block->relation.tablespace != kGlobalTablespace) return;
  const auto row = row_in_place(record, *block);
  if (!row) return;
  Cursor in(*row);
  const Oid oid = in.u32();
  in.skip(connection_limit_offset(record.major()) - sizeof(Oid));
  const std::int32_t limit = in.i32();
  if (!in.ok()) return;
  if (limit == kInvalidDatabase)
    marked_.try_emplace(oid, record.lsn());
  else
    marked_.erase(oid);
}

}  // namespace walkit
