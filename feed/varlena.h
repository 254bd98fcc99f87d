// Values of varying length: their headers, compression in line, and values kept in a TOAST relation.
//
// Format: varatt.h (postgres.h until 15), access/toast_internals.h, access/common/detoast.c. The first byte
// tells:
//
//   ......00   header of 4 bytes: size << 2, then the value
//   ......10   header of 4 bytes: size << 2 | 2, then u32 raw size | method << 30, then the compressed value
//   .......1   header of 1 byte: size << 1 | 1, then the value
//   00000001   a pointer of 18 bytes: this byte, a tag, raw size with header, u32 stored size | method << 30,
//              the value's OID, the TOAST relation's OID
//
// 13 has no method bits; they are 0 there, which is pglz, and that is what 13 means. Pure; one thread an
// object.
#pragma once

#include <expected>
#include <optional>
#include <vector>

#include "feed/event.h"
#include "walreader/types.h"

namespace walkit {

/// varatt_external: where a value is that lies out of line.
struct ToastPointer {
  std::uint32_t raw_size = 0;     ///< of the value, without header
  std::uint32_t stored_size = 0;  ///< of all its chunks together
  Oid value_id = 0;
  Oid toast_relation = 0;
  bool compressed() const { return stored_size < raw_size; }
};

/// Where values are found that lie out of line.
class ToastSource {
 public:
  virtual ~ToastSource() = default;
  /// Fills `chunks` with the value's chunks joined, `pointer.stored_size` bytes, or says why they are not
  /// known.
  virtual std::expected<void, Unavailable> fetch(const ToastPointer& pointer,
                                                 std::vector<std::byte>& chunks) = 0;
};

/// Where a value is put together; reused.
struct DetoastBuffers {
  std::vector<std::byte> chunks;
  std::vector<std::byte> value;
};

/// Bytes of the varlena that `bytes` begins with, header included; 0 if it is damaged or does not end there.
std::size_t varlena_size(ByteSpan bytes);

/// What `stored` points to, if it is a pointer and not the value.
std::optional<ToastPointer> toast_pointer(ByteSpan stored);

/// The value without header, decompressed and fetched as needed. It lies in `stored` or in `buffers`. A
/// damaged value is type_unrendered; without a `toast` one that lies elsewhere is toast_unchanged.
std::expected<ByteSpan, Unavailable> detoast(ByteSpan stored, ToastSource* toast, DetoastBuffers& buffers);

}  // namespace walkit
