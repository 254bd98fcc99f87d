#include "feed/heap_decoder.h"

#include <array>

#include "feed/heap_redo.h"
#include "feed/storage_records.h"
#include "walreader/image.h"
#include "walreader/rmgr/transaction.h"
#include "walreader/rmgr/xlog.h"

namespace walkit {
namespace {

std::size_t operation_of(const Record& record) { return (record.info() & kHeapOperationMask) >> 4; }

/// What a large tuple leaves behind is given back.
constexpr std::size_t kKeptTupleBytes = std::size_t{1} << 20;

}  // namespace

/// By operation, that is by the bits of kHeapOperationMask.
struct HeapDecoder::Operations {
  using Table = std::array<Operation, 8>;
  using D = HeapDecoder;

  static constexpr Operation kNothing{};
  static constexpr Operation kImages{.changes = &D::take_images};
  static constexpr Operation kMultiInsert{.changes = &D::multi_insert};
  static constexpr Operation kPrune{.redo = redo_prune};
  static constexpr Operation kPruneFreeze{.redo = redo_prune_and_freeze};
  static constexpr Operation kLockUpdated{.redo = redo_lock_updated};

  static constexpr Table kHeap = {{
      {.changes = &D::insert},
      {.changes = &D::remove},
      {.changes = &D::update},
      kNothing,  // TRUNCATE
      {.changes = &D::update},
      {.changes = &D::confirm},
      {.redo = redo_lock},
      {.changes = &D::change_in_place},
  }};

  // REWRITE ... VISIBLE, MULTI_INSERT, LOCK_UPDATED, NEW_CID: only what is between changed.
  static constexpr Table kHeap2Of13 = {{kNothing,
                                        kPrune,
                                        {.redo = redo_freeze_tuples},
                                        kNothing,
                                        kImages,
                                        kMultiInsert,
                                        kLockUpdated,
                                        kNothing}};
  static constexpr Table kHeap2Of14 = {{kNothing,
                                        kPrune,
                                        {.redo = redo_vacuum},
                                        {.redo = redo_freeze_tuples},
                                        kImages,
                                        kMultiInsert,
                                        kLockUpdated,
                                        kNothing}};
  static constexpr Table kHeap2Of16 = {{kNothing,
                                        kPrune,
                                        {.redo = redo_vacuum},
                                        {.redo = redo_freeze_plans},
                                        kImages,
                                        kMultiInsert,
                                        kLockUpdated,
                                        kNothing}};
  static constexpr Table kHeap2Of17 = {
      {kNothing, kPruneFreeze, kPruneFreeze, kPruneFreeze, kImages, kMultiInsert, kLockUpdated, kNothing}};

  static constexpr std::array<const Table*, kMajorCount> kHeap2 = {&kHeap2Of13, &kHeap2Of14, &kHeap2Of14,
                                                                   &kHeap2Of16, &kHeap2Of17, &kHeap2Of17};
};

std::expected<std::span<const HeapChange>, std::string> HeapDecoder::apply(const Record& record) {
  changes_.clear();
  new_tuples_.clear();
  if (old_tuple_.capacity() > kKeptTupleBytes) old_tuple_ = {};
  pages_.begin_record();
  switch (record.rmid()) {
    case kHeapRmgrId:
      run(Operations::kHeap[operation_of(record)], record);
      break;
    case kHeap2RmgrId:
      run((*Operations::kHeap2[index_of(record.major())])[operation_of(record)], record);
      break;
    case kXlogRmgrId:
      follow_log(record);
      break;
    case kStorageRmgrId:
      follow_storage(record);
      break;
    case kTransactionRmgrId:
      follow_transaction(record);
      break;
    case kDatabaseRmgrId:
      follow_databases(record);
      break;
    default:
      break;
  }
  if (pages_.error()) return std::unexpected(*pages_.error());
  return changes_;
}

void HeapDecoder::run(const Operation& operation, const Record& record) {
  if (operation.changes != nullptr) return (this->*operation.changes)(record);
  if (operation.redo == nullptr) return;
  const BlockRef* block = heap_block(record, 0);
  if (block == nullptr) return;
  Target page = target(record, *block);
  if (page.pending) finish(record, page, operation.redo(record, *page.page));
}

const BlockRef* HeapDecoder::heap_block(const Record& record, int id) {
  const BlockRef* block = record.block(id);
  if (block == nullptr || block->fork != Fork::main) return nullptr;
  if (wanted(block->relation)) return block;
  // It may be wanted again: a table can get another name.
  pages_.set_unknown({block->relation, block->block});
  return nullptr;
}

HeapDecoder::Target HeapDecoder::target(const Record& record, const BlockRef& block) {
  if (block.has_image && block.image.apply) return image_of(record, block);
  Target target(block);
  target.page = pages_.find(target.key, record.lsn());
  // A page out of a snapshot may be ahead of the record.
  target.pending = target.page && target.page->lsn() < record.end();
  return target;
}

// The page that a new tuple goes to: the record may begin it anew.
HeapDecoder::Target HeapDecoder::new_target(const Record& record, const BlockRef& block) {
  if (!(record.info() & kInitPage)) return target(record, block);
  Target target(block);
  target.page = pages_.create(target.key);
  target.pending = target.page.has_value();
  if (target.page) target.page->init();
  return target;
}

// An image's own LSN is that of the change before.
HeapDecoder::Target HeapDecoder::image_of(const Record& record, const BlockRef& block) {
  std::array<std::byte, kRelationBlockSize> bytes;
  Target target(block);
  HeapPage image(bytes);
  if (restore_image(record, block, bytes) && image.is_heap()) target.page = pages_.create(target.key);
  if (!target.page) {
    pages_.set_unknown(target.key);
    return target;
  }
  image.set_lsn(record.end());
  target.page->copy_from(image);
  return target;
}

void HeapDecoder::finish(const Record& record, Target& target, bool done) {
  if (!target.pending) return;
  target.pending = false;
  if (done) return target.page->set_lsn(record.end());
  pages_.set_unknown(target.key);
  target.page.reset();
}

HeapChange& HeapDecoder::add_change(const Record& record, HeapOperation operation,
                                    const RelFileLocator& relation) {
  HeapChange& change = changes_.emplace_back();
  change.operation = operation;
  change.relation = relation;
  change.xid = record.xid();
  return change;
}

TupleImage HeapDecoder::image(ByteSpan tuple) const {
  return {.bytes = tuple, .gap = tuple.empty() ? gap_ : TupleGap::none};
}

void HeapDecoder::take_images(const Record& record) {
  for (const BlockRef& block : record.blocks())
    if (block.fork == Fork::main && block.has_image && block.image.apply && wanted(block.relation))
      image_of(record, block);
}

}  // namespace walkit
