// Little-endian bytes put together by hand.
#pragma once

#include <concepts>
#include <string_view>
#include <vector>

#include "walreader/types.h"

namespace walkit::test {

using Bytes = std::vector<std::byte>;

/// Stores a little-endian integer at `offset` of `bytes`, which reach that far.
template <std::integral T>
void store_le(std::span<std::byte> bytes, std::size_t offset, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    bytes[offset + i] = static_cast<std::byte>(static_cast<std::uint64_t>(value) >> 8 * i);
}

/// Appends integers and bytes; every call returns the writer, so that a structure reads as one expression.
class ByteWriter {
 public:
  ByteWriter& u8(std::uint64_t value) { return put(value, 1); }
  ByteWriter& u16(std::uint64_t value) { return put(value, 2); }
  ByteWriter& u32(std::uint64_t value) { return put(value, 4); }
  ByteWriter& u64(std::uint64_t value) { return put(value, 8); }
  ByteWriter& zeros(std::size_t count) {
    bytes_.resize(bytes_.size() + count);
    return *this;
  }
  ByteWriter& bytes(ByteSpan bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  ByteWriter& text(std::string_view text) { return bytes(std::as_bytes(std::span(text))); }

  std::size_t size() const { return bytes_.size(); }
  const Bytes& get() const { return bytes_; }
  Bytes take() { return std::move(bytes_); }

 private:
  ByteWriter& put(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) bytes_.push_back(static_cast<std::byte>(value >> 8 * i));
    return *this;
  }

  Bytes bytes_;
};

inline Bytes bytes_of(std::string_view text) { return ByteWriter().text(text).take(); }

}  // namespace walkit::test
