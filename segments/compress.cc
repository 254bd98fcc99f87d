#include "segments/compress.h"

#include <lz4frame.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace walkit {
namespace {

struct CodecRow {
  std::string_view word;
  Codec codec;
  std::string_view suffix;
  int default_level;
  int max_level;  // the lowest one is 1; 0: levels mean nothing
};

constexpr std::array<CodecRow, 3> kCodecs{{
    {"none", Codec::none, "", 0, 0},
    {"lz4", Codec::lz4, ".lz4", 1, 12},
    {"zstd", Codec::zstd, ".zst", 1, 19},
}};

// nullptr: nothing is stored with it.
const CodecRow* row_of(Codec codec) {
  const auto row = std::ranges::find(kCodecs, codec, &CodecRow::codec);
  return row != kCodecs.end() ? &*row : nullptr;
}

/// Memory that compressed bytes are written to before they are appended to a vector, which would fill itself
/// with zeros first.
class Scratch {
 public:
  std::span<std::byte> room(std::size_t size) {
    if (size > size_) {
      bytes_ = std::make_unique_for_overwrite<std::byte[]>(size);
      size_ = size;
    }
    return {bytes_.get(), size_};
  }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
};

void append(std::vector<std::byte>& out, ByteSpan bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

using Status = std::expected<void, std::string>;

std::unexpected<std::string> failed(Codec codec, std::string_view why) {
  return std::unexpected(std::string(codec_word(codec)).append(" compression failed: ").append(why));
}

/// Counts the bytes, so that no frame has others than it announces.
class CountingCompressor : public Compressor {
 public:
  explicit CountingCompressor(Codec codec) : codec_(codec) {}

  Status begin(std::uint64_t size_bytes) final {
    announced_ = size_bytes;
    given_ = 0;
    return start(size_bytes);
  }
  Status compress(ByteSpan in, std::vector<std::byte>& out) final {
    given_ += in.size();
    return given_ > announced_ ? wrong_size() : add(in, out);
  }
  Status finish(std::vector<std::byte>& out) final { return given_ != announced_ ? wrong_size() : end(out); }

 protected:
  virtual Status start(std::uint64_t size_bytes) = 0;
  virtual Status add(ByteSpan in, std::vector<std::byte>& out) = 0;
  virtual Status end(std::vector<std::byte>& out) = 0;

  /// Whether add() has the last bytes.
  bool complete() const { return given_ == announced_; }

 private:
  Status wrong_size() const {
    return failed(codec_,
                  "got " + std::to_string(given_) + " bytes instead of " + std::to_string(announced_));
  }

  Codec codec_;
  std::uint64_t announced_ = 0;
  std::uint64_t given_ = 0;
};

// What is just read, and what is compressed of it, still lies in a core's cache.
constexpr std::size_t kHotPieceBytes = std::size_t{512} << 10;

class CopyCompressor final : public CountingCompressor {
 public:
  CopyCompressor() : CountingCompressor(Codec::none) {}
  std::size_t best_piece_bytes() const override { return kHotPieceBytes; }

 private:
  Status start(std::uint64_t) override { return {}; }
  Status add(ByteSpan in, std::vector<std::byte>& out) override {
    append(out, in);
    return {};
  }
  Status end(std::vector<std::byte>&) override { return {}; }
};

class ZstdCompressor final : public CountingCompressor {
 public:
  explicit ZstdCompressor(int level)
      : CountingCompressor(Codec::zstd), context_(ZSTD_createCCtx()), level_(level) {}
  // A segment of the usual size is one piece: see add().
  std::size_t best_piece_bytes() const override { return std::size_t{16} << 20; }

 private:
  // Without zstd's checksum: objects carry a digest, and a second one takes a tenth more time.
  Status start(std::uint64_t size_bytes) override {
    if (!context_) return failed(Codec::zstd, "out of memory");
    ended_ = false;
    ZSTD_CCtx_reset(context_.get(), ZSTD_reset_session_only);
    if (auto set = check(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level_)); !set)
      return set;
    return check(ZSTD_CCtx_setPledgedSrcSize(context_.get(), size_bytes));
  }

  // If zstd is told that these are the last bytes and has room for all of them, it takes them from where they
  // lie: with the whole stream in one piece that is a sixth faster.
  Status add(ByteSpan in, std::vector<std::byte>& out) override {
    return run(in, complete() ? ZSTD_e_end : ZSTD_e_continue, out);
  }

  Status end(std::vector<std::byte>& out) override { return run({}, ZSTD_e_end, out); }

  Status run(ByteSpan in, ZSTD_EndDirective how, std::vector<std::byte>& out) {
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    const auto room = scratch_.room(std::max(ZSTD_CStreamOutSize(), ZSTD_compressBound(in.size())));
    while (!ended_) {
      ZSTD_outBuffer output{room.data(), room.size(), 0};
      const std::size_t left = ZSTD_compressStream2(context_.get(), &output, &input, how);
      if (auto done = check(left); !done) return done;
      append(out, room.first(output.pos));
      ended_ = how == ZSTD_e_end && left == 0;
      if (how == ZSTD_e_continue && input.pos == input.size) break;
    }
    return {};
  }

  static Status check(std::size_t code) {
    if (ZSTD_isError(code)) return failed(Codec::zstd, ZSTD_getErrorName(code));
    return {};
  }

  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> context_;
  Scratch scratch_;
  int level_;
  bool ended_ = false;  // the frame is complete
};

class Lz4Compressor final : public CountingCompressor {
 public:
  explicit Lz4Compressor(int level) : CountingCompressor(Codec::lz4), preferences_(preferences(level)) {
    LZ4F_cctx* context = nullptr;
    if (!LZ4F_isError(LZ4F_createCompressionContext(&context, LZ4F_VERSION))) context_.reset(context);
  }
  std::size_t best_piece_bytes() const override { return kHotPieceBytes; }

