// Decoders of one compressed frame; decompress.cc strings them together.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "segments/decompress.h"

namespace walkit {

/// Decodes one frame after another of one kind. One thread at a time.
class FrameDecoder {
 public:
  struct Step {
    std::size_t consumed = 0;
    std::size_t produced = 0;
    bool frame_done = false;  ///< the frame has ended and its output is out; the next byte begins another
  };

  virtual ~FrameDecoder() = default;

  /// Input begins with the frame's magic. Never consumes bytes after the frame's end.
  virtual std::expected<Step, std::string> step(ByteSpan in, std::span<std::byte> out) = 0;
};

/// A decoder for `codec`, which is not `none`; nullptr if its library has no memory for one.
std::unique_ptr<FrameDecoder> make_frame_decoder(Codec codec);

}  // namespace walkit
