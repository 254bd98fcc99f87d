#include "feed/transaction_summary.h"

#include <algorithm>
#include <set>

#include "feed/catalog_row.h"
#include "feed/heap_records.h"
#include "feed/storage_records.h"
#include "feed/transaction_buffer.h"
#include "walreader/bytes.h"
#include "walreader/rmgr/standby.h"
#include "walreader/rmgr/xlog.h"

namespace walkit {
namespace {

constexpr std::uint8_t kMultiInsert = 0x50;
constexpr Oid kPgClass = 1259;

/// xl_info of heap records, without kInitPage.
enum HeapOpcode : std::uint8_t {
  kInsert = 0x00,
  kDelete = 0x10,
  kUpdate = 0x20,
  kTruncate = 0x30,
  kHotUpdate = 0x40,
};

template <class Items>
void move_to_end(Items& to, Items& from) {
  std::ranges::move(from, std::back_inserter(to));
}

}  // namespace

RowCounts TransactionSummary::rows() const {
  RowCounts sum;
  for (const RelationRows& relation : relations) sum += relation.rows;
  return sum;
}

Lsn TransactionSummary::target() const {
  Lsn target = commit;
  for (const Destruction& destruction : destroyed) target = std::min(target, destruction.start);
  return target;
}

void TransactionSummaries::Open::clear() {
  first = {};
  prepared = shared_delete = false;
  wal_bytes = 0;
  relations.clear();
  last = 0;
  places.clear();
  class_changes.clear();
  created.clear();
  truncated_oids.clear();
  destroyed.clear();
  gid.clear();
}

TransactionSummaries::Counted& TransactionSummaries::Open::add(Counted counted) {
  last = relations.size();
  relations.push_back(std::move(counted));
  if (relations.size() > kSearched)
    for (std::size_t i = places.size(); i < relations.size(); ++i)
      places.emplace(relations[i].relation.file, i);
  return relations.back();
}

// A subtransaction that was not rolled back becomes part of its transaction.
void TransactionSummaries::Open::absorb(Open& sub) {
  first = std::min(first, sub.first);
  shared_delete |= sub.shared_delete;
  wal_bytes += sub.wal_bytes;
  for (Counted& counted : sub.relations) {
    if (Counted* const known = find(*this, counted.relation.file))
      known->relation.rows += counted.relation.rows;
    else
      add(std::move(counted));
  }
  move_to_end(class_changes, sub.class_changes);
  move_to_end(created, sub.created);
  move_to_end(truncated_oids, sub.truncated_oids);
  move_to_end(destroyed, sub.destroyed);
}

TransactionSummaries::Open& TransactionSummaries::open(Xid xid, Lsn lsn) {
  if (xid == last_xid_ && last_ != nullptr) return *last_;
  std::unique_ptr<Open>& slot = open_[xid];
  if (slot == nullptr) {
    if (free_.empty()) {
      slot = std::make_unique<Open>();
    } else {
      slot = std::move(free_.back());
      free_.pop_back();
    }
    slot->first = lsn;
  }
  last_xid_ = xid;
  last_ = slot.get();
  return *slot;
}

void TransactionSummaries::forget(Xid xid) {
  constexpr std::size_t kKept = 64;  // more than run at a time, mostly
  const auto found = open_.find(xid);
  if (found == open_.end()) return;
  if (free_.size() < kKept && found->second->relations.capacity() <= kSearched) {
    found->second->clear();
    free_.push_back(std::move(found->second));
  }
  open_.erase(found);
  last_ = nullptr;
}

template <class Condition>
void TransactionSummaries::forget_if(Condition condition) {
  std::erase_if(open_, [&](const auto& entry) { return condition(entry.first, *entry.second); });
  last_ = nullptr;
}

TransactionSummaries::Counted* TransactionSummaries::find(Open& open, const RelFileLocator& file) {
  if (open.last < open.relations.size() && open.relations[open.last].relation.file == file)
    return &open.relations[open.last];
  if (open.relations.size() > kSearched) {
    const auto place = open.places.find(file);
    if (place == open.places.end()) return nullptr;
    open.last = place->second;
    return &open.relations[open.last];
  }
  for (std::size_t i = 0; i < open.relations.size(); ++i) {
    if (open.relations[i].relation.file != file) continue;
    open.last = i;
    return &open.relations[i];
  }
  return nullptr;
}

TransactionSummaries::Counted& TransactionSummaries::relation(Open& open, const RelFileLocator& file,
                                                              Xid xid) {
  if (Counted* const known = find(open, file)) return *known;
  Counted counted{{file, nullptr, {}}, file.relation >= kFirstNormalOid};
  if (names_ != nullptr) {
    NamedFile named = names_->name(file, xid);
    counted.counts = named.counts;
    counted.relation.schema = std::move(named.schema);
  }
  return open.add(std::move(counted));
}

TransactionSummary* TransactionSummaries::apply(const Record& record) {
  const auto destruction = destructions_.apply(record);
  if (record.xid() == 0) {  // as the record that commits a prepared transaction has it
    follow_server(record);
    return follow_end(record);
  }
  Open& open = this->open(record.xid(), record.lsn());
  open.wal_bytes += record.total_length();
  if (destruction) open.destroyed.push_back(*destruction);
  if (!open.created.empty()) fill_created(open, record);
  switch (record.rmid()) {
    case kHeapRmgrId:
      follow_heap(open, record);
      return nullptr;
    case kHeap2RmgrId:
      if ((record.info() & kHeapOperationMask) == kMultiInsert) follow_multi_insert(open, record);
      return nullptr;
    case kStorageRmgrId:
      follow_storage(open, record);
      return nullptr;
    case kTransactionRmgrId:
      return follow_end(record);
    default:
      return nullptr;
  }
}

void TransactionSummaries::follow_heap(Open& open, const Record& record) {
  if ((record.info() & kHeapOperationMask) == kTruncate) return follow_truncate(open, record);
  const BlockRef* const block = record.block(0);
  if (block == nullptr) return;
  if (block->relation.relation == kPgClass) follow_class(open, record);
  count(open, record, block->relation);
}

void TransactionSummaries::count(Open& open, const Record& record, const RelFileLocator& file) {
  const auto rows = [&]() -> RowCounts& { return relation(open, file, record.xid()).relation.rows; };
  switch (record.info() & kHeapOperationMask) {
    case kInsert:
      ++rows().inserted;
      return;
    case kUpdate:
    case kHotUpdate:
      ++rows().updated;
      return;
    case kDelete: {
      const auto change = read_xmax(record);
      if (!change) return;
      open.shared_delete |= file.tablespace == kGlobalTablespace;
      RowCounts& counts = rows();
      if ((change->flags & delete_flag::kCancelsSpeculative) != 0)
        counts.inserted -= counts.inserted > 0 ? 1 : 0;
      else if ((change->flags & delete_flag::kPartitionMove) != 0)
        ++counts.updated;
      else
        ++counts.deleted;
      return;
    }
    default:
      return;
  }
}

void TransactionSummaries::follow_multi_insert(Open& open, const Record& record) {
  const BlockRef* const block = record.block(0);
  const auto insert = read_multi_insert(record);
  if (block == nullptr || !insert) return;
  relation(open, block->relation, record.xid()).relation.rows.inserted += insert->tuples;
}

void TransactionSummaries::follow_class(Open& open, const Record& record) {
  const BlockRef& block = *record.block(0);
  ClassChange change{record.lsn(), block.relation, {}, {}};
  switch (record.info() & kHeapOperationMask) {
    case kInsert:
      if (const auto insert = read_insert(record)) change.new_place = {block.block, insert->offset};
      break;
    case kDelete:
      if (const auto remove = read_xmax(record)) change.old_place = {block.block, remove->offset};
      break;
    case kUpdate:
    case kHotUpdate:
      if (const auto update = read_update(record)) {
        const BlockRef* const other = record.block(1);
        change.old_place = {other == nullptr ? block.block : other->block, update->old_offset};
        change.new_place = {block.block, update->new_offset};
      }
      break;
    default:
      break;
  }
  if (change.old_place || change.new_place) open.class_changes.push_back(change);
}

void TransactionSummaries::follow_storage(Open& open, const Record& record) {
  if (const auto file = created_file(record)) open.created.push_back({*file});
}

void TransactionSummaries::follow_truncate(Open& open, const Record& record) {
  const auto told = truncation(record);
  if (!told) return;
  for (Cursor relations(told->relations); relations.remaining() >= sizeof(Oid);)
    open.truncated_oids.push_back(relations.u32());
}

// The newest file is the one that is being filled, mostly.
void TransactionSummaries::fill_created(Open& open, const Record& record) {
  for (const BlockRef& block : record.blocks()) {
    const auto created =
        std::find_if(open.created.rbegin(), open.created.rend(),
                     [&](const CreatedFile& candidate) { return candidate.file == block.relation; });
    if (created != open.created.rend()) created->filled = true;
  }
}

// What the server says of the transactions that still run: the others will never end.
void TransactionSummaries::follow_server(const Record& record) {
  if (const auto running = running_transactions(record))
    return forget_if([&](Xid xid, const Open& open) {
      return !open.prepared && xid_precedes(xid, running->oldest_running);
    });
  const auto checkpoint = read_checkpoint(record);
  if ((checkpoint && checkpoint->shutdown) || is_end_of_recovery(record))
    forget_if([](Xid, const Open& open) { return !open.prepared; });
}

TransactionSummary* TransactionSummaries::follow_end(const Record& record) {
  const auto mark = transaction_mark(record);
  if (!mark) return nullptr;
  if (mark->kind == TransactionMark::Kind::prepare) {
    prepare(*mark, record.lsn());
    return nullptr;
  }
  if (mark->kind == TransactionMark::Kind::commit) return commit(record, *mark);
  for (Cursor subs(mark->subxacts); subs.remaining() >= sizeof(Xid);) forget(subs.u32());
  forget(mark->xid);
  return nullptr;
}

void TransactionSummaries::prepare(const TransactionMark& mark, Lsn lsn) {
  for (Cursor subs(mark.subxacts); subs.remaining() >= sizeof(Xid);)
    if (const auto sub = open_.find(subs.u32()); sub != open_.end()) sub->second->prepared = true;
  Open& prepared = open(mark.xid, lsn);
  prepared.prepared = true;
  prepared.gid.assign(reinterpret_cast<const char*>(mark.gid.data()), mark.gid.size());
}

// Rows of pg_class that were there before and are gone: those of relations that were dropped. A table that is
// rewritten has a second one meanwhile.
bool TransactionSummaries::drops_relations(Open& open) {
  std::ranges::sort(open.class_changes, {}, &ClassChange::lsn);
  std::set<std::pair<RelFileLocator, TupleId>> own;
  for (const ClassChange& change : open.class_changes) {
    const bool was_own = change.old_place && own.erase({change.file, *change.old_place}) > 0;
    if (change.old_place && !change.new_place && !was_own) return true;
    if (change.new_place && (!change.old_place || was_own)) own.insert({change.file, *change.new_place});
  }
  return false;
}

TransactionSummary* TransactionSummaries::commit(const Record& record, const TransactionMark& mark) {
  Open& top = open(mark.xid, record.lsn());
  for (Cursor subs(mark.subxacts); subs.remaining() >= sizeof(Xid);) {
    const Xid xid = subs.u32();
    const auto sub = open_.find(xid);
    if (sub == open_.end() || sub->second.get() == &top) continue;
    top.absorb(*sub->second);
    forget(xid);
  }
  TransactionSummary& done = committed_ = {};
  done.xid = mark.xid;
  done.timeline = record.timeline();
  done.first = top.first;
  done.commit = record.lsn();
  done.commit_end = record.end();
  done.commit_time = mark.time;
  done.two_phase = mark.two_phase;
  done.gid.assign(reinterpret_cast<const char*>(mark.gid.data()), mark.gid.size());
  if (done.gid.empty()) done.gid = top.gid;
  done.wal_bytes = top.wal_bytes;
  for (Counted& counted : top.relations)
    if (counted.counts && counted.relation.rows != RowCounts{})
      done.relations.push_back(std::move(counted.relation));
  for (Cursor files(mark.relations); files.remaining() >= kMarkRelationSize;)
    done.removed_files.push_back(read_relation(files));
  std::erase_if(done.removed_files, [&](const RelFileLocator& file) {
    return std::ranges::find(top.created, file, &CreatedFile::file) != top.created.end();
  });
  done.drops = !done.removed_files.empty() && drops_relations(top);
  done.truncates = !top.truncated_oids.empty() ||
                   (!done.removed_files.empty() && !std::ranges::all_of(top.created, &CreatedFile::filled));
  done.truncated_oids = std::move(top.truncated_oids);
  for (const Destruction& destruction : top.destroyed)
    if (destruction.tablespace || top.shared_delete) done.destroyed.push_back(destruction);
  done.database = mark.database;
  if (done.database == 0 && !done.relations.empty()) done.database = done.relations.front().file.database;
  forget(mark.xid);
  return &done;
}

}  // namespace walkit
