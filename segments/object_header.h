// What an archived object says about itself, so that it can be listed, searched and checked without a
// database.
//
// A compressed object is one or more frames of its codec and, last, a skippable frame, which `zstd -d` and
// `lz4 -d` pass over:
//
//     184D2A57  size(u32)  JSON  XXH3-64 of the frame up to here (u64)  frame's length (u32)  "WKIT"
//
// all little-endian; `size` counts what follows it, the length all of the frame. A reader takes the last
// kTrailerReadSize bytes of an object, and more if the length says so. With the codec `none` the segment is
// stored as it is, and the JSON, with its own checksum as last member, in a file beside it: NAME.json.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "segments/compress.h"
#include "segments/digest.h"
#include "segments/segment_summary.h"

namespace walkit {

inline constexpr int kObjectFormat = 1;
inline constexpr std::size_t kTrailerReadSize = 4096;
/// No writer makes a header longer than this; a reader refuses a length beyond it.
inline constexpr std::size_t kMaxTrailerSize = std::size_t{64} << 10;

/// A value. What does not apply to histories and backup labels is empty: major, segment size, records.
struct ObjectHeader {
  std::string name;  ///< of the file that was archived
  std::uint64_t system_identifier = 0;
  int major = 0;  ///< of the server
  std::uint32_t segment_size_bytes = 0;
  std::uint64_t plain_size_bytes = 0;
  Digest plain_digest{};
  std::uint64_t payload_size_bytes = 0;  ///< as stored, without this header
  Digest payload_digest{};
  CodecChoice codec{};
  std::optional<SegmentSummary> summary;  ///< of segments and partial segments
  bool damaged = false;                   ///< the record check of a complete segment did not reach its end
  bool diverging = false;                 ///< a variant whose records are not those of the first copy
  std::int64_t archived_at_unix_ms = 0;
  std::string archived_by;  ///< host:data directory

  bool operator==(const ObjectHeader&) const = default;
};

struct HeaderError {
  std::string text;    ///< said of the object: "its header ..."
  bool newer = false;  ///< nothing is wrong with it: a newer walkit has written it
};

/// The skippable frame.
std::vector<std::byte> encode_trailer(const ObjectHeader& header);
/// The content of NAME.json.
std::vector<std::byte> encode_sidecar(const ObjectHeader& header);

/// How many bytes the trailer that ends `tail` takes; an error if `tail` does not end in one.
std::expected<std::size_t, HeaderError> trailer_size(ByteSpan tail);
/// `trailer` is exactly the frame. Any changed bit is an error, as is an object of a newer format.
std::expected<ObjectHeader, HeaderError> decode_trailer(ByteSpan trailer);
std::expected<ObjectHeader, HeaderError> decode_sidecar(ByteSpan json);

}  // namespace walkit
