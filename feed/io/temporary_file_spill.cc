#include "feed/io/temporary_file_spill.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace walkit {

std::unexpected<std::string> TemporaryFileSpill::failed(std::string_view what) const {
  return std::unexpected(
      fmt::format("could not {} temporary file in \"{}\": {}", what, directory_, strerror(errno)));
}

std::expected<void, std::string> TemporaryFileSpill::open() {
  if (fd_) return {};
  int fd = ::open(directory_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {  // not on every file system
    std::string name = directory_ + "/walkit.XXXXXX";
    fd = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd >= 0) ::unlink(name.c_str());
  }
  if (fd < 0) return failed("create");
  fd_.emplace(fd);
  return {};
}

std::expected<void, std::string> TemporaryFileSpill::write(std::uint64_t offset, ByteSpan bytes) {
  if (auto opened = open(); !opened) return opened;
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd_->get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("write to");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return {};
}

std::expected<void, std::string> TemporaryFileSpill::read(std::uint64_t offset, std::span<std::byte> out) {
  if (auto opened = open(); !opened) return opened;
  while (!out.empty()) {
    const ssize_t count = ::pread(fd_->get(), out.data(), out.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("read from");
    if (count == 0) {
      errno = ENODATA;
      return failed("read from");
    }
    out = out.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return {};
}

void TemporaryFileSpill::discard(std::uint64_t offset, std::uint64_t size) {
  // Where that is not possible the space is used again or given back at the end.
  if (fd_ && size > 0)
    static_cast<void>(::fallocate(fd_->get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                  static_cast<off_t>(offset), static_cast<off_t>(size)));
}

}  // namespace walkit
