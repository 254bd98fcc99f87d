#include "walreader/image.h"

#include <lz4.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

#include "walreader/pglz.h"
#include "walreader/read_error.h"

namespace walkit {
namespace {

// Each of these fills `out` exactly, or returns false. PostgreSQL also accepts LZ4 and zstd payloads that
// decompress to less; the rest of the page is then whatever its memory held, so here they count as damaged.

bool copy_plain(ByteSpan payload, std::span<std::byte> out) {
  if (payload.size() != out.size()) return false;
  std::ranges::copy(payload, out.begin());
  return true;
}

bool lz4_decompress(ByteSpan payload, std::span<std::byte> out) {
  const int size =
      LZ4_decompress_safe(reinterpret_cast<const char*>(payload.data()), reinterpret_cast<char*>(out.data()),
                          static_cast<int>(payload.size()), static_cast<int>(out.size()));
  return size >= 0 && static_cast<std::size_t>(size) == out.size();
}

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

bool zstd_decompress(ByteSpan payload, std::span<std::byte> out) {
  // Making a context costs twice what decompressing a page does, so each thread keeps one.
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  if (!context) return false;
  const std::size_t size =
      ZSTD_decompressDCtx(context.get(), out.data(), out.size(), payload.data(), payload.size());
  return size == out.size();  // an error is a huge value, so never the size of a page
}

bool decompress(Compression method, ByteSpan payload, std::span<std::byte> out) {
  switch (method) {
    case Compression::none:
      return copy_plain(payload, out);
    case Compression::pglz:
      return pglz_decompress(payload, out);
    case Compression::lz4:
      return lz4_decompress(payload, out);
    case Compression::zstd:
      return zstd_decompress(payload, out);
  }
  return false;
}

/// Moves what follows the hole to its place and fills the hole with zeros.
void open_hole(const ImageRef& image, std::span<std::byte> page) {
  const std::span<std::byte> from_hole = page.subspan(image.hole_offset);
  std::ranges::copy_backward(from_hole.first(from_hole.size() - image.hole_length), from_hole.end());
  std::ranges::fill(from_hole.first(image.hole_length), std::byte{0});
}

}  // namespace

std::expected<void, ImageFault> restore_image(const ImageRef& image, ByteSpan payload,
                                              std::span<std::byte> page) {
  if (std::size_t{image.hole_offset} + image.hole_length > page.size())
    return std::unexpected(ImageFault::invalid_state);
  const std::size_t stored_size = page.size() - image.hole_length;
  if (!decompress(image.compression, payload, page.first(stored_size)))
    return std::unexpected(image.compression == Compression::none ? ImageFault::invalid_state
                                                                  : ImageFault::damaged);
  open_hole(image, page);
  return {};
}

std::expected<void, ImageError> restore_image(const Record& record, const BlockRef& block,
                                              std::span<std::byte> page) {
  const auto error = [&](ImageFault fault) {
    return std::unexpected(ImageError{fault, record.major(), record.lsn(), block.id});
  };
  if (!block.has_image) return error(ImageFault::invalid_state);
  const auto restored = restore_image(block.image, record.image(block), page);
  if (!restored) return error(restored.error());
  return {};
}

std::string image_error_text(const ImageError& error) {
  const std::string at = " at " + to_string(error.lsn);
  const std::string block = ", block " + std::to_string(error.block_id);
  if (error.fault == ImageFault::invalid_state)  // 13 and 14 say nothing at all here
    return "could not restore image" + at + " with invalid state" + block;
  return (error.major < Major::pg15 ? "invalid compressed image" : "could not decompress image") + at + block;
}

}  // namespace walkit
