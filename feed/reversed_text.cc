#include "feed/reversed_text.h"

#include <algorithm>

namespace walkit {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

}  // namespace

std::expected<void, std::string> ReversedText::prepend(std::string_view piece) {
  if (piece.size() > start_) {
    if (auto spilled = spill(in_memory()); !spilled) return spilled;
    block_.resize(kBlockBytes);
    start_ = block_.size();
    if (piece.size() > start_) return spill(piece);
  }
  start_ -= piece.size();
  std::ranges::copy(piece, block_.begin() + static_cast<std::ptrdiff_t>(start_));
  return {};
}

std::expected<void, std::string> ReversedText::spill(std::string_view text) {
  if (text.empty()) return {};
  const auto extent = space_.write(std::as_bytes(std::span(text)));
  if (!extent) return std::unexpected(extent.error());
  spilled_.push_back(*extent);
  return {};
}

std::expected<void, std::string> ReversedText::write(LineSink& sink) {
  if (auto written = sink.write(in_memory(), 0, {}); !written) return written;
  for (; !spilled_.empty(); spilled_.pop_back()) {
    const SpillSpace::Extent& extent = spilled_.back();
    for (std::uint64_t done = 0; done < extent.size; done += block_.size()) {
      block_.resize(std::min<std::uint64_t>(kBlockBytes, extent.size - done));
      if (auto read = space_.read(extent.offset + done, std::as_writable_bytes(std::span(block_))); !read)
        return read;
      if (auto written = sink.write(block_, 0, {}); !written) return written;
    }
    space_.discard(extent);
  }
  block_.clear();
  start_ = 0;
  return {};
}

}  // namespace walkit
