// Full-page images: from what a record stores back to the page (xlogreader.c, RestoreBlockImage).
#pragma once

#include <expected>
#include <string>

#include "walreader/record.h"

namespace walkit {

enum class ImageFault : std::uint8_t {
  invalid_state,  ///< the block has no image, or one that does not make a page of the wanted size
  damaged,        ///< the payload cannot be decompressed, or decompresses to the wrong size
};

/// Why the image of a block could not be restored; it needs nothing of the record it came from.
struct ImageError {
  ImageFault fault = ImageFault::invalid_state;
  Major major = kNewestMajor;
  Lsn lsn;  ///< of the record
  std::uint8_t block_id = 0;
};

/// Restores the page that `block` carries an image of. `page` has the size of a relation page (8192 bytes in
/// every usual build); after an error it holds anything. The page's own LSN is left as stored.
[[nodiscard]] std::expected<void, ImageError> restore_image(const Record& record, const BlockRef& block,
                                                            std::span<std::byte> page);

/// The same from a payload and what its header says.
[[nodiscard]] std::expected<void, ImageFault> restore_image(const ImageRef& image, ByteSpan payload,
                                                            std::span<std::byte> page);

/// The error in the words of the major that wrote the record.
std::string image_error_text(const ImageError& error);

}  // namespace walkit
