// A SpillStore in memory.
#pragma once

#include <cstring>
#include <vector>

#include "feed/spill_store.h"

namespace walkit::test {

class SpillMemory final : public SpillStore {
 public:
  std::expected<void, std::string> write(std::uint64_t offset, ByteSpan bytes) override {
    if (bytes_.size() < offset + bytes.size()) bytes_.resize(offset + bytes.size());
    std::memcpy(bytes_.data() + offset, bytes.data(), bytes.size());
    ++writes;
    written_bytes += bytes.size();
    return {};
  }
  std::expected<void, std::string> read(std::uint64_t offset, std::span<std::byte> out) override {
    if (offset + out.size() > bytes_.size()) return std::unexpected("read beyond the end");
    std::memcpy(out.data(), bytes_.data() + offset, out.size());
    return {};
  }
  void discard(std::uint64_t, std::uint64_t size) override { discarded_bytes += size; }

  /// Turns all that was written into something else.
  void damage(std::byte fill) { std::fill(bytes_.begin(), bytes_.end(), fill); }

  std::uint64_t writes = 0;
  std::uint64_t written_bytes = 0;
  std::uint64_t discarded_bytes = 0;

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace walkit::test
