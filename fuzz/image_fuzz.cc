// Restoring full-page images: whatever the header and the payload, it fails or fills the whole page, and a
// page that was compressed comes back.
//
// Inputs: method and options, hole offset and length, then either a payload or (kCompress) a position, a mask
// and the page to compress; the mask is applied to the payload's byte at the position.
#include <lz4.h>
#include <zstd.h>

#include <algorithm>

#include "fuzz/require.h"
#include "tests/support/byte_writer.h"
#include "walreader/bytes.h"
#include "walreader/image.h"

namespace walkit::fuzz {
namespace {

using test::Bytes;

constexpr std::uint8_t kMethodMask = 0x03;
constexpr std::uint8_t kHasHole = 0x04;
constexpr std::uint8_t kCompress = 0x08;

/// Restores into a page that was filled with `fill`; empty if that failed.
Bytes restored(const ImageRef& image, ByteSpan payload, std::uint8_t fill) {
  Bytes page(kRelationBlockSize, static_cast<std::byte>(fill));
  if (!restore_image(image, payload, page)) return {};
  return page;
}

Bytes compressed(Compression method, ByteSpan plain) {
  Bytes out(2 * kRelationBlockSize);
  const auto* from = reinterpret_cast<const char*>(plain.data());
  auto* to = reinterpret_cast<char*>(out.data());
  switch (method) {
    case Compression::lz4:
      out.resize(static_cast<std::size_t>(
          LZ4_compress_default(from, to, static_cast<int>(plain.size()), static_cast<int>(out.size()))));
      return out;
    case Compression::zstd:
      out.resize(ZSTD_compress(to, out.size(), from, plain.size(), 1));
      return out;
    case Compression::pglz:
      // literals only: eight after each zero control byte
      out.clear();
      for (std::size_t i = 0; i < plain.size(); ++i) {
        if (i % 8 == 0) out.push_back(std::byte{0});
        out.push_back(plain[i]);
      }
      return out;
    case Compression::none:
      break;
  }
  return {plain.begin(), plain.end()};
}

/// A page of the input's bytes without its hole goes there and back.
void check_round_trip(const ImageRef& image, Cursor& in) {
  const std::uint16_t position = in.u16();
  const std::uint8_t mask = in.u8();
  Bytes page(kRelationBlockSize);
  std::ranges::copy(in.rest().first(std::min(in.remaining(), page.size())), page.begin());
  if (std::size_t{image.hole_offset} + image.hole_length > page.size()) return;
  std::fill_n(page.begin() + image.hole_offset, image.hole_length, std::byte{0});
  Bytes stored(page.begin(), page.begin() + image.hole_offset);
  stored.insert(stored.end(), page.begin() + image.hole_offset + image.hole_length, page.end());

  Bytes payload = compressed(image.compression, stored);
  if (payload.empty()) return;
  payload[position % payload.size()] ^= static_cast<std::byte>(mask);
  const Bytes back = restored(image, payload, 0);
  require(mask != 0 || back == page, "a compressed page comes back");
  require(back == restored(image, payload, 0xFF), "no byte of a restored page is left over");
}

void check(ByteSpan input) {
  Cursor in(input);
  const std::uint8_t options = in.u8();
  ImageRef image;
  image.compression = static_cast<Compression>(options & kMethodMask);
  image.has_hole = options & kHasHole;
  image.hole_offset = in.u16();
  image.hole_length = in.u16();
  if (!image.has_hole) image.hole_offset = image.hole_length = 0;
  if (options & kCompress) return check_round_trip(image, in);
  image.stored_length = static_cast<std::uint16_t>(in.remaining());
  require(restored(image, in.rest(), 0) == restored(image, in.rest(), 0xFF),
          "no byte of a restored page is left over");
}

}  // namespace
}  // namespace walkit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace walkit;
  if (size > UINT16_MAX) return 0;
  const test::Bytes exact(reinterpret_cast<const std::byte*>(data),
                          reinterpret_cast<const std::byte*>(data) + size);
  fuzz::check(exact);
  return 0;
}
