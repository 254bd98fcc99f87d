#include "tools/cpu_quota.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "archiver/data_directory.h"
#include "tools/quantities.h"

namespace walkit {
namespace {

constexpr std::size_t kMaxBytes = 4096;

// The path after "0::", without a slash at its end: that line is the one of version 2.
std::optional<std::string> own_path(std::string_view membership) {
  constexpr std::string_view kBegin = "0::";
  while (!membership.empty()) {
    const std::size_t end = membership.find('\n');
    std::string_view line = membership.substr(0, end);
    if (line.starts_with(kBegin)) {
      line.remove_prefix(kBegin.size());
      if (line.ends_with('/')) line.remove_suffix(1);
      return std::string(line);
    }
    membership.remove_prefix(end == membership.npos ? membership.size() : end + 1);
  }
  return {};
}

// cpu.max: microseconds of CPU time, or "max", in each period of so many microseconds.
std::optional<int> cpus_of(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  const std::size_t space = text.find(' ');
  if (space == text.npos) return {};
  constexpr auto kMost = std::uint64_t{std::numeric_limits<std::int32_t>::max()};
  const auto quota = parse_number<std::uint64_t>(text.substr(0, space), 1, kMost);
  const auto period = parse_number<std::uint64_t>(text.substr(space + 1), 1, kMost);
  if (!quota || !period) return {};
  return static_cast<int>((*quota + *period - 1) / *period);
}

}  // namespace

std::optional<int> cpu_quota(const std::string& mount, std::string_view membership) {
  auto path = own_path(membership);
  if (!path) return {};
  std::optional<int> least;
  for (;;) {
    const auto text = read_small_file(fmt::format("{}{}/cpu.max", mount, *path), kMaxBytes);
    const auto cpus = text ? cpus_of(*text) : std::nullopt;
    if (cpus) least = std::min(least.value_or(*cpus), *cpus);
    if (path->empty()) return least;
    path->resize(path->rfind('/') == path->npos ? 0 : path->rfind('/'));
  }
}

std::optional<int> cpu_quota() {
  const auto membership = read_small_file("/proc/self/cgroup", kMaxBytes);
  if (!membership) return {};
  return cpu_quota("/sys/fs/cgroup", *membership);
}

}  // namespace walkit
