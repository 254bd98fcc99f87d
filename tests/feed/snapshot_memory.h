// A snapshot in memory.
#pragma once

#include <algorithm>
#include <string>

#include "feed/snapshot_io.h"

namespace walkit::test {

class SnapshotMemory final : public SnapshotSink {
 public:
  std::expected<void, std::string> write(ByteSpan written) override {
    if (fail) return std::unexpected("no space left");
    bytes.append(reinterpret_cast<const char*>(written.data()), written.size());
    return {};
  }

  std::string bytes;
  bool fail = false;
};

/// Borrows the bytes.
class SnapshotBytes final : public SnapshotSource {
 public:
  explicit SnapshotBytes(std::string_view bytes) : rest_(std::as_bytes(std::span(bytes))) {}
  std::expected<std::size_t, std::string> read(std::span<std::byte> out) override {
    const std::size_t size = std::min(out.size(), rest_.size());
    std::ranges::copy(rest_.first(size), out.begin());
    rest_ = rest_.subspan(size);
    return size;
  }

 private:
  ByteSpan rest_;
};

}  // namespace walkit::test
