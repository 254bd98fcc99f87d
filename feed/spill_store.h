// Where the feed puts what memory should not hold: tracked pages, large transactions.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "walreader/types.h"

namespace walkit {

/// Bytes by offset that live as long as the object. One thread at a time. Errors are one line.
class SpillStore {
 public:
  virtual ~SpillStore() = default;
  virtual std::expected<void, std::string> write(std::uint64_t offset, ByteSpan bytes) = 0;
  /// Fills `out`; an error if not all of it was written before.
  virtual std::expected<void, std::string> read(std::uint64_t offset, std::span<std::byte> out) = 0;
  /// The bytes are not needed any more; their offsets may be written again.
  virtual void discard(std::uint64_t offset, std::uint64_t size) = 0;
};

}  // namespace walkit
