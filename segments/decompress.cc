#include "segments/decompress.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "segments/frame_decoder.h"
#include "walreader/bytes.h"

namespace walkit {
namespace {

// As the four bytes of a file's beginning read as a little-endian number.
constexpr std::uint32_t kZstdMagic = 0xFD2FB528;
constexpr std::uint32_t kLz4Magic = 0x184D2204;
constexpr std::uint32_t kSkippableMagic = 0x184D2A50;  // to 0x184D2A5F
constexpr std::uint32_t kSkippableMask = 0xFFFFFFF0;
constexpr std::uint32_t kGzipMagic =
    0x00088B1F;  // two bytes of magic and the method, which is always deflate
constexpr std::uint32_t kGzipMask = 0x00FFFFFF;

class Copier final : public Decompressor {
 public:
  std::expected<Progress, std::string> decompress(ByteSpan in, std::span<std::byte> out) override {
    const std::size_t size = std::min(in.size(), out.size());
    if (size != 0) std::memcpy(out.data(), in.data(), size);
    return Progress{.consumed = size, .produced = size};
  }
  std::expected<void, std::string> finish() const override { return {}; }
};

class FrameSequence final : public Decompressor {
 public:
  std::expected<Progress, std::string> decompress(ByteSpan in, std::span<std::byte> out) override {
    Progress progress;
    bool moved = !failed_;
    while (moved && progress.produced < out.size()) {
      const auto step = step_once(in, out, progress);
      if (!step) failed_ = step.error();
      moved = step.value_or(false);
    }
    // What came out before the damage is given first.
    if (failed_ && progress.produced == 0) return std::unexpected(*failed_);
    return progress;
  }

  std::expected<void, std::string> finish() const override {
    if (codec_ != Codec::none)
      return std::unexpected(
          std::string("the file ends in the middle of a ").append(codec_name(codec_)).append(" frame"));
    if (magic_size_ != 0) return std::unexpected("unrecognized data after the end of the compressed data");
    return {};
  }

 private:
  /// Frames are told apart by four bytes, which may arrive in pieces.
  std::size_t take_magic(ByteSpan in) {
    const std::size_t size = std::min(in.size(), magic_.size() - magic_size_);
    std::copy_n(in.begin(), size, magic_.begin() + static_cast<std::ptrdiff_t>(magic_size_));
    magic_size_ += size;
    return size;
  }

  /// False if there was nothing to do.
  std::expected<bool, std::string> step_once(ByteSpan in, std::span<std::byte> out, Progress& progress) {
    if (codec_ == Codec::none) {
      progress.consumed += take_magic(in.subspan(progress.consumed));
      if (magic_size_ < magic_.size()) return false;
      if (auto begun = begin_frame(); !begun) return std::unexpected(std::move(begun).error());
    }
    return step_frame(in, out, progress);
  }

  std::expected<void, std::string> begin_frame() {
    const Codec codec = detect_codec(magic_);
    if (codec == Codec::none)
      return std::unexpected("unrecognized data after the end of the compressed data");
    auto& decoder = decoders_[static_cast<std::size_t>(codec)];
    if (!decoder) decoder = make_frame_decoder(codec);
    if (!decoder) return std::unexpected("out of memory");
    codec_ = codec;
    magic_given_ = 0;
    return {};
  }

  /// One step of the current frame, whose magic is fed first.
  std::expected<bool, std::string> step_frame(ByteSpan in, std::span<std::byte> out, Progress& progress) {
    const bool feeding_magic = magic_given_ < magic_.size();
    const ByteSpan input =
        feeding_magic ? ByteSpan(magic_).subspan(magic_given_) : in.subspan(progress.consumed);
    FrameDecoder& decoder = *decoders_[static_cast<std::size_t>(codec_)];
    auto step = decoder.step(input, out.subspan(progress.produced));
    if (!step) return std::unexpected(std::move(step).error());
    (feeding_magic ? magic_given_ : progress.consumed) += step->consumed;
    progress.produced += step->produced;
    if (step->frame_done) {
      codec_ = Codec::none;
      magic_size_ = 0;
    }
    return step->frame_done || step->consumed != 0 || step->produced != 0;
  }

  Codec codec_ = Codec::none;  ///< of the current frame; none between frames
  std::array<std::byte, kCodecMagicSize> magic_;
  std::size_t magic_size_ = 0;
  std::size_t magic_given_ = 0;  ///< how much of it the decoder has had
  std::optional<std::string> failed_;
  std::array<std::unique_ptr<FrameDecoder>, static_cast<std::size_t>(Codec::skippable) + 1> decoders_;
};

}  // namespace

Codec detect_codec(ByteSpan first_bytes) {
  if (first_bytes.size() < kCodecMagicSize) return Codec::none;
  const auto magic = load_le<std::uint32_t>(first_bytes.data());
  if (magic == kZstdMagic) return Codec::zstd;
  if (magic == kLz4Magic) return Codec::lz4;
  if ((magic & kSkippableMask) == kSkippableMagic) return Codec::skippable;
  if ((magic & kGzipMask) == kGzipMagic) return Codec::gzip;
  return Codec::none;
}

std::string_view codec_name(Codec codec) {
  constexpr std::array<std::string_view, 5> kNames{"plain", "zstd", "lz4", "gzip", "skippable"};
  return kNames[static_cast<std::size_t>(codec)];
}

std::unique_ptr<Decompressor> make_decompressor(Codec codec) {
  if (codec == Codec::none) return std::make_unique<Copier>();
  return std::make_unique<FrameSequence>();
}

}  // namespace walkit
