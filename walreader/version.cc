#include "walreader/version.h"

#include <array>

namespace walkit {
namespace {

constexpr ImageBits kImageBits13{.has_hole = 0x01, .apply = 0x04, .pglz = 0x02, .lz4 = 0, .zstd = 0};
constexpr ImageBits kImageBits15{.has_hole = 0x01, .apply = 0x02, .pglz = 0x04, .lz4 = 0x08, .zstd = 0x10};

// Since 15 the reader decodes ahead, so its messages named the record returned before; 15.20 corrected that.
constexpr std::array<WalFormat, kMajorCount> kFormats{{
    // major     magic   catalog    rmgrs custom  252   image bits     previous newest minor
    {Major::pg13, 0xD106, 202007201, 21, false, false, kImageBits13, false, "13.23"},
    {Major::pg14, 0xD10D, 202107181, 21, false, true, kImageBits13, false, "14.23"},
    {Major::pg15, 0xD110, 202209061, 21, true, true, kImageBits15, false, "15.20"},
    {Major::pg16, 0xD113, 202307071, 21, true, true, kImageBits15, true, "16.14"},
    {Major::pg17, 0xD116, 202406281, 21, true, true, kImageBits15, true, "17.11"},
    {Major::pg18, 0xD118, 202506291, 21, true, true, kImageBits15, true, "18.6"},
}};

static_assert([] {
  for (int i = 0; i < kMajorCount; ++i)
    if (index_of(kFormats[i].major) != i) return false;
  return true;
}());

}  // namespace

const WalFormat* find_format(std::uint16_t magic) {
  for (const WalFormat& format : kFormats)
    if (format.magic == magic) return &format;
  return nullptr;
}

const WalFormat& format_of(Major major) { return kFormats[index_of(major)]; }

}  // namespace walkit
