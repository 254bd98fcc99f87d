// How far long work has come, on a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace walkit {

/// Draws one line on standard error: a bar, the rate and the time left. Nothing is drawn if that is not a
/// terminal, nor before half a second has gone by; the destructor takes the line away. One thread at a time.
class ProgressBar {
 public:
  explicit ProgressBar(std::uint64_t total_bytes);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// Cheap enough to be called for every piece of work.
  void set_done(std::uint64_t bytes);

 private:
  using Clock = std::chrono::steady_clock;
  void draw(Clock::time_point now);

  const bool terminal_;
  const std::uint64_t total_bytes_;
  const Clock::time_point begin_;
  std::uint64_t done_bytes_ = 0;
  std::uint64_t next_look_bytes_ = 0;  // the clock is looked at when this much is done
  Clock::time_point next_draw_;
  bool drawn_ = false;
};

/// The line itself: "[=====>    ]  50%  1.2 GiB/s  3 s left".
std::string progress_line(std::uint64_t done_bytes, std::uint64_t total_bytes, double seconds);

}  // namespace walkit
