#include "feed/transaction_buffer.h"

#include <algorithm>

#include "walreader/bytes.h"

namespace walkit {

std::vector<Xid> family_of(Xid top, ByteSpan subxacts) {
  std::vector<Xid> family{top};
  for (Cursor in(subxacts); in.remaining() >= sizeof(Xid);) family.push_back(in.u32());
  return family;
}

Xid TransactionBuffer::top_of(Xid xid) const {
  if (tops_.empty()) return xid;
  const auto found = tops_.find(xid);
  return found == tops_.end() ? xid : found->second;
}

const TransactionBuffer::Transaction* TransactionBuffer::find(Xid xid) const {
  const auto found = transactions_.find(xid);
  return found == transactions_.end() ? nullptr : found->second.get();
}

// Of the top-level transaction, if that is known.
TransactionBuffer::Transaction& TransactionBuffer::transaction(Xid xid) {
  const Xid top = top_of(xid);
  if (last_ != nullptr && top == last_xid_) return *last_;
  std::unique_ptr<Transaction>& found = transactions_[top];
  if (found == nullptr) found = std::make_unique<Transaction>();
  last_xid_ = top;
  last_ = found.get();
  return *last_;
}

void TransactionBuffer::saw(Xid xid, Lsn lsn) {
  Transaction& seen = transaction(xid);
  if (!seen.first_lsn.valid()) seen.first_lsn = lsn;
}

void TransactionBuffer::assign(Xid top, Xid sub) {
  if (top == sub || top_of(top) != top || !tops_.try_emplace(sub, top).second) return;
  last_ = nullptr;
  Transaction& parent = transaction(top);
  parent.subxacts.push_back(sub);
  const auto found = transactions_.find(sub);
  if (found == transactions_.end()) return;
  Transaction& child = *found->second;
  memory_bytes_ -= parent.log.memory_bytes() + child.log.memory_bytes();
  parent.log.merge(child.log, schemas_);
  memory_bytes_ += parent.log.memory_bytes();
  if (child.first_lsn.valid() && (!parent.first_lsn.valid() || child.first_lsn < parent.first_lsn))
    parent.first_lsn = child.first_lsn;
  if (parent.database == 0) parent.database = child.database;
  if (child.held) parent.held = std::move(child.held);
  transactions_.erase(found);
}

std::expected<void, std::string> TransactionBuffer::add(const Change& change, std::uint64_t place) {
  Transaction& owner = transaction(change.xid);
  if (owner.database == 0) owner.database = change.relation.database;
  return append(owner.log, place, change);
}

std::expected<void, std::string> TransactionBuffer::append(ChangeLog& log, std::uint64_t sequence,
                                                           const Change& change) {
  const std::size_t before = log.memory_bytes();
  log.append(sequence, change.xid, change, schemas_);
  memory_bytes_ += log.memory_bytes() - before;
  return memory_bytes_ > limit_bytes_ ? spill_excess() : std::expected<void, std::string>{};
}

std::expected<void, std::string> TransactionBuffer::spill_excess() {
  while (memory_bytes_ > limit_bytes_) {
    const auto largest = std::ranges::max_element(
        transactions_, {}, [](const auto& entry) { return entry.second->log.memory_bytes(); });
    ChangeLog& log = largest->second->log;
    memory_bytes_ -= log.memory_bytes();
    if (auto spilled = log.spill(space_); !spilled) return spilled;
    memory_bytes_ += log.memory_bytes();
  }
  return {};
}

void TransactionBuffer::hold(const Change& change) { transaction(change.xid).held = change; }

std::expected<void, std::string> TransactionBuffer::confirm(Xid xid) {
  std::optional<Change>& held = transaction(xid).held;
  if (!held) return {};
  auto added = add(*held);
  held.reset();
  return added;
}

void TransactionBuffer::cancel(Xid xid) { transaction(xid).held.reset(); }

void TransactionBuffer::prepare(Xid xid, ByteSpan subxacts, std::string_view gid) {
  for (Cursor in(subxacts); in.remaining() >= sizeof(Xid);) assign(xid, in.u32());
  Transaction& prepared = transaction(xid);
  prepared.prepared = true;
  prepared.gid = gid;
}

Oid TransactionBuffer::database_of(Xid xid, ByteSpan subxacts) const {
  for (const Xid member : family_of(xid, subxacts))
    if (const Transaction* found = find(member); found != nullptr && found->database != 0)
      return found->database;
  return 0;
}

std::expected<void, std::string> TransactionBuffer::commit(TransactionInfo info, ByteSpan subxacts,
                                                           EventSink& sink, const CommitChanges& more) {
  std::vector<Xid> family = family_of(info.xid, subxacts);
  info.partial = partial(info.xid);
  for (const Xid xid : family) {
    const Transaction* const member = find(xid);
    if (member == nullptr) continue;
    const Lsn first = member->first_lsn;  // invalid where it was prepared before reading began
    if (first.valid() && (!info.first_lsn.valid() || first < info.first_lsn)) info.first_lsn = first;
    if (info.gid.empty()) info.gid = member->gid;
  }
  std::ranges::sort(family);
  auto delivered = deliver(info, family, more, sink);
  for (const Xid xid : family) drop(xid);
  return delivered;
}

namespace {

/// What was read with the wrong catalogs.
void forget_rows(Change& change) {
  change.schema = nullptr;
  for (std::optional<RowValues>* row : {&change.old_row, &change.new_row}) {
    if (!*row) continue;
    (*row)->unavailable = Unavailable::schema_unknown;
    (*row)->values.clear();
  }
}

// Counts the changes of a transaction, and begins it before the first.
class Delivery {
 public:
  Delivery(const TransactionInfo& info, EventSink& sink) : info_(info), sink_(sink) {}

