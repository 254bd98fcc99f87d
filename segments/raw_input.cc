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

class DescriptorReader final : public ByteReader {
 public:
  DescriptorReader(UniqueFd fd, bool seekable, std::uint64_t origin)
      : fd_(std::move(fd)), seekable_(seekable), origin_(origin) {}

  std::expected<std::size_t, InputError> read_at(std::uint64_t position, std::span<std::byte> out) override {
    const auto got = seekable_ ? pread_some(fd_.get(), out, origin_ + position) : read_some(fd_.get(), out);
    if (!got) return std::unexpected(InputError{.errno_value = got.error(), .detail = {}});
    return *got;
  }

 private:
  UniqueFd fd_;
  bool seekable_;
  std::uint64_t origin_;
};

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
    : RawInput(std::make_unique<DescriptorReader>(std::move(fd), seekable, origin), seekable) {}

RawInput::RawInput(std::unique_ptr<ByteReader> reader, bool seekable)
    : reader_(std::move(reader)),
      seekable_(seekable),
      buffer_(std::make_unique_for_overwrite<std::byte[]>(kBufferSize)) {}

std::expected<void, InputError> RawInput::ensure(std::size_t wanted) {
  while (end_ - begin_ < wanted && !at_end_) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    const auto got = reader_->read_at(position_, {buffer_.get() + end_, kBufferSize - end_});
    if (!got) return std::unexpected(got.error());
    end_ += *got;
    position_ += *got;
    at_end_ = *got == 0;
  }
  return {};
}

void RawInput::rewind() {
  position_ = 0;
  begin_ = end_ = 0;
  at_end_ = false;
}

}  // namespace walkit
