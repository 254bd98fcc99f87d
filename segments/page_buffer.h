// A buffer that begins with a page of memory: the kernel copies to and from one that does not up to three
// times slower.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>

namespace walkit {

/// Its content is undefined until it is written to. Movable.
class PageBuffer {
 public:
  explicit PageBuffer(std::size_t size) : bytes_(new(kAlignment) std::byte[size]), size_(size) {}

  std::byte* data() const { return bytes_.get(); }
  std::size_t size() const { return size_; }
  std::span<std::byte> span() const { return {bytes_.get(), size_}; }

 private:
  static constexpr std::align_val_t kAlignment{4096};
  struct Free {
    void operator()(std::byte* bytes) const { ::operator delete[](bytes, kAlignment); }
  };

  std::unique_ptr<std::byte[], Free> bytes_;
  std::size_t size_;
};

}  // namespace walkit
