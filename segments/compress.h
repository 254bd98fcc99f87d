// Compression into frames that `zstd -d` and `lz4 -d` read.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "segments/decompress.h"

namespace walkit {

/// What objects are stored with. A value.
struct CodecChoice {
  Codec codec = Codec::zstd;  ///< none, lz4 or zstd
  int level = 1;              ///< means something to lz4 and zstd only

  auto operator<=>(const CodecChoice&) const = default;
};

/// `none`, `lz4`, `zstd` to a choice with the default level of that codec; nullopt for another word.
std::optional<CodecChoice> parse_codec(std::string_view name);

/// The other way: what parse_codec() takes.
std::string_view codec_word(Codec codec);

/// zstd: 19, lz4: 12; the lowest is 1. none: 0, since levels mean nothing to it.
int highest_level(Codec codec);

/// Whether `level` is one of the codec's.
bool valid_level(const CodecChoice& choice);

/// "", ".lz4" or ".zst": what the name of an object ends in.
std::string_view object_suffix(Codec codec);

/// Compresses one stream. One thread at a time; the same object may be used for one stream after another.
class Compressor {
 public:
  virtual ~Compressor() = default;

  /// Begins a stream of exactly `size_bytes` bytes; its frame says so.
  virtual std::expected<void, std::string> begin(std::uint64_t size_bytes) = 0;
  /// Appends to `out` what `in` yields, which may be nothing yet.
  virtual std::expected<void, std::string> compress(ByteSpan in, std::vector<std::byte>& out) = 0;
  /// How many bytes a call should give it for the most speed.
  virtual std::size_t best_piece_bytes() const = 0;
  /// Appends what is left and ends the frame.
  virtual std::expected<void, std::string> finish(std::vector<std::byte>& out) = 0;
};

std::unique_ptr<Compressor> make_compressor(const CodecChoice& choice);

}  // namespace walkit
