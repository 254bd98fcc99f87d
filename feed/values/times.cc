// date, time, timestamp, interval, with DateStyle ISO, IntervalStyle postgres and TimeZone UTC.
//
// Format: utils/date.h, datatype/timestamp.h: days and microseconds since 2000-01-01. Text: Encode* of
// utils/adt/datetime.c.
#include <limits>

#include "feed/values/append.h"
#include "feed/values/printers.h"
#include "walreader/bytes.h"

namespace walkit::values {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

// What the server accepts (IS_VALID_DATE, IS_VALID_TIMESTAMP): from 4714-11-24 BC on.
constexpr std::int64_t kFirstDay = -2'451'545;
constexpr std::int64_t kEndOfDays = 2'147'483'494 - 2'451'545;
constexpr std::int64_t kFirstTime = kFirstDay * kDay;
constexpr std::int64_t kEndOfTime = 9'223'371'331'200'000'000;

struct CivilDate {
  std::int64_t year;  ///< 0 is 1 BC
  std::uint64_t month;
  std::uint64_t day;
};

/// Of the Gregorian calendar. Years begin with March in between, so that a leap day is the last of its year,
/// and repeat every 400.
CivilDate civil_date(std::int64_t days_since_2000) {
  constexpr std::int64_t kDaysOf400Years = 146'097;
  constexpr std::int64_t kDaysTo2000 = 730'425;  // from 0000-03-01
  const std::int64_t days = days_since_2000 + kDaysTo2000;
  const std::int64_t cycle = (days >= 0 ? days : days - kDaysOf400Years + 1) / kDaysOf400Years;
  const auto day_of_cycle = static_cast<std::uint64_t>(days - cycle * kDaysOf400Years);
  const std::uint64_t year_of_cycle =
      (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36'524 - day_of_cycle / 146'096) / 365;
  const std::uint64_t day_of_year =
      day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
  const std::uint64_t months =
      (5 * day_of_year + 2) / 153;  // since March; 153 days are five months from March on
  const std::uint64_t month = months < 10 ? months + 3 : months - 9;
  return {.year = static_cast<std::int64_t>(year_of_cycle) + cycle * 400 + (month <= 2 ? 1 : 0),
          .month = month,
          .day = day_of_year - (153 * months + 2) / 5 + 1};
}

bool before_christ(const CivilDate& date) { return date.year <= 0; }

void append_date(std::string& out, const CivilDate& date) {
  append_padded(out, static_cast<std::uint64_t>(before_christ(date) ? 1 - date.year : date.year), 4);
  out += '-';
  append_two_digits(out, date.month);
  out += '-';
  append_two_digits(out, date.day);
}

/// hh:mm:ss, and as many decimals as needed
void append_time(std::string& out, std::uint64_t microseconds) {
  append_padded(out, microseconds / kHour, 2);
  out += ':';
  append_two_digits(out, microseconds % kHour / kMinute);
  out += ':';
  append_two_digits(out, microseconds % kMinute / kSecond);
  const std::uint64_t fraction = microseconds % kSecond;
  if (fraction == 0) return;
  out += '.';
  append_padded(out, fraction, 6);
  while (out.back() == '0') out.pop_back();
}

/// +hh, +hh:mm or +hh:mm:ss; what is stored counts to the west
void append_zone(std::string& out, std::int32_t seconds_west) {
  const std::uint64_t seconds = magnitude(seconds_west);
  out += seconds_west <= 0 ? '+' : '-';
  append_padded(out, seconds / 3600, 2);
  if (seconds % 3600 == 0) return;
  out += ':';
  append_two_digits(out, seconds / 60 % 60);
  if (seconds % 60 == 0) return;
  out += ':';
  append_two_digits(out, seconds % 60);
}

template <std::integral Integer>
bool print_infinity(Integer value, std::string& out) {
  using Limits = std::numeric_limits<Integer>;
  if (value != Limits::min() && value != Limits::max()) return false;
  out += value == Limits::min() ? "-infinity" : "infinity";
  return true;
}

bool print_moment(ByteSpan content, std::string_view zone, std::string& out) {
  const auto moment = load_le<std::int64_t>(content.data());
  if (print_infinity(moment, out)) return true;
  if (moment < kFirstTime || moment >= kEndOfTime) return false;
  const std::int64_t day = (moment >= 0 ? moment : moment - kDay + 1) / kDay;
  const CivilDate date = civil_date(day);
  append_date(out, date);
  out += ' ';
  append_time(out, static_cast<std::uint64_t>(moment - day * kDay));
  out += zone;
  if (before_christ(date)) out += " BC";
  return true;
}

bool valid_time(std::int64_t time) { return time >= 0 && time <= kDay; }

/// The text of an interval: each part that is not zero, and the time if it is not or nothing else is there. A
/// part that follows a negative one says so if it is positive.
class IntervalText {
 public:
  explicit IntervalText(std::string& out) : out_(out) {}

