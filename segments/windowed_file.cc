#include "segments/windowed_file.h"

#include <algorithm>
#include <cstring>

namespace walkit {

StreamWindow::StreamWindow(std::size_t capacity_bytes)
    // One chunk more than asked for: the newest is only partly full.
    : max_chunks_((capacity_bytes + kChunkSize - 1) / kChunkSize + 1) {}

std::span<std::byte> StreamWindow::room() {
  const std::uint64_t used = end_ - begin_;
  if (used == chunks_.size() * kChunkSize) {
    if (chunks_.size() < max_chunks_) {
      chunks_.push_back(std::make_unique_for_overwrite<std::byte[]>(kChunkSize));
    } else {
      chunks_.push_back(std::move(chunks_.front()));
      chunks_.pop_front();
      begin_ += kChunkSize;
    }
  }
  const auto filled = static_cast<std::size_t>((end_ - begin_) % kChunkSize);
  return {chunks_.back().get() + filled, kChunkSize - filled};
}

std::size_t StreamWindow::copy(std::uint64_t position, std::span<std::byte> out) const {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), end_ - position));
  auto from = static_cast<std::size_t>(position - begin_);
  for (std::size_t done = 0; done < size;) {
    const std::size_t in_chunk = from % kChunkSize;
    const std::size_t piece = std::min(size - done, kChunkSize - in_chunk);
    std::memcpy(out.data() + done, chunks_[from / kChunkSize].get() + in_chunk, piece);
    done += piece;
    from += piece;
  }
  return size;
}

void StreamWindow::clear() {
  // Chunks stay allocated only as far as they are filled again, so give them all back.
  chunks_.clear();
  begin_ = end_ = 0;
}

WindowedFile::WindowedFile(RawInput input, Codec codec, std::string name, std::size_t window_bytes)
    : SegmentFile(std::move(name), codec),
      input_(std::move(input)),
      decompressor_(make_decompressor(codec)),
      window_(window_bytes) {}

std::expected<std::size_t, FileError> WindowedFile::read_at(std::uint64_t offset, std::span<std::byte> out) {
  const std::lock_guard lock(mutex_);
  std::size_t done = 0;
  while (done < out.size()) {
    const std::uint64_t position = offset + done;
    if (position < window_.begin()) {
      if (auto error = restart(position)) return std::unexpected(*std::move(error));
    }
    if (position < window_.end()) {
      done += window_.copy(position, out.subspan(done));
    } else if (ended_ || (failed_ && done != 0)) {
      break;
    } else if (failed_) {
      return std::unexpected(*failed_);
    } else {
      advance();
    }
  }
  return done;
}

/// Decompresses on: moves the window's end, or finds out why that is impossible.
void WindowedFile::advance() {
  if (const auto read = input_.ensure(1); !read)
    return fail(FileError::Kind::io, read.error().errno_value, read.error().detail);
  const ByteSpan in = input_.available();
  const auto progress = decompressor_->decompress(in, window_.room());
  retained_bytes_ = window_.retained_bytes();
  if (!progress) return fail(FileError::Kind::corrupt_compressed, 0, progress.error());
  input_.consume(progress->consumed);
  window_.append(progress->produced);
  if (progress->consumed != 0 || progress->produced != 0) return;
  if (!in.empty()) return fail(FileError::Kind::corrupt_compressed, 0, "the decompressor makes no progress");
  if (auto whole = decompressor_->finish(); !whole)
    return fail(FileError::Kind::compressed_cut_short, 0, whole.error());
  ended_ = true;
  decompressor_.reset();  // its tables and window can be larger than ours, and only restart() needs a new one
}

void WindowedFile::fail(FileError::Kind kind, int errno_value, std::string detail) {
  failed_ = FileError{.kind = kind,
                      .file = name(),
                      .offset = window_.end(),
                      .errno_value = errno_value,
                      .detail = std::move(detail)};
}

/// Begins anew at the first byte, to reach `offset`, which is behind the window.
std::optional<FileError> WindowedFile::restart(std::uint64_t offset) {
  if (!input_.seekable())
    return FileError{.kind = FileError::Kind::behind_window,
                     .file = name(),
                     .offset = offset,
                     .errno_value = 0,
                     .detail = "a pipe cannot be read backwards"};
  input_.rewind();
  decompressor_ = make_decompressor(codec());
  window_.clear();
  ended_ = false;
  failed_.reset();
  return std::nullopt;
}

}  // namespace walkit
