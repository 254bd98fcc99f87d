// A SpillStore in a file that has no name, so that nothing is left of it when the process ends, however it
// ends.
#pragma once

#include <optional>

#include "feed/spill_store.h"
#include "segments/unique_fd.h"

namespace walkit {

/// The file appears with the first write. What is discarded is given back to the file system where that can
/// punch holes. One thread at a time.
class TemporaryFileSpill final : public SpillStore {
 public:
  explicit TemporaryFileSpill(std::string directory) : directory_(std::move(directory)) {}

  std::expected<void, std::string> write(std::uint64_t offset, ByteSpan bytes) override;
  std::expected<void, std::string> read(std::uint64_t offset, std::span<std::byte> out) override;
  void discard(std::uint64_t offset, std::uint64_t size) override;

 private:
  std::expected<void, std::string> open();
  std::unexpected<std::string> failed(std::string_view what) const;

  std::string directory_;
  std::optional<UniqueFd> fd_;
};

}  // namespace walkit
