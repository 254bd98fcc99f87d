#include "feed/varlena.h"

#include <lz4.h>

#include "walreader/bytes.h"
#include "walreader/pglz.h"

namespace walkit {
namespace {

constexpr std::uint8_t kPointerMark = 0x01;
constexpr std::uint8_t kOnDisk = 18;  // VARTAG_ONDISK; the other tags exist in memory only
constexpr std::size_t kPointerSize = 18;
constexpr std::size_t kHeaderSize = 4;
constexpr std::uint32_t kSizeMask = (1U << 30) - 1;  // VARLENA_EXTSIZE_MASK
// The most that a byte can stand for: a match of LZ4 grows by 255 for each byte, one of pglz needs 3 for 273.
constexpr std::size_t kLargestRatio = 256;

bool is_short(std::uint8_t first) { return (first & 1) != 0; }
bool is_compressed(std::uint8_t first) { return (first & 3) == 2; }

bool lz4_decompress(ByteSpan stream, std::span<std::byte> out) {
  const int size =
      LZ4_decompress_safe(reinterpret_cast<const char*>(stream.data()), reinterpret_cast<char*>(out.data()),
                          static_cast<int>(stream.size()), static_cast<int>(out.size()));
  return size >= 0 && static_cast<std::size_t>(size) == out.size();
}

/// `compressed` begins with the raw size and the method.
std::expected<ByteSpan, Unavailable> decompress(ByteSpan compressed, std::vector<std::byte>& value) {
  Cursor in(compressed);
  const std::uint32_t info = in.u32();
  const std::size_t raw_size = info & kSizeMask;
  const ByteSpan stream = in.rest();
  if (!in.ok() || raw_size / kLargestRatio > stream.size())
    return std::unexpected(Unavailable::type_unrendered);
  value.resize(raw_size);
  const std::uint32_t method = info >> 30;
  const bool done = method == 0   ? pglz_decompress(stream, value)
                    : method == 1 ? lz4_decompress(stream, value)
                                  : false;
  if (!done) return std::unexpected(Unavailable::type_unrendered);
  return value;
}

std::expected<ByteSpan, Unavailable> fetch(const ToastPointer& pointer, ToastSource* toast,
                                           DetoastBuffers& buffers) {
  if (!toast) return std::unexpected(Unavailable::toast_unchanged);
  if (const auto fetched = toast->fetch(pointer, buffers.chunks); !fetched)
    return std::unexpected(fetched.error());
  if (buffers.chunks.size() != pointer.stored_size) return std::unexpected(Unavailable::type_unrendered);
  if (!pointer.compressed()) return buffers.chunks;
  const std::expected<ByteSpan, Unavailable> value = decompress(buffers.chunks, buffers.value);
  if (value && value->size() != pointer.raw_size) return std::unexpected(Unavailable::type_unrendered);
  return value;
}

}  // namespace

std::size_t varlena_size(ByteSpan bytes) {
  if (bytes.empty()) return 0;
  const auto first = std::to_integer<std::uint8_t>(bytes[0]);
  std::size_t size = 0;
  if (first == kPointerMark) {
    size = bytes.size() > 1 && std::to_integer<std::uint8_t>(bytes[1]) == kOnDisk ? kPointerSize : 0;
  } else if (is_short(first)) {
    size = first >> 1;
  } else if (bytes.size() >= kHeaderSize) {
    size = load_le<std::uint32_t>(bytes.data()) >> 2;
    if (size < kHeaderSize) return 0;
  }
  return size <= bytes.size() ? size : 0;
}

std::optional<ToastPointer> toast_pointer(ByteSpan stored) {
  Cursor in(stored);
  if (in.u8() != kPointerMark || in.u8() != kOnDisk) return std::nullopt;
  const std::uint32_t raw_size_with_header = in.u32();
  ToastPointer pointer;
  pointer.stored_size = in.u32() & kSizeMask;
  pointer.value_id = in.u32();
  pointer.toast_relation = in.u32();
  if (!in.ok() || raw_size_with_header < kHeaderSize) return std::nullopt;
  pointer.raw_size = raw_size_with_header - static_cast<std::uint32_t>(kHeaderSize);
  return pointer;
}

std::expected<ByteSpan, Unavailable> detoast(ByteSpan stored, ToastSource* toast, DetoastBuffers& buffers) {
  if (stored.empty() || varlena_size(stored) != stored.size())
    return std::unexpected(Unavailable::type_unrendered);
  const auto first = std::to_integer<std::uint8_t>(stored[0]);
  if (first == kPointerMark) {
    const std::optional<ToastPointer> pointer = toast_pointer(stored);
    if (!pointer) return std::unexpected(Unavailable::type_unrendered);
    return fetch(*pointer, toast, buffers);
  }
  if (is_short(first)) return stored.subspan(1);
  if (is_compressed(first)) return decompress(stored.subspan(kHeaderSize), buffers.value);
  return stored.subspan(kHeaderSize);
}

}  // namespace walkit
