#include "segments/raw_input.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

namespace walkit {
namespace {

/// Whether the call that failed with `errno` should be made again, after waiting if need be.
bool should_retry(int fd) {
  if (errno == EINTR) return true;
  if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
  pollfd ready{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&ready, 1, -1) >= 0 || errno == EINTR;
}

}  // namespace

std::expected<std::size_t, int> pread_some(int fd, std::span<std::byte> out, std::uint64_t offset) {
  if (offset > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max())) return 0;  // no file is so long
  for (;;) {
    const ssize_t got = ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
    if (got >= 0) return static_cast<std::size_t>(got);
    if (!should_retry(fd)) return std::unexpected(errno);
  }
}

std::expected<std::size_t, int> read_some(int fd, std::span<std::byte> out) {
  for (;;) {
    const ssize_t got = ::read(fd, out.data(), out.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (!should_retry(fd)) return std::unexpected(errno);
  }
}

RawInput::RawInput(UniqueFd fd, bool seekable, std::uint64_t origin)
    : fd_(std::move(fd)),
      seekable_(seekable),
      origin_(origin),
      position_(origin),
      buffer_(std::make_unique_for_overwrite<std::byte[]>(kBufferSize)) {}

std::expected<void, int> RawInput::ensure(std::size_t wanted) {
  while (end_ - begin_ < wanted && !at_end_) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    const std::span<std::byte> room(buffer_.get() + end_, kBufferSize - end_);
    const auto got = seekable_ ? pread_some(fd_.get(), room, position_) : read_some(fd_.get(), room);
    if (!got) return std::unexpected(got.error());
    end_ += *got;
    position_ += *got;
    at_end_ = *got == 0;
  }
  return {};
}

void RawInput::rewind() {
  position_ = origin_;
  begin_ = end_ = 0;
  at_end_ = false;
}

}  // namespace walkit
