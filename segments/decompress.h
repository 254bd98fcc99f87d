// Decompression of what `zstd`, `lz4` and `gzip` write, a piece at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "walreader/types.h"

namespace walkit {

enum class Codec : std::uint8_t { none, zstd, lz4, gzip, skippable };

/// How many of a file's first bytes detect_codec() looks at.
inline constexpr std::size_t kCodecMagicSize = 4;

/// What a file is compressed with, by its first bytes; names are never asked. `skippable`: it begins with a
/// skippable frame, as files of zstd and of lz4 may. Anything unknown, and less than four bytes, is `none`.
Codec detect_codec(ByteSpan first_bytes);

std::string_view codec_name(Codec codec);

/// Turns a stream of bytes into another. One thread at a time.
class Decompressor {
 public:
  struct Progress {
    std::size_t consumed = 0;  ///< bytes taken from the input
    std::size_t produced = 0;  ///< bytes written to the output
  };

  virtual ~Decompressor() = default;

  /// Takes some of `in` and fills some of `out`, which is not empty. With neither consumed nor produced, all
  /// of the output there is has been given. The error is one line for people; after one, there is no going
  /// on.
  virtual std::expected<Progress, std::string> decompress(ByteSpan in, std::span<std::byte> out) = 0;

  /// To be asked when the input has ended and all output is out: an error if the input was cut short.
  virtual std::expected<void, std::string> finish() const = 0;
};

/// For Codec::none a copy; for any other, one that takes frames (zstd, lz4, skippable) and gzip members in
/// any order and number, each recognized by its own magic. Memory is bounded whatever the input says: at most
/// a 128 MiB window of zstd, less than 10 MiB of lz4.
std::unique_ptr<Decompressor> make_decompressor(Codec codec);

}  // namespace walkit
