// The headers of archived objects, hostile ones: whatever the bytes, decoding ends with a header or a
// message, and a header that was read means the same after it is written and read again.
#include <string>

#include "fuzz/require.h"
#include "segments/object_header.h"
#include "walreader/bytes.h"

namespace walkit::fuzz {
namespace {

constexpr std::size_t kLargest = std::size_t{16} << 10;

template <typename T>
void append(std::vector<std::byte>& to, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i) to.push_back(static_cast<std::byte>(value >> 8 * i));
}

std::vector<std::byte> trailer_of(ByteSpan json) {
  std::vector<std::byte> frame;
  append(frame, std::uint32_t{0x184D2A57});
  append(frame, static_cast<std::uint32_t>(json.size() + 16));
  frame.insert(frame.end(), json.begin(), json.end());
  append(frame, checksum64(frame));
  append(frame, static_cast<std::uint32_t>(json.size() + 24));
  append(frame, std::uint32_t{0x54494B57});  // WKIT
  return frame;
}

void check(const std::expected<ObjectHeader, HeaderError>& header) {
  if (!header) {
    require(!header.error().text.empty() && header.error().text.find('\n') == std::string::npos,
            "one line of error");
    return;
  }
  const auto trailer = encode_trailer(*header);
  require(trailer.size() <= kMaxTrailerSize, "a header within the limit");
  const auto again = decode_trailer(trailer);
  require(again.has_value(), "to read what was written");
  require(encode_trailer(*again) == trailer, "the same trailer again");
  const auto sidecar = decode_sidecar(encode_sidecar(*header));
  require(sidecar && *sidecar == *again, "the same header beside and behind an object");
}

}  // namespace
}  // namespace walkit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace walkit;
  if (size > fuzz::kLargest) return 0;
  const ByteSpan input = std::as_bytes(std::span(data, size));
  if (const auto length = trailer_size(input); length && *length <= size)
    fuzz::check(decode_trailer(input.last(*length)));
  fuzz::check(decode_trailer(input));
  fuzz::check(decode_sidecar(input));
  // No mutation finds a checksum, so the input is also taken for the JSON inside of one.
  fuzz::check(decode_trailer(fuzz::trailer_of(input)));
  return 0;
}
