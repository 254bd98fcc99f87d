#include "walreader/backup_history.h"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace walkit {
namespace {

// Takes a number of `base` with at most `most` digits off the front of `text`.
template <typename Number>
std::optional<Number> take_number(std::string_view& text, std::size_t most, int base = 10) {
  const std::string_view digits = text.substr(0, most);
  Number number{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (error != std::errc{}) return {};
  text.remove_prefix(static_cast<std::size_t>(end - digits.data()));
  return number;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Lsn> take_lsn(std::string_view text) {
  constexpr std::size_t kHalfDigits = 8;
  const auto high = take_number<std::uint32_t>(text, kHalfDigits, 16);
  if (!high || !take(text, '/')) return {};
  const auto low = take_number<std::uint32_t>(text, kHalfDigits, 16);
  if (!low) return {};
  return Lsn{std::uint64_t{*high} << 32 | *low};
}

// The value of a line; empty if there is none. A label is the user's text and may hold lines like the
// server's own: of what is written before it the first counts, of what comes after it the last.
enum class Which : bool { first, last };
std::string_view value_of(std::string_view text, std::string_view key, Which which) {
  std::string_view found;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.starts_with(key) || !line.substr(key.size()).starts_with(": ")) continue;
    found = line.substr(key.size() + 2);
    if (which == Which::first) break;
  }
  return found;
}

// "UTC", "+02", "-0330", "+05:30": seconds east of Greenwich.
std::optional<std::int64_t> zone_offset(std::string_view zone) {
  if (zone == "UTC" || zone == "GMT") return 0;
  const bool west = zone.starts_with('-');
  if (!west && !zone.starts_with('+')) return {};
  zone.remove_prefix(1);
  const auto hours = take_number<std::uint32_t>(zone, 2);
  take(zone, ':');
  const auto minutes = zone.empty() ? std::uint32_t{0} : take_number<std::uint32_t>(zone, 2);
  if (!hours || !minutes || !zone.empty()) return {};
  const std::int64_t seconds = std::int64_t{*hours} * 3600 + std::int64_t{*minutes} * 60;
  return west ? -seconds : seconds;
}

}  // namespace

std::expected<BackupHistory, std::string> parse_backup_history(std::string_view text) {
  const auto start = take_lsn(value_of(text, "START WAL LOCATION", Which::first));
  if (!start) return std::unexpected("it does not say where the backup's WAL starts");
  const auto stop = take_lsn(value_of(text, "STOP WAL LOCATION", Which::first));
  if (!stop) return std::unexpected("it does not say where the backup's WAL stops");
  std::string_view timeline = value_of(text, "START TIMELINE", Which::last);
  return BackupHistory{
      .start = *start,
      .stop = *stop,
      .start_timeline = {take_number<std::uint32_t>(timeline, timeline.size()).value_or(0)},
      .start_time = std::string(value_of(text, "START TIME", Which::first)),
      .stop_time = std::string(value_of(text, "STOP TIME", Which::last)),
      .label = std::string(value_of(text, "LABEL", Which::first)),
  };
}

std::expected<BackupLabel, std::string> parse_backup_label(std::string_view text) {
  const auto start = take_lsn(value_of(text, "START WAL LOCATION", Which::first));
  if (!start) return std::unexpected("it does not say where the backup's WAL starts");
  const auto checkpoint = take_lsn(value_of(text, "CHECKPOINT LOCATION", Which::first));
  if (!checkpoint) return std::unexpected("it does not say where the backup's checkpoint is");
  std::string_view timeline = value_of(text, "START TIMELINE", Which::last);
  return BackupLabel{
      .start = *start,
      .checkpoint = *checkpoint,
      .timeline = {take_number<std::uint32_t>(timeline, timeline.size()).value_or(0)},
  };
}

std::optional<std::int64_t> backup_time(std::string_view text) {
  constexpr char kSeparators[] = {'-', '-', ' ', ':', ':', ' '};
  std::uint32_t fields[6];
  for (std::size_t i = 0; i < 6; ++i) {
    const auto number = take_number<std::uint32_t>(text, 4);
    if (!number || !take(text, kSeparators[i])) return {};
    fields[i] = *number;
  }
  const auto [year, month, day, hour, minute, second] = fields;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(month),
                                         std::chrono::day(day)};
  const auto offset = zone_offset(text);
  if (!date.ok() || hour > 23 || minute > 59 || second > 60 || !offset) return {};
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((days * 24 + hour) * 60 + minute) * 60 + second - *offset;
}

}  // namespace walkit
