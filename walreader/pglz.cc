// The stream is a sequence of groups: a control byte, then up to 8 items, one for each of its bits from the
// lowest on. A clear bit means a literal byte; a set one a tag of two or three bytes, which repeats earlier
// output:
//
//   first byte    high nibble: bits 8 to 11 of the distance; low nibble: length - 3
//   second byte   bits 0 to 7 of the distance
//   third byte    only if the low nibble is 15: added to the length
#include "walreader/pglz.h"

#include <algorithm>
#include <cstring>

#include "walreader/bytes.h"

namespace walkit {
namespace {

struct Match {
  std::size_t distance;
  std::size_t length;
};

Match read_tag(Cursor& in) {
  constexpr std::size_t kMinLength = 3;
  constexpr std::size_t kLongLength = kMinLength + 15;
  const std::size_t first = in.u8();
  const std::size_t second = in.u8();
  Match match{.distance = (first & 0xF0) << 4 | second, .length = (first & 0x0F) + kMinLength};
  if (match.length == kLongLength) match.length += in.u8();
  return match;
}

/// Copies forward from `distance` bytes back; where that overlaps, the copied bytes repeat.
void repeat(std::byte* to, const Match& match) {
  const std::byte* from = to - match.distance;
  if (match.distance >= match.length) {
    std::memcpy(to, from, match.length);
  } else {
    for (std::size_t i = 0; i < match.length; ++i) to[i] = from[i];
  }
}

}  // namespace

bool pglz_decompress(ByteSpan stream, std::span<std::byte> out) {
  Cursor in(stream);
  std::size_t filled = 0;
  const auto unfinished = [&] { return in.remaining() > 0 && filled < out.size(); };
  while (unfinished()) {
    unsigned control = in.u8();
    for (int item = 0; item < 8 && unfinished(); ++item, control >>= 1) {
      if ((control & 1) == 0) {
        out[filled++] = std::byte{in.u8()};
        continue;
      }
      Match match = read_tag(in);
      if (!in.ok() || match.distance == 0 || match.distance > filled) return false;
      match.length = std::min(match.length, out.size() - filled);  // as PostgreSQL tolerates it
      repeat(&out[filled], match);
      filled += match.length;
    }
  }
  return filled == out.size() && in.remaining() == 0;
}

}  // namespace walkit
