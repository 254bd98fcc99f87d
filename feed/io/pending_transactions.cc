#include "feed/io/pending_transactions.h"

namespace walkit {

std::uint64_t PendingTransactions::sent() {
  ++transactions_.back().under_way;
  return first_ + transactions_.size() - 1;
}

void PendingTransactions::delivered(std::uint64_t ticket) {
  --transactions_[ticket - first_].under_way;
  settle();
}

void PendingTransactions::ended(Lsn end) {
  const bool all_delivered = transactions_.back().under_way == 0;
  if (all_delivered && transactions_.size() > 1) {  // nothing of its own to wait for
    transactions_[transactions_.size() - 2].end = end;
    return;
  }
  transactions_.back().end = end;
  transactions_.emplace_back();
  settle();
}

void PendingTransactions::settle() {
  for (; transactions_.front().end.valid() && transactions_.front().under_way == 0; ++first_) {
    position_ = transactions_.front().end;
    transactions_.pop_front();
  }
}

}  // namespace walkit
