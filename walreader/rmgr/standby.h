// What a standby record says of the transactions that run, for whoever follows them rather than prints them.
#pragma once

#include <optional>

#include "walreader/record.h"

namespace walkit {

inline constexpr std::uint8_t kStandbyRmgrId = 8;

/// The transactions that were running at a moment not later than the record.
struct RunningTransactions {
  Xid next = 0;            ///< not given to a transaction yet
  Xid oldest_running = 0;  ///< of top-level transactions; all before it have ended
};

/// nullopt if the record is no RUNNING_XACTS or is malformed.
std::optional<RunningTransactions> running_transactions(const Record& record);

}  // namespace walkit
