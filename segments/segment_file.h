// An open file of WAL, read by position whether it is plain or compressed, a regular file or a pipe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "segments/decompress.h"
#include "segments/file_error.h"

namespace walkit {

struct FileOptions {
  /// How many of the last decompressed bytes are kept, so that threads may read a little out of order. A
  /// whole segment of the default size fits.
  std::size_t window_bytes = std::size_t{16} << 20;
  /// Whether pipes, sockets and character devices may be opened. Where they may not, opening one does not
  /// wait for its other end.
  bool accept_pipes = true;
};

class ByteReader;

/// Any thread may call any member. Memory: the window and the decompressor's own (see make_decompressor())
/// where the file is compressed or a pipe, none otherwise.
class SegmentFile {
 public:
  using Result = std::expected<std::shared_ptr<SegmentFile>, FileError>;

  static Result open(const std::string& path, FileOptions options = {});
  /// Reads on from where `fd` stands; the descriptor is duplicated and remains the caller's. `name` is for
  /// errors.
  static Result from_fd(int fd, std::string name, FileOptions options = {});
  /// Bytes that are kept elsewhere than in a file.
  static Result from_reader(std::unique_ptr<ByteReader> reader, std::string name, FileOptions options = {});

  virtual ~SegmentFile() = default;
  SegmentFile(const SegmentFile&) = delete;
  SegmentFile& operator=(const SegmentFile&) = delete;

  /// Reads decompressed bytes. Fewer than asked for, or none, means that the file ends there, or that what
  /// follows is damaged: reading on from there then fails.
  ///
  /// Where bytes have left the window, a compressed file is decompressed anew from its beginning; a pipe
  /// fails.
  virtual std::expected<std::size_t, FileError> read_at(std::uint64_t offset, std::span<std::byte> out) = 0;

  /// Bytes of decompressed data it holds in memory now.
  virtual std::size_t retained_bytes() const { return 0; }

  const std::string& name() const { return name_; }
  Codec codec() const { return codec_; }

 protected:
  SegmentFile(std::string name, Codec codec) : name_(std::move(name)), codec_(codec) {}

 private:
  std::string name_;
  Codec codec_;
};

/// Opens what is kept under a name, in a directory or elsewhere; Kind::not_found where there is nothing. One
/// call at a time.
using SegmentOpener = std::function<SegmentFile::Result(const std::string& name)>;

}  // namespace walkit
