// The local time zone, as libc knows it from TZ.
#pragma once

#include <array>
#include <ctime>

#include "walreader/local_time.h"

namespace walkit {

/// Breaks moments down with localtime_r, which takes some 250 ns; so it keeps the last moment, and within the
/// same minute of it only changes the seconds (offsets since 1972 are whole minutes; where a leap second
/// table or a TZ like XYZ5:30:15 makes another one, no moment is kept). Not for two threads at once.
class SystemLocalTime final : public LocalTime {
 public:
  SystemLocalTime();
  LocalTimeText at(std::int64_t unix_seconds) override;

 private:
  int break_down(std::time_t moment);  // returns the seconds

  std::int64_t minute_ = -1;  // the minute that date_time_ and zone_ belong to
  std::array<char, 128> date_time_{};
  std::size_t date_time_size_ = 0;
  std::array<char, 128> zone_{};
  std::size_t zone_size_ = 0;
};

}  // namespace walkit
