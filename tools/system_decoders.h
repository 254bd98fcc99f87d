// The encodings of a server's databases, by the system's iconv.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "feed/feed_decoder.h"
#include "feed/text_decoder.h"

namespace walkit {

/// Opens each on first use. One of which the system knows nothing passes ASCII only. One thread at a time.
class SystemDecoders final : public TextDecoders {
 public:
  const TextDecoder& of(std::int32_t encoding) override;

 private:
  std::map<std::int32_t, std::unique_ptr<TextDecoder>> decoders_;
};

}  // namespace walkit
