// CRC-32C (Castagnoli), the checksum of WAL records and pg_control (port/pg_crc32c.h).
//
// Pure functions of their input; any thread may call them. The kernel is chosen once, on first use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "walreader/types.h"

namespace walkit {

inline constexpr std::uint32_t kCrc32cInit = 0xFFFFFFFF;

/// Advances a running state, which starts as kCrc32cInit, over `bytes`. The checksum is the state inverted.
[[nodiscard]] std::uint32_t crc32c_extend(std::uint32_t state, ByteSpan bytes);

/// The checksum of bytes that come in pieces; how they are split makes no difference.
class Crc32c {
 public:
  void update(ByteSpan bytes) { state_ = crc32c_extend(state_, bytes); }
  std::uint32_t value() const { return ~state_; }

 private:
  std::uint32_t state_ = kCrc32cInit;
};

/// One way to compute the checksum; `extend` may be called only if this machine supports it.
struct Crc32cKernel {
  std::string_view name;
  std::uint32_t (*extend)(std::uint32_t state, const std::byte* bytes, std::size_t size);
  bool supported;
};

/// All kernels built for this architecture, slowest first; crc32c_extend uses the last supported one.
std::span<const Crc32cKernel> crc32c_kernels();

}  // namespace walkit
