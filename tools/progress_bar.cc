#include "tools/progress_bar.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "tools/units.h"

namespace walkit {
namespace {

constexpr std::chrono::milliseconds kPatience{500};
constexpr std::chrono::milliseconds kInterval{100};
constexpr std::uint64_t kLookBytes = 1 << 20;
constexpr std::size_t kBarWidth = 30;

std::string duration(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
}

void write_to_terminal(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

std::string progress_line(std::uint64_t done_bytes, std::uint64_t total_bytes, double seconds) {
  const double done = static_cast<double>(std::min(done_bytes, total_bytes));
  const double total = static_cast<double>(std::max<std::uint64_t>(total_bytes, 1));
  const double rate = seconds > 0 ? done / seconds : 0;
  std::string bar(static_cast<std::size_t>(done / total * kBarWidth), '=');
  if (bar.size() < kBarWidth) bar += '>';
  std::string line = fmt::format("[{:<{}}] {:3.0f}%  {}/s", bar, kBarWidth, 100 * done / total,
                                 binary_size(static_cast<std::uint64_t>(rate)));
  if (rate > 0) line += fmt::format("  {} left", duration((total - done) / rate));
  return line;
}

ProgressBar::ProgressBar(std::uint64_t total_bytes)
    : terminal_(::isatty(STDERR_FILENO) != 0),
      total_bytes_(total_bytes),
      begin_(Clock::now()),
      next_draw_(begin_ + kPatience) {}

ProgressBar::~ProgressBar() {
  if (drawn_) write_to_terminal("\r\033[K");
}

void ProgressBar::set_done(std::uint64_t bytes) {
  done_bytes_ = bytes;
  if (!terminal_ || bytes < next_look_bytes_) return;
  next_look_bytes_ = bytes + kLookBytes;
  if (const auto now = Clock::now(); now >= next_draw_) draw(now);
}

void ProgressBar::draw(Clock::time_point now) {
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  write_to_terminal(fmt::format("\r{}\033[K", progress_line(done_bytes_, total_bytes_, seconds)));
  next_draw_ = now + kInterval;
  drawn_ = true;
}

}  // namespace walkit
