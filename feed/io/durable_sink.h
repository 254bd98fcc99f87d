// Where events end up for good.
#pragma once

#include <expected>
#include <string>

#include "walreader/types.h"

namespace walkit {

class DurableSink {
 public:
  virtual ~DurableSink() = default;
  /// Waits until all that was written is durable, and says so in the state file, if one is kept. The error is
  /// one line.
  virtual std::expected<void, std::string> sync() = 0;
  /// Nothing was written since.
  virtual bool synced() const = 0;
  /// Everything that committed before it is durable, after sync(). Zero: nothing was delivered yet.
  virtual Lsn position() const = 0;
};

}  // namespace walkit
