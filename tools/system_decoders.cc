#include "tools/system_decoders.h"

#include <string>
#include <string_view>

#include "feed/io/iconv_decoder.h"

namespace walkit {
namespace {

/// For an encoding that the system cannot convert.
class AsciiDecoder final : public TextDecoder {
 public:
  bool decode(std::string_view text, std::string& out) const override {
    if (!is_ascii(text)) return false;
    out.append(text);
    return true;
  }
};

}  // namespace

const TextDecoder& SystemDecoders::of(std::int32_t encoding) {
  std::unique_ptr<TextDecoder>& found = decoders_[encoding];
  if (found == nullptr) {
    auto opened = open_decoder(encoding);
    found = opened ? *std::move(opened) : std::make_unique<AsciiDecoder>();
  }
  return *found;
}

}  // namespace walkit
