#include "walreader/text_buffer.h"

#include <algorithm>

namespace walkit {

void TextBuffer::grow(std::size_t bytes) {
  constexpr std::size_t kFirstCapacity = 4096;
  const std::size_t capacity = std::max({kFirstCapacity, 2 * capacity_, size_ + bytes});
  auto data = std::make_unique_for_overwrite<char[]>(capacity);
  if (size_ > 0) std::memcpy(data.get(), data_.get(), size_);
  data_ = std::move(data);
  capacity_ = capacity;
}

}  // namespace walkit
