// Opening compressed files: however a file is cut into pieces its contents are the same, and SegmentFile
// gives those contents at any offset, in any order.
//
// Inputs: a seed of piece sizes, then the file.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <random>

#include "fuzz/require.h"
#include "segments/decompress.h"
#include "segments/segment_file.h"
#include "tests/support/byte_writer.h"
#include "walreader/bytes.h"

namespace walkit::fuzz {
namespace {

using test::Bytes;

constexpr std::size_t kMostOutput = std::size_t{1} << 16;  // a bomb is not read to its end

struct Contents {
  Bytes bytes;
  bool complete = false;  ///< the file ended as it should
  bool failed = false;
};

Contents decompress(ByteSpan file, const auto& next_size) {
  Contents contents;
  const auto decompressor =
      make_decompressor(detect_codec(file.first(std::min(file.size(), kCodecMagicSize))));
  ByteSpan unread = file;
  while (contents.bytes.size() < kMostOutput) {
    const std::size_t given = std::min<std::size_t>(unread.size(), next_size());
    const Bytes in(unread.begin(), unread.begin() + static_cast<std::ptrdiff_t>(given));
    Bytes out(std::min<std::size_t>(next_size(), kMostOutput - contents.bytes.size()));
    const auto progress = decompressor->decompress(in, out);
    contents.failed = !progress;
    if (!progress) return contents;
    require(progress->consumed <= in.size() && progress->produced <= out.size(),
            "progress within the buffers");
    contents.bytes.insert(contents.bytes.end(), out.begin(),
                          out.begin() + static_cast<std::ptrdiff_t>(progress->produced));
    unread = unread.subspan(progress->consumed);
    if (progress->consumed == 0 && progress->produced == 0) {
      if (given < unread.size()) continue;  // it may want more than this piece
      contents.complete = decompressor->finish().has_value() && unread.empty();
      contents.failed = !contents.complete;
      return contents;
    }
  }
  return contents;
}

bool is_prefix(const Bytes& prefix, const Bytes& of) {
  return prefix.size() <= of.size() && std::equal(prefix.begin(), prefix.end(), of.begin());
}

/// A file without a name that holds `bytes`.
int file_of(ByteSpan bytes) {
  const int fd = memfd_create("opener_fuzz", MFD_CLOEXEC);
  require(fd >= 0 && write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
              lseek(fd, 0, SEEK_SET) == 0,
          "a file in memory");
  return fd;
}

void check_segment_file(ByteSpan file, const Contents& whole, std::minstd_rand random) {
  const int fd = file_of(file);
  const auto opened = SegmentFile::from_fd(fd, "fuzz", {.window_bytes = 4096});
  close(fd);
  if (!opened) return;
  for (int i = 0; i < 8; ++i) {
    const std::size_t offset = random() % (whole.bytes.size() + 2);
    Bytes out(1 + random() % 3000);
    const auto got = (*opened)->read_at(offset, out);
    if (!got) {
      require(!whole.complete, "a good file can be read everywhere");
      continue;
    }
    require(*got <= out.size(), "no more bytes than asked for");
    out.resize(*got);
    const std::size_t known = offset < whole.bytes.size() ? std::min(whole.bytes.size() - offset, *got) : 0;
    require(
        std::equal(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(known),
                   whole.bytes.begin() + static_cast<std::ptrdiff_t>(std::min(offset, whole.bytes.size()))),
        "the file's contents at any offset");
    require(!whole.complete || *got == known, "no bytes after the end");
  }
}

void check(ByteSpan input) {
  Cursor in(input);
  const std::uint32_t seed = in.u32();
  const ByteSpan file = in.rest();
  const Contents whole = decompress(file, [] { return kMostOutput; });

  std::minstd_rand random(seed);
  const Contents pieces = decompress(file, [&] { return 1 + random() % (random() % 2 ? 16 : 4096); });
  require(is_prefix(pieces.bytes, whole.bytes) || is_prefix(whole.bytes, pieces.bytes),
          "the same contents in pieces");
  require(whole.complete == pieces.complete && whole.failed == pieces.failed, "the same end in pieces");
  require(!whole.complete || whole.bytes.size() == pieces.bytes.size(), "the same size in pieces");
  check_segment_file(file, whole, random);
}

}  // namespace
}  // namespace walkit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace walkit;
  constexpr std::size_t kLargest = std::size_t{1} << 16;
  if (size > kLargest) return 0;
  fuzz::check(std::as_bytes(std::span(data, size)));
  return 0;
}
