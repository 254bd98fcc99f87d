// A time zone for tests: UTC by arithmetic, whatever the machine's settings are.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <string>

#include "walreader/local_time.h"

namespace walkit::test {

class UtcTime final : public LocalTime {
 public:
  LocalTimeText at(std::int64_t unix_seconds) override {
    using namespace std::chrono;
    constexpr std::int64_t kDay = 86'400;
    const std::int64_t day = unix_seconds / kDay - (unix_seconds % kDay < 0 ? 1 : 0);
    const std::int64_t second = unix_seconds - day * kDay;
    if (day < -700'000 || day > 2'900'000) return {"out of range", "UTC"};
    const year_month_day date{sys_days(days(day))};
    text_ = fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(date.year()),
                        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), second / 3600,
                        second / 60 % 60, second % 60);
    return {text_, "UTC"};
  }

 private:
  std::string text_;
};

}  // namespace walkit::test
