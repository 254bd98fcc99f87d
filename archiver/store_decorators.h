// Stores around another store: retrying, keeping to a deadline, failing on purpose.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "archiver/store.h"

namespace walkit {

using Deadline = std::chrono::steady_clock::time_point;

struct RetryPolicy {
  int attempts = 4;                           ///< in all
  std::chrono::milliseconds first_delay{50};  ///< doubles each time
};

/// Repeats calls that failed for a transient reason; the last error says after how many attempts. What was
/// written to a pending object is never written again: a failed write() or publish() is the caller's to
/// repeat with a new object.
std::unique_ptr<Store> make_retrying_store(std::unique_ptr<Store> store, RetryPolicy policy = {});

/// Fails with Kind::timeout whatever begins after `deadline`.
std::unique_ptr<Store> make_deadline_store(std::unique_ptr<Store> store, Deadline deadline);

/// The operations that a faulty store can be told to fail.
enum class StoreOperation : std::uint8_t { probe, open, read, create, write, publish, list, remove };

/// Before each operation asks `fault`, which may return an error to fail with. For tests.
using FaultPlan = std::function<std::optional<StoreError>(StoreOperation operation, std::string_view name)>;
std::unique_ptr<Store> make_faulty_store(std::unique_ptr<Store> store, FaultPlan fault);

}  // namespace walkit
