// A file's stored bytes from first to last, through a buffer: what a decompressor reads.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>

#include "segments/unique_fd.h"
#include "walreader/types.h"

namespace walkit {

/// pread() and read() that go on after a signal, and wait where a descriptor is non-blocking. They return the
/// number of bytes, 0 at the end, or the errno.
std::expected<std::size_t, int> pread_some(int fd, std::span<std::byte> out, std::uint64_t offset);
std::expected<std::size_t, int> read_some(int fd, std::span<std::byte> out);

/// Why bytes could not be read: the errno, or where there is none one line for people.
struct InputError {
  int errno_value = 0;
  std::string detail;
};

/// Where stored bytes are kept. One thread at a time.
class ByteReader {
 public:
  virtual ~ByteReader() = default;
  /// Fills some of `out` with the bytes from `position` on; 0 at the end.
  virtual std::expected<std::size_t, InputError> read_at(std::uint64_t position,
                                                         std::span<std::byte> out) = 0;
};

/// One thread at a time.
class RawInput {
 public:
  /// `seekable` input is read by position, beginning at `origin`, and can be rewound; any other as it comes.
  RawInput(UniqueFd fd, bool seekable, std::uint64_t origin);
  /// Seekable.
  explicit RawInput(std::unique_ptr<ByteReader> reader) : RawInput(std::move(reader), true) {}

  /// Reads on if that is needed for `wanted` bytes to be available (at most kBufferSize); fewer are at the
  /// end of the input.
  std::expected<void, InputError> ensure(std::size_t wanted);

  /// Bytes read and not consumed; valid until the next ensure().
  ByteSpan available() const { return {buffer_.get() + begin_, end_ - begin_}; }
  void consume(std::size_t size) { begin_ += size; }
  /// Whether available() is all that is left.
  bool at_end() const { return at_end_; }

  bool seekable() const { return seekable_; }
  /// Goes back to the first byte; only if seekable().
  void rewind();

 private:
  static constexpr std::size_t kBufferSize = std::size_t{128} << 10;

  RawInput(std::unique_ptr<ByteReader> reader, bool seekable);

  std::unique_ptr<ByteReader> reader_;
  bool seekable_;
  std::uint64_t position_ = 0;  ///< of the next byte to read
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool at_end_ = false;
};

}  // namespace walkit
