#include "segments/iso_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "walreader/local_time.h"

namespace walkit {
namespace {

using namespace std::chrono;

constexpr std::int64_t kEpoch = kPostgresEpochUnixSeconds * kMicrosecondsPerSecond;
constexpr std::int64_t kFirst = sys_time<microseconds>(sys_days(year(1) / 1 / 1)).time_since_epoch().count();
constexpr std::int64_t kLast =
    sys_time<microseconds>(sys_days(year(10'000) / 1 / 1)).time_since_epoch().count() - 1;
constexpr std::int64_t kMicrosecondsPerMs = 1000;

constexpr std::string_view kPattern = "0000-00-00T00:00:00.000000Z";  // a zero stands for a digit
constexpr std::string_view kPatternMs = "0000-00-00T00:00:00.000Z";

// Up to the point.
std::string whole_seconds(sys_time<microseconds> moment) {
  const auto day = floor<days>(moment);
  const year_month_day date(day);
  const hh_mm_ss time(moment - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::int64_t fraction(sys_time<microseconds> moment) { return (moment - floor<seconds>(moment)).count(); }

bool matches(std::string_view text, std::string_view pattern) {
  return std::ranges::equal(text, pattern, [](char c, char expected) {
    return expected == '0' ? c >= '0' && c <= '9' : c == expected;
  });
}

int number(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

// Of text that matches one of the patterns; its fraction is left out.
std::optional<sys_seconds> parse_seconds(std::string_view text) {
  const year_month_day date(year(number(text.substr(0, 4))),
                            month(static_cast<unsigned>(number(text.substr(5, 2)))),
                            day(static_cast<unsigned>(number(text.substr(8, 2)))));
  const hours hour(number(text.substr(11, 2)));
  const minutes minute(number(text.substr(14, 2)));
  const seconds second(number(text.substr(17, 2)));
  if (!date.ok() || date.year() < year(1)) return {};
  if (hour >= hours(24) || minute >= minutes(60) || second >= seconds(60)) return {};
  return sys_days(date) + hour + minute + second;
}

}  // namespace

std::string iso_time(PgTime time) {
  const sys_time<microseconds> moment(
      microseconds(std::clamp(time.microseconds, kFirst - kEpoch, kLast - kEpoch) + kEpoch));
  return fmt::format("{}.{:06}Z", whole_seconds(moment), fraction(moment));
}

std::string iso_time_ms(std::int64_t unix_ms) {
  const std::int64_t within = std::clamp(unix_ms, kFirst / kMicrosecondsPerMs, kLast / kMicrosecondsPerMs);
  const sys_time<microseconds> moment(microseconds(within * kMicrosecondsPerMs));
  return fmt::format("{}.{:03}Z", whole_seconds(moment), fraction(moment) / kMicrosecondsPerMs);
}

std::optional<PgTime> parse_iso_time(std::string_view text) {
  if (!matches(text, kPattern)) return {};
  const auto seconds = parse_seconds(text);
  if (!seconds) return {};
  const microseconds since_1970 = seconds->time_since_epoch() + microseconds(number(text.substr(20, 6)));
  return PgTime{since_1970.count() - kEpoch};
}

std::optional<std::int64_t> parse_iso_time_ms(std::string_view text) {
  if (!matches(text, kPatternMs)) return {};
  const auto seconds = parse_seconds(text);
  if (!seconds) return {};
  return (seconds->time_since_epoch() + milliseconds(number(text.substr(20, 3)))).count();
}

}  // namespace walkit
