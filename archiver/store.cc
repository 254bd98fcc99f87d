#include "archiver/store.h"

#include <fmt/format.h>

namespace walkit {
namespace {

StoreResult<std::vector<std::byte>> unreadable(std::string text) {
  return std::unexpected(StoreError{StoreError::Kind::io, std::move(text)});
}

}  // namespace

StoreResult<std::vector<std::byte>> read_object(Store& store, std::string_view name, std::size_t max_bytes) {
  auto object = store.open(name);
  if (!object) return std::unexpected(std::move(object).error());
  const std::uint64_t size = (*object)->size_bytes();
  if (size > max_bytes)
    return unreadable(fmt::format("object \"{}\" of \"{}\" is too large: {} bytes, at most {} expected", name,
                                  store.url(), size, max_bytes));
  std::vector<std::byte> bytes(size);
  const auto got = (*object)->read_at(0, bytes);
  if (!got) return std::unexpected(got.error());
  if (*got != size)
    return unreadable(
        fmt::format("object \"{}\" of \"{}\" ended after {} of {} bytes", name, store.url(), *got, size));
  return bytes;
}

StoreResult<void> write_object(Store& store, std::string_view name, ByteSpan bytes) {
  auto pending = store.create(name);
  if (!pending) return std::unexpected(std::move(pending).error());
  if (auto written = (*pending)->write(bytes); !written) return written;
  return (*pending)->publish();
}

}  // namespace walkit
