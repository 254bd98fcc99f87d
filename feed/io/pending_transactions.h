// Which transactions were delivered whole, when messages are acknowledged in any order.
#pragma once

#include <cstdint>
#include <deque>

#include "walreader/types.h"

namespace walkit {

/// Holds as many transactions as there are messages under way, at most. One thread at a time.
class PendingTransactions {
 public:
  /// A message more of the transaction that is being sent. Returns what delivered() wants to be told.
  std::uint64_t sent();
  void delivered(std::uint64_t ticket);
  /// No message more; `end` is what the position becomes when all of them, and all before, are delivered.
  void ended(Lsn end);

  /// Everything that committed before it was delivered; zero until the first transaction was.
  Lsn position() const { return position_; }

 private:
  struct Transaction {
    std::uint64_t under_way = 0;
    Lsn end;  // zero: messages are still being sent
  };
  void settle();

  std::deque<Transaction> transactions_{1};
  std::uint64_t first_ = 0;  // the ticket of the oldest one
  Lsn position_;
};

}  // namespace walkit
