#include "tools/quantities.h"

#include <grp.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <limits>
#include <span>
#include <vector>

#include "segments/iso_time.h"

namespace walkit {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::uint64_t kKi = 1024;
constexpr Unit kSizes[] = {
    {"", 1},
    {"B", 1},
    {"kB", kKi},
    {"KiB", kKi},
    {"MB", kKi* kKi},
    {"MiB", kKi* kKi},
    {"GB", kKi* kKi* kKi},
    {"GiB", kKi* kKi* kKi},
    {"TB", kKi* kKi* kKi* kKi},
    {"TiB", kKi* kKi* kKi* kKi},
};

constexpr std::uint64_t kSecond = 1000;
constexpr Unit kDurations[] = {
    {"", kSecond},         {"ms", 1},
    {"s", kSecond},        {"min", 60 * kSecond},
    {"h", 3600 * kSecond}, {"d", 24 * 3600 * kSecond},
};
constexpr std::uint64_t kLongest = 365 * 24 * 3600 * kSecond;

constexpr gid_t kNoGroup = static_cast<gid_t>(-1);  // what chown() takes for "leave it"

// A number, perhaps blanks, and a unit.
std::optional<std::uint64_t> parse_with_unit(std::string_view text, std::span<const Unit> units,
                                             std::uint64_t highest) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_number<std::uint64_t>(text.substr(0, digits), 0, highest);
  text.remove_prefix(digits);
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  if (!number) return {};
  for (const Unit& unit : units) {
    if (unit.name != text) continue;
    if (*number > highest / unit.factor) return {};
    return *number * unit.factor;
  }
  return {};
}

// Of a moment; a zero is what a digit that was left out is.
constexpr std::string_view kMidnight = "0000-00-00T00:00:00.000000Z";
constexpr std::size_t kDate = 10, kMinutes = 16, kSeconds = 19, kPoint = 20;

// Takes +02, +0230 or +02:30 off the end of a time; 0 if there is none.
std::optional<std::chrono::minutes> take_offset(std::string_view& time) {
  const std::size_t sign = time.find_last_of("+-");
  if (sign == std::string_view::npos || sign <= kDate) return std::chrono::minutes(0);
  std::string digits(time.substr(sign + 1));
  if (digits.size() == 5 && digits[2] == ':') digits.erase(2, 1);
  if (digits.size() == 2) digits += "00";
  const auto number = parse_number<unsigned>(digits, 0, 1559);
  if (digits.size() != 4 || !number || *number % 100 > 59) return {};
  const std::chrono::minutes offset(*number / 100 * 60 + *number % 100);
  const bool west = time[sign] == '-';
  time = time.substr(0, sign);
  return west ? -offset : offset;
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  // file offsets are signed
  return parse_with_unit(text, kSizes, std::numeric_limits<std::int64_t>::max());
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto value = parse_with_unit(text, kDurations, kLongest);
  if (!value) return {};
  return std::chrono::milliseconds(*value);
}

std::optional<PgTime> parse_moment(std::string_view text) {
  for (const std::string_view zone : {" UTC", "Z"})
    if (text.ends_with(zone)) text.remove_suffix(zone.size());
  const auto offset = take_offset(text);
  if (!offset) return {};
  const bool whole = text.size() == kDate || text.size() == kMinutes || text.size() == kSeconds;
  if (!whole && (text.size() <= kPoint || text.size() >= kMidnight.size())) return {};
  std::string moment(text);
  if (text.size() > kDate && text[kDate] == ' ') moment[kDate] = 'T';
  auto time = parse_iso_time(moment.append(kMidnight.substr(text.size())));
  if (time) time->microseconds -= std::chrono::microseconds(*offset).count();
  return time;
}

std::optional<mode_t> parse_file_mode(std::string_view text) {
  const std::size_t digits = text.starts_with('0') ? 4 : 3;
  mode_t mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error != std::errc{} || end != text.data() + text.size() || text.size() != digits) return {};
  constexpr mode_t kOwner = S_IRUSR | S_IWUSR;
  constexpr mode_t kExecute = S_IXUSR | S_IXGRP | S_IXOTH;
  if ((mode & kOwner) != kOwner || (mode & (kExecute | S_IWOTH)) != 0) return {};
  return mode;
}

mode_t directory_mode(mode_t file_mode) {
  const mode_t readable = file_mode & (S_IRUSR | S_IRGRP | S_IROTH);
  return file_mode | readable >> 2;
}

std::optional<gid_t> find_group(const std::string& name) {
  if (const auto number = parse_number<gid_t>(name, 0, kNoGroup - 1)) return number;
  constexpr std::size_t kLargestEntry = std::size_t{1} << 20;
  for (std::vector<char> buffer(1024); buffer.size() <= kLargestEntry; buffer.resize(buffer.size() * 2)) {
    struct group entry{};
    struct group* found = nullptr;
    const int error = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (error == ERANGE) continue;
    if (error != 0 || found == nullptr) return {};
    return entry.gr_gid;
  }
  return {};
}

namespace {

template <typename Number>
bool take_number(std::string_view& text, std::size_t digits, Number& to, int base = 10) {
  const std::size_t size = std::min(digits, text.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + size, to, base);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || !any_of.contains(text[0])) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<Lsn> parse_lsn(std::string_view text) {
  constexpr std::size_t kDigits = 8;
  std::uint32_t high = 0, low = 0;
  const bool good =
      take_number(text, kDigits, high, 16) && take(text, "/") && take_number(text, kDigits, low, 16);
  if (!good || !text.empty()) return {};
  return Lsn{std::uint64_t{high} << 32 | low};
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  for (;;) {
    const std::string_view item = text.substr(0, text.find(','));
    items.emplace_back(item);
    if (item.size() == text.size()) return items;
    text.remove_prefix(item.size() + 1);
  }
}

}  // namespace walkit
