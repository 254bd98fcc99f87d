// A compressed file or a pipe, read by position through a window on its decompressed bytes.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>
#include <optional>

#include "segments/raw_input.h"
#include "segments/segment_file.h"

namespace walkit {

/// The last bytes of a stream, in chunks that are allocated as the stream grows and used again once they fall
/// behind. One thread at a time.
class StreamWindow {
 public:
  explicit StreamWindow(std::size_t capacity_bytes);

  std::uint64_t begin() const { return begin_; }  ///< position of the oldest byte kept
  std::uint64_t end() const { return end_; }      ///< and the one after the newest
  std::size_t retained_bytes() const { return chunks_.size() * kChunkSize; }

  /// Room for the bytes at end(), never empty; may drop the oldest.
  std::span<std::byte> room();
  /// Takes the first `size` bytes of room() as the stream's next.
  void append(std::size_t size) { end_ += size; }
  /// Copies what is kept from `position` on, which lies in [begin(), end()).
  std::size_t copy(std::uint64_t position, std::span<std::byte> out) const;
  /// Back to position zero.
  void clear();

 private:
  static constexpr std::size_t kChunkSize = std::size_t{256} << 10;
  using Chunk = std::unique_ptr<std::byte[]>;

  std::size_t max_chunks_;
  std::deque<Chunk> chunks_;
  std::uint64_t begin_ = 0;
  std::uint64_t end_ = 0;
};

class WindowedFile final : public SegmentFile {
 public:
  WindowedFile(RawInput input, Codec codec, std::string name, std::size_t window_bytes);

  std::expected<std::size_t, FileError> read_at(std::uint64_t offset, std::span<std::byte> out) override;
  std::size_t retained_bytes() const override { return retained_bytes_; }

 private:
  // With mutex_ held:
  void advance();
  void fail(FileError::Kind kind, int errno_value, std::string detail);
  std::optional<FileError> restart(std::uint64_t offset);

  std::mutex mutex_;
  RawInput input_;
  std::unique_ptr<Decompressor> decompressor_;
  StreamWindow window_;
  bool ended_ = false;               ///< window_.end() is the end of the file
  std::optional<FileError> failed_;  ///< why there is nothing to be had after window_.end()
  std::atomic<std::size_t> retained_bytes_ = 0;
};

}  // namespace walkit
