#include "segments/frame_decoder.h"

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <limits>

#include "walreader/bytes.h"

namespace walkit {
namespace {

using Result = std::expected<FrameDecoder::Step, std::string>;

std::unexpected<std::string> corrupt(Codec codec, std::string_view why) {
  return std::unexpected(std::string("invalid ").append(codec_name(codec)).append(" data: ").append(why));
}

class ZstdDecoder final : public FrameDecoder {
 public:
  ZstdDecoder() : context_(ZSTD_createDCtx()) {
    // zstd's own default, said here because it is what bounds our memory.
    if (context_) ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kMaxWindowLog);
  }
  bool ready() const { return context_ != nullptr; }

  Result step(ByteSpan in, std::span<std::byte> out) override {
    // The call that completes a frame's header takes its input for the frame's beginning (libzstd 1.5), and
    // so would take some damaged frames for good ones of another kind. One byte is never a frame.
    if (header_given_ < kMaxHeader) in = in.first(std::min<std::size_t>(in.size(), 1));
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const std::size_t hint = ZSTD_decompressStream(context_.get(), &output, &input);
    if (ZSTD_isError(hint)) return corrupt(Codec::zstd, ZSTD_getErrorName(hint));
    header_given_ = hint == 0 ? 0 : std::min(header_given_ + input.pos, kMaxHeader);
    return Step{.consumed = input.pos, .produced = output.pos, .frame_done = hint == 0};
  }

 private:
  static constexpr int kMaxWindowLog = 27;
  static constexpr std::size_t kMaxHeader = 18;  // ZSTD_FRAMEHEADERSIZE_MAX, which zstd.h does not promise
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> context_;
  std::size_t header_given_ = 0;  ///< bytes of the current frame so far, up to the longest header
};

class Lz4Decoder final : public FrameDecoder {
 public:
  Lz4Decoder() {
    LZ4F_dctx* context = nullptr;
    if (!LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) context_.reset(context);
  }
  bool ready() const { return context_ != nullptr; }

  Result step(ByteSpan in, std::span<std::byte> out) override {
    std::size_t consumed = in.size();
    std::size_t produced = out.size();
    const std::size_t hint =
        LZ4F_decompress(context_.get(), out.data(), &produced, in.data(), &consumed, nullptr);
    if (LZ4F_isError(hint)) return corrupt(Codec::lz4, LZ4F_getErrorName(hint));
    return Step{.consumed = consumed, .produced = produced, .frame_done = hint == 0};
  }

 private:
  struct Free {
    void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
  };
  std::unique_ptr<LZ4F_dctx, Free> context_;
};

class GzipDecoder final : public FrameDecoder {
 public:
  GzipDecoder() : ready_(inflateInit2(&stream_, kLargestWindow + kGzipWrapper) == Z_OK) {}
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;
  ~GzipDecoder() override {
    if (ready_) inflateEnd(&stream_);
  }
  bool ready() const { return ready_; }

  Result step(ByteSpan in, std::span<std::byte> out) override {
    const uInt in_size = clamp(in.size());
    const uInt out_size = clamp(out.size());
    // zlib's interface is not const, but inflate() does not write to its input.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in.data()));
    stream_.avail_in = in_size;
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = out_size;
    const int status = inflate(&stream_, Z_NO_FLUSH);
    // Z_BUF_ERROR only says that there was nothing to do.
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
      return corrupt(Codec::gzip, stream_.msg ? stream_.msg : zError(status));
    const Step step{.consumed = in_size - stream_.avail_in,
                    .produced = out_size - stream_.avail_out,
                    .frame_done = status == Z_STREAM_END};
    if (step.frame_done) inflateReset(&stream_);
    return step;
  }

 private:
  static constexpr int kLargestWindow = 15;
  static constexpr int kGzipWrapper = 16;
  static uInt clamp(std::size_t size) {
    return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
  }

  z_stream stream_{};
  bool ready_;
};

/// Skippable frames carry a payload of any kind: magic, u32 length, that many bytes. The object header of
/// archived segments is one.
class SkippableDecoder final : public FrameDecoder {
 public:
  Result step(ByteSpan in, std::span<std::byte>) override {
    Step step;
    while (header_size_ < header_.size() && step.consumed < in.size()) {
      header_[header_size_++] = in[step.consumed++];
      if (header_size_ == header_.size()) to_skip_ = load_le<std::uint32_t>(&header_[kCodecMagicSize]);
    }
    if (header_size_ < header_.size()) return step;
    const auto skipped =
        static_cast<std::uint32_t>(std::min<std::size_t>(to_skip_, in.size() - step.consumed));
    to_skip_ -= skipped;
    step.consumed += skipped;
    step.frame_done = to_skip_ == 0;
    if (step.frame_done) header_size_ = 0;
    return step;
  }

 private:
  std::array<std::byte, kCodecMagicSize + sizeof(std::uint32_t)> header_;
  std::size_t header_size_ = 0;
  std::uint32_t to_skip_ = 0;
};

template <typename Decoder>
std::unique_ptr<FrameDecoder> make_ready() {
  auto decoder = std::make_unique<Decoder>();
  if (!decoder->ready()) return nullptr;
  return decoder;
}

}  // namespace

std::unique_ptr<FrameDecoder> make_frame_decoder(Codec codec) {
  switch (codec) {
    case Codec::zstd:
      return make_ready<ZstdDecoder>();
    case Codec::lz4:
      return make_ready<Lz4Decoder>();
    case Codec::gzip:
      return make_ready<GzipDecoder>();
    case Codec::skippable:
      return std::make_unique<SkippableDecoder>();
    case Codec::none:
      break;
  }
  return nullptr;
}

}  // namespace walkit