  void part(std::int64_t value, std::string_view unit) {
    if (value == 0) return;
    separate();
    if (after_negative_ && value > 0) out_ += '+';
    append_int(out_, value);
    out_ += ' ';
    out_ += unit;
    if (value != 1) out_ += 's';
    after_negative_ = value < 0;
  }
  void time(std::int64_t microseconds) {
    if (microseconds == 0 && !empty_) return;
    separate();
    if (microseconds < 0)
      out_ += '-';
    else if (after_negative_)
      out_ += '+';
    append_time(out_, magnitude(microseconds));
  }

 private:
  void separate() {
    if (!empty_) out_ += ' ';
    empty_ = false;
  }

  std::string& out_;
  bool empty_ = true;
  bool after_negative_ = false;
};

}  // namespace

bool print_date(ByteSpan content, std::string& out) {
  const auto day = load_le<std::int32_t>(content.data());
  if (print_infinity(day, out)) return true;
  if (day < kFirstDay || day >= kEndOfDays) return false;
  const CivilDate date = civil_date(day);
  append_date(out, date);
  if (before_christ(date)) out += " BC";
  return true;
}

bool print_time(ByteSpan content, std::string& out) {
  const auto time = load_le<std::int64_t>(content.data());
  if (!valid_time(time)) return false;
  append_time(out, static_cast<std::uint64_t>(time));
  return true;
}

bool print_timetz(ByteSpan content, std::string& out) {
  Cursor in(content);
  const std::int64_t time = in.i64();
  const std::int32_t zone = in.i32();
  if (!in.ok() || !valid_time(time)) return false;
  append_time(out, static_cast<std::uint64_t>(time));
  append_zone(out, zone);
  return true;
}

bool print_timestamp(ByteSpan content, std::string& out) { return print_moment(content, "", out); }
bool print_timestamptz(ByteSpan content, std::string& out) { return print_moment(content, "+00", out); }

Unavailable print_interval(ValueRenderer& renderer, ByteSpan content, std::string& out) {
  Cursor in(content);
  const std::int64_t time = in.i64();
  const std::int32_t days = in.i32();
  const std::int32_t months = in.i32();
  using Time = std::numeric_limits<std::int64_t>;
  using Part = std::numeric_limits<std::int32_t>;
  const bool least = time == Time::min() && days == Part::min() && months == Part::min();
  const bool most = time == Time::max() && days == Part::max() && months == Part::max();
  if ((least || most) && renderer.major() >= Major::pg17) {  // before, these were intervals like any other
    out += least ? "-infinity" : "infinity";
    return Unavailable::none;
  }
  IntervalText text(out);
  text.part(months / 12, "year");
  text.part(months % 12, "mon");
  text.part(days, "day");
  text.time(time);
  return Unavailable::none;
}

}  // namespace walkit::values
