#include "tools/local_time.h"

namespace walkit {
namespace {

// Before this moment zones had offsets with seconds in them.
constexpr std::int64_t kWholeMinutesSince = 63'072'000;  // 1972-01-01
constexpr std::int64_t kSecondsPerMinute = 60;

}  // namespace

SystemLocalTime::SystemLocalTime() { tzset(); }

LocalTimeText SystemLocalTime::at(std::int64_t unix_seconds) {
  const std::int64_t minute = unix_seconds / kSecondsPerMinute;
  if (unix_seconds < kWholeMinutesSince || minute != minute_) {
    const int second = break_down(static_cast<std::time_t>(unix_seconds));
    const bool whole_minutes =
        unix_seconds >= kWholeMinutesSince && second == unix_seconds % kSecondsPerMinute;
    minute_ = whole_minutes ? minute : -1;
  } else {
    const auto second = static_cast<int>(unix_seconds % kSecondsPerMinute);
    date_time_[date_time_size_ - 2] = static_cast<char>('0' + second / 10);
    date_time_[date_time_size_ - 1] = static_cast<char>('0' + second % 10);
  }
  return {{date_time_.data(), date_time_size_}, {zone_.data(), zone_size_}};
}

int SystemLocalTime::break_down(std::time_t moment) {
  std::tm local{};
  if (localtime_r(&moment, &local) == nullptr) local = {};  // a year that int cannot hold
  date_time_size_ = std::strftime(date_time_.data(), date_time_.size(), "%Y-%m-%d %H:%M:%S", &local);
  zone_size_ = std::strftime(zone_.data(), zone_.size(), "%Z", &local);
  return local.tm_sec;
}

}  // namespace walkit
