#include "segments/segment_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <optional>

#include "segments/raw_input.h"
#include "segments/unique_fd.h"
#include "segments/windowed_file.h"

namespace walkit {
namespace {

/// A plain regular file. Reading by position needs no lock, and a file that shrinks simply ends earlier,
/// where a memory map would end the process.
class PlainFile final : public SegmentFile {
  // Beyond what any file holds, and far enough below the largest number that sums do not wrap around.
  static constexpr std::uint64_t kEndlessOffset = std::uint64_t{1} << 62;

 public:
  PlainFile(UniqueFd fd, std::uint64_t origin, std::string name)
      : SegmentFile(std::move(name), Codec::none), fd_(std::move(fd)), origin_(origin) {}

  std::expected<std::size_t, FileError> read_at(std::uint64_t offset, std::span<std::byte> out) override {
    if (offset > kEndlessOffset) return 0;
    std::size_t done = 0;
    while (done < out.size()) {
      const auto got = pread_some(fd_.get(), out.subspan(done), origin_ + offset + done);
      if (!got && done != 0) break;
      if (!got) return std::unexpected(system_error(name(), offset, got.error()));
      if (*got == 0) break;
      done += *got;
    }
    return done;
  }

 private:
  UniqueFd fd_;
  std::uint64_t origin_;
};

/// Where the bytes of an open descriptor begin; nullopt if it can only be read as it comes.
std::optional<std::uint64_t> regular_origin(int fd, mode_t mode) {
  if (!S_ISREG(mode)) return std::nullopt;
  const off_t position = ::lseek(fd, 0, SEEK_CUR);
  if (position < 0) return std::nullopt;
  return static_cast<std::uint64_t>(position);
}

std::expected<Codec, int> codec_of_regular(int fd, std::uint64_t origin) {
  std::array<std::byte, kCodecMagicSize> magic;
  std::size_t done = 0;
  while (done < magic.size()) {
    const auto got = pread_some(fd, std::span(magic).subspan(done), origin + done);
    if (!got) return std::unexpected(got.error());
    if (*got == 0) break;
    done += *got;
  }
  return detect_codec(ByteSpan(magic).first(done));
}

SegmentFile::Result open_regular(UniqueFd fd, std::uint64_t origin, std::string name,
                                 const FileOptions& options) {
  const auto codec = codec_of_regular(fd.get(), origin);
  if (!codec) return std::unexpected(system_error(std::move(name), 0, codec.error()));
  // Advice only: it widens the kernel's read-ahead, and its failure changes nothing else.
  static_cast<void>(::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL));
  if (*codec == Codec::none) return std::make_shared<PlainFile>(std::move(fd), origin, std::move(name));
  return std::make_shared<WindowedFile>(RawInput(std::move(fd), true, origin), *codec, std::move(name),
                                        options.window_bytes);
}

SegmentFile::Result open_input(RawInput input, std::string name, const FileOptions& options) {
  if (const auto read = input.ensure(kCodecMagicSize); !read) {
    const InputError& error = read.error();
    if (error.errno_value != 0) return std::unexpected(system_error(std::move(name), 0, error.errno_value));
    return std::unexpected(
        FileError{.kind = FileError::Kind::io, .file = std::move(name), .detail = error.detail});
  }
  const Codec codec = detect_codec(input.available());
  return std::make_shared<WindowedFile>(std::move(input), codec, std::move(name), options.window_bytes);
}

SegmentFile::Result open_stream(UniqueFd fd, std::string name, const FileOptions& options) {
  return open_input(RawInput(std::move(fd), false, 0), std::move(name), options);
}

FileError not_regular(std::string name, int errno_value, std::string detail) {
  return {.kind = FileError::Kind::not_regular,
          .file = std::move(name),
          .offset = 0,
          .errno_value = errno_value,
          .detail = std::move(detail)};
}

SegmentFile::Result open_descriptor(UniqueFd fd, std::string name, const FileOptions& options) {
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) return std::unexpected(system_error(std::move(name), 0, errno));
  if (S_ISDIR(status.st_mode)) return std::unexpected(not_regular(std::move(name), EISDIR, {}));
  if (const auto origin = regular_origin(fd.get(), status.st_mode))
    return open_regular(std::move(fd), *origin, std::move(name), options);
  if (!options.accept_pipes || S_ISBLK(status.st_mode))
    return std::unexpected(not_regular(std::move(name), 0, "it is not a regular file"));
  return open_stream(std::move(fd), std::move(name), options);
}

}  // namespace

SegmentFile::Result SegmentFile::open(const std::string& path, FileOptions options) {
  const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (options.accept_pipes ? 0 : O_NONBLOCK);
  for (;;) {
    UniqueFd fd(::open(path.c_str(), flags));
    if (fd.valid()) return open_descriptor(std::move(fd), path, options);
    if (errno != EINTR) return std::unexpected(system_error(path, 0, errno));
  }
}

SegmentFile::Result SegmentFile::from_reader(std::unique_ptr<ByteReader> reader, std::string name,
                                             FileOptions options) {
  return open_input(RawInput(std::move(reader)), std::move(name), options);
}

SegmentFile::Result SegmentFile::from_fd(int fd, std::string name, FileOptions options) {
  UniqueFd own(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!own.valid()) return std::unexpected(system_error(std::move(name), 0, errno));
  return open_descriptor(std::move(own), std::move(name), options);
}

}  // namespace walkit
