// Places to work at: as many threads compute at a time as there are of them, the others wait for disks.
#pragma once

#include <condition_variable>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "segments/page_buffer.h"

namespace walkit {

/// Benches with room for a piece of a file each. Any thread may call any member; they outlive their leases.
class Workbenches {
 public:
  /// A segment of the usual size is read into one piece, which zstd compresses a sixth faster than small
  /// ones.
  static constexpr std::size_t kRoomBytes = std::size_t{16} << 20;

  /// Their memory is touched as far as it is needed.
  explicit Workbenches(int count) {
    for (int i = 0; i < count; ++i) free_.emplace_back(kRoomBytes);
  }

  /// A bench that is the holder's until this goes away.
  class Lease {
   public:
    explicit Lease(Workbenches& benches) : benches_(benches), room_(benches.take()) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { benches_.give_back(std::move(room_)); }

    std::span<std::byte> room() const { return room_.span(); }

   private:
    Workbenches& benches_;
    PageBuffer room_;
  };

 private:
  PageBuffer take() {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [this] { return !free_.empty(); });
    PageBuffer room = std::move(free_.back());
    free_.pop_back();
    return room;
  }

  void give_back(PageBuffer room) {
    {
      const std::lock_guard lock(mutex_);
      free_.push_back(std::move(room));
    }
    returned_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<PageBuffer> free_;
};

}  // namespace walkit
