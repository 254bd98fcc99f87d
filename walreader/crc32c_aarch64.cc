// CRC-32C with the crc32c instructions of ARMv8 (optional in 8.0, always there from 8.1 on).
#if defined(__aarch64__)

#include <arm_acle.h>
#include <sys/auxv.h>

#include "walreader/bytes.h"
#include "walreader/crc32c_kernels.h"

namespace walkit::crc32c {

bool supports_armv8() {
  constexpr unsigned long kHwcapCrc32 = 1UL << 7;  // HWCAP_CRC32 of Linux, <asm/hwcap.h>
  return (getauxval(AT_HWCAP) & kHwcapCrc32) != 0;
}

__attribute__((target("+crc"))) std::uint32_t extend_armv8(std::uint32_t state, const std::byte* bytes,
                                                           std::size_t size) {
  for (; size >= 8; bytes += 8, size -= 8) state = __crc32cd(state, load_le<std::uint64_t>(bytes));
  if ((size & 4) != 0) {
    state = __crc32cw(state, load_le<std::uint32_t>(bytes));
    bytes += 4;
  }
  if ((size & 2) != 0) {
    state = __crc32ch(state, load_le<std::uint16_t>(bytes));
    bytes += 2;
  }
  return (size & 1) != 0 ? __crc32cb(state, load_le<std::uint8_t>(bytes)) : state;
}

}  // namespace walkit::crc32c

#endif  // __aarch64__
