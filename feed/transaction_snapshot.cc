// Transactions that have not ended, as a snapshot holds them.
#include "feed/snapshot_fields.h"
#include "feed/transaction_buffer.h"

namespace walkit {

std::expected<void, std::string> TransactionBuffer::save(SnapshotWriter& out) {
  out(next_place_, first_complete_, tops_, std::uint64_t{transactions_.size()});
  for (const auto& [xid, transaction] : transactions_) {
    out(xid, *transaction);
    if (auto saved = save_log(transaction->log, out); !saved) return saved;
  }
  return {};
}

// 0 is no sequence, and ends the log.
std::expected<void, std::string> TransactionBuffer::save_log(const ChangeLog& log, SnapshotWriter& out) {
  ChangeLogReader reader(space_);
  if (auto added = reader.add(log); !added) return added;
  for (;;) {
    const auto entry = reader.next();
    if (!entry) return std::unexpected(entry.error());
    if (*entry == nullptr) break;
    if (!decode_change((*entry)->change, schemas_, delivered_))
      return std::unexpected("changes read back from temporary storage are damaged");
    out((*entry)->sequence, delivered_);
  }
  out(std::uint64_t{0});
  return {};
}

std::expected<void, std::string> TransactionBuffer::load(SnapshotReader& in) {
  std::uint64_t count = 0;
  in(next_place_, first_complete_, tops_, count);
  for (; count > 0 && in.ok(); --count) {
    Xid xid = 0;
    auto transaction = std::make_unique<Transaction>();
    in(xid, *transaction);
    if (!in.ok()) break;
    Transaction& loaded = *(transactions_[xid] = std::move(transaction));
    if (auto read = load_log(loaded.log, in); !read) return read;
  }
  return in.status();
}

std::expected<void, std::string> TransactionBuffer::load_log(ChangeLog& log, SnapshotReader& in) {
  for (;;) {
    std::uint64_t sequence = 0;
    in(sequence);
    if (sequence == 0 || !in.ok()) return in.status();
    in(delivered_);
    if (!in.ok()) return in.status();
    if (auto appended = append(log, sequence, delivered_); !appended) return appended;
  }
}

}  // namespace walkit