  std::expected<void, std::string> give(const Change& change) {
    if (ordinal_ == 0)
      if (auto begun = sink_.begin(info_); !begun) return begun;
    return sink_.change(info_, change, ordinal_++);
  }
  std::expected<void, std::string> give(std::span<const Change> changes) {
    for (const Change& change : changes)
      if (auto given = give(change); !given) return given;
    return {};
  }
  std::expected<void, std::string> end() {
    return ordinal_ == 0 ? std::expected<void, std::string>{} : sink_.commit(info_);
  }

 private:
  const TransactionInfo& info_;
  EventSink& sink_;
  std::uint64_t ordinal_ = 0;
};

}  // namespace

std::expected<void, std::string> TransactionBuffer::deliver(const TransactionInfo& info,
                                                            std::span<const Xid> family,
                                                            const CommitChanges& more, EventSink& sink) {
  ChangeLogReader reader(space_);
  for (const Xid xid : family) {
    const Transaction* const member = find(xid);
    if (member == nullptr) continue;
    if (auto added = reader.add(member->log); !added) return added;
  }
  Delivery delivery(info, sink);
  if (auto given = delivery.give(more.first); !given) return given;
  Xid last_member = info.xid;
  for (;;) {
    const auto entry = reader.next();
    if (!entry) return std::unexpected(entry.error());
    if (*entry == nullptr) break;
    const Xid xid = (*entry)->xid;  // of a subtransaction that was rolled back, perhaps
    if (xid != last_member && !std::ranges::binary_search(family, xid)) continue;
    last_member = xid;
    if (!decode_change((*entry)->change, schemas_, delivered_))
      return std::unexpected("changes read back from temporary storage are damaged");
    if (delivered_.doubt != 0 && std::ranges::binary_search(family, delivered_.doubt))
      forget_rows(delivered_);
    if (auto given = delivery.give(delivered_); !given) return given;
  }
  if (auto given = delivery.give(more.last); !given) return given;
  return delivery.end();
}

void TransactionBuffer::abort(Xid xid, ByteSpan subxacts) {
  // What belongs to a running transaction goes with it.
  for (const Xid member : family_of(xid, subxacts)) drop(member);
}

void TransactionBuffer::drop(Xid xid) {
  const auto found = transactions_.find(xid);
  if (found == transactions_.end()) return;
  Transaction& dropped = *found->second;
  memory_bytes_ -= dropped.log.memory_bytes();
  dropped.log.clear(space_, schemas_);
  for (const Xid sub : dropped.subxacts) tops_.erase(sub);
  transactions_.erase(found);
  last_ = nullptr;
}

template <typename Condition>
std::vector<Xid> TransactionBuffer::drop_if(Condition condition) {
  std::vector<Xid> doomed;
  for (const auto& [xid, transaction] : transactions_)
    if (condition(xid, *transaction)) doomed.push_back(xid);
  std::vector<Xid> dropped;
  for (const Xid xid : doomed) {
    const std::vector<Xid>& subxacts = transactions_[xid]->subxacts;
    dropped.push_back(xid);
    dropped.insert(dropped.end(), subxacts.begin(), subxacts.end());
    drop(xid);
  }
  return dropped;
}

void TransactionBuffer::lose_track() {
  first_complete_.reset();
  for (const auto& [xid, transaction] : transactions_) transaction->held.reset();
}

// Transactions that are complete by now must not look older than the start when numbers come round again.
std::vector<Xid> TransactionBuffer::purge_before(Xid oldest_running) {
  if (first_complete_ && xid_precedes(*first_complete_, oldest_running)) first_complete_ = oldest_running;
  return drop_if([=](Xid xid, const Transaction&) { return xid_precedes(xid, oldest_running); });
}

std::vector<Xid> TransactionBuffer::purge_unprepared() {
  return drop_if([](Xid, const Transaction& transaction) { return !transaction.prepared; });
}

}  // namespace walkit
