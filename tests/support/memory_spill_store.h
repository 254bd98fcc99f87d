// A SpillStore in memory, that minds what was never written.
#pragma once

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "feed/spill_store.h"

namespace walkit::test {

/// For callers that read, write and discard the same pieces.
class MemorySpillStore final : public SpillStore {
 public:
  std::expected<void, std::string> write(std::uint64_t offset, ByteSpan bytes) override {
    if (fail_writes) return std::unexpected("no space left");
    pieces_[offset].assign(bytes.begin(), bytes.end());
    ++writes;
    return {};
  }
  std::expected<void, std::string> read(std::uint64_t offset, std::span<std::byte> out) override {
    const auto piece = pieces_.find(offset);
    if (fail_reads || piece == pieces_.end() || piece->second.size() != out.size())
      return std::unexpected("never written");
    std::ranges::copy(piece->second, out.begin());
    return {};
  }
  void discard(std::uint64_t offset, std::uint64_t) override { pieces_.erase(offset); }

  std::size_t pieces() const { return pieces_.size(); }

  bool fail_writes = false;
  bool fail_reads = false;
  std::size_t writes = 0;

 private:
  std::unordered_map<std::uint64_t, std::vector<std::byte>> pieces_;
};

}  // namespace walkit::test
