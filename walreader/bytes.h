// Reading little-endian integers out of untrusted bytes.
//
// WAL is written in the byte order of its server; walkit reads that of little-endian machines. Nothing in
// walkit overlays a struct on input: every field goes through one of these.
#pragma once

#include <bit>
#include <concepts>
#include <cstring>

#include "walreader/types.h"

namespace walkit {

/// Loads a little-endian integer from `p`; the caller has checked that sizeof(T) bytes are there.
template <std::integral T>
T load_le(const std::byte* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  static_assert(std::endian::native == std::endian::little, "add a byte swap to build for big-endian");
  return value;
}

/// A reading position in borrowed bytes. Reading past the end yields zeros and clears ok(); so a sequence of
/// reads needs one check at its end, before the values are used.
class Cursor {
 public:
  explicit Cursor(ByteSpan bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  template <std::integral T>
  T get() {
    if (remaining() < sizeof(T)) {
      fail();
      return T{};
    }
    const T value = load_le<T>(at_);
    at_ += sizeof(T);
    return value;
  }
  std::uint8_t u8() { return get<std::uint8_t>(); }
  std::uint16_t u16() { return get<std::uint16_t>(); }
  std::uint32_t u32() { return get<std::uint32_t>(); }
  std::uint64_t u64() { return get<std::uint64_t>(); }
  std::int32_t i32() { return get<std::int32_t>(); }
  std::int64_t i64() { return get<std::int64_t>(); }

  /// The next `size` bytes, or an empty span (and !ok()) if fewer are left.
  ByteSpan bytes(std::size_t size) {
    if (remaining() < size) {
      fail();
      return {};
    }
    const ByteSpan taken(at_, size);
    at_ += size;
    return taken;
  }
  void skip(std::size_t size) { bytes(size); }

  bool ok() const { return ok_; }
  std::size_t remaining() const { return static_cast<std::size_t>(end_ - at_); }
  ByteSpan rest() const { return {at_, remaining()}; }

 private:
  void fail() {
    ok_ = false;
    at_ = end_;
  }

  const std::byte* at_;
  const std::byte* end_;
  bool ok_ = true;
};

}  // namespace walkit