 private:
  // Independent blocks are a fifth faster and make 1% more bytes with the fast levels. The others take ten
  // times as long for the sake of size, so they have linked ones.
  static LZ4F_preferences_t preferences(int level) {
    constexpr int kFirstThoroughLevel = 3;
    LZ4F_preferences_t preferences{};
    preferences.frameInfo.blockSizeID = LZ4F_max256KB;
    preferences.frameInfo.blockMode = level < kFirstThoroughLevel ? LZ4F_blockIndependent : LZ4F_blockLinked;
    preferences.compressionLevel = level;
    return preferences;
  }

  Status start(std::uint64_t size_bytes) override {
    if (!context_) return failed(Codec::lz4, "out of memory");
    preferences_.frameInfo.contentSize = size_bytes;
    begun_ = false;
    return {};
  }

  Status add(ByteSpan in, std::vector<std::byte>& out) override {
    if (auto header = write_header(out); !header) return header;
    const auto room = scratch_.room(LZ4F_compressBound(in.size(), &preferences_));
    return write(LZ4F_compressUpdate(context_.get(), room.data(), room.size(), in.data(), in.size(), nullptr),
                 out);
  }

  Status end(std::vector<std::byte>& out) override {
    if (auto header = write_header(out); !header) return header;
    const auto room = scratch_.room(LZ4F_compressBound(0, &preferences_));
    return write(LZ4F_compressEnd(context_.get(), room.data(), room.size(), nullptr), out);
  }

  Status write_header(std::vector<std::byte>& out) {
    if (std::exchange(begun_, true)) return {};
    const auto room = scratch_.room(LZ4F_HEADER_SIZE_MAX);
    return write(LZ4F_compressBegin(context_.get(), room.data(), room.size(), &preferences_), out);
  }

  // Appends what a call of lz4 put at the beginning of scratch_; `code` is how much, or an error.
  Status write(std::size_t code, std::vector<std::byte>& out) {
    if (LZ4F_isError(code)) return failed(Codec::lz4, LZ4F_getErrorName(code));
    append(out, scratch_.room(code).first(code));
    return {};
  }

  struct Free {
    void operator()(LZ4F_cctx* context) const { LZ4F_freeCompressionContext(context); }
  };
  std::unique_ptr<LZ4F_cctx, Free> context_;
  Scratch scratch_;
  LZ4F_preferences_t preferences_;
  bool begun_ = false;  // the frame's header is written
};

}  // namespace

std::optional<CodecChoice> parse_codec(std::string_view name) {
  const auto row = std::ranges::find(kCodecs, name, &CodecRow::word);
  if (row == kCodecs.end()) return {};
  return CodecChoice{.codec = row->codec, .level = row->default_level};
}

std::string_view codec_word(Codec codec) {
  const CodecRow* row = row_of(codec);
  return row != nullptr ? row->word : codec_name(codec);
}

int highest_level(Codec codec) {
  const CodecRow* row = row_of(codec);
  return row != nullptr ? row->max_level : 0;
}

bool valid_level(const CodecChoice& choice) {
  if (row_of(choice.codec) == nullptr) return false;
  const int highest = highest_level(choice.codec);
  return highest == 0 || (choice.level >= 1 && choice.level <= highest);
}

std::string_view object_suffix(Codec codec) {
  const CodecRow* row = row_of(codec);
  return row != nullptr ? row->suffix : std::string_view();
}

std::unique_ptr<Compressor> make_compressor(const CodecChoice& choice) {
  if (choice.codec == Codec::zstd) return std::make_unique<ZstdCompressor>(choice.level);
  if (choice.codec == Codec::lz4) return std::make_unique<Lz4Compressor>(choice.level);
  return std::make_unique<CopyCompressor>();
}

}  // namespace walkit
