#include "tools/version_info.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <charconv>

#include "tools/cpu_quota.h"
#include "tools/options.h"

namespace walkit {

std::string walkit_version() { return "walkit " WALKIT_VERSION; }

std::string_view newest_minor(Major major) { return format_of(major).newest_minor; }

std::optional<Major> parse_pg_version(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || (end != text.data() + text.size() && *end != '.')) return {};
  if (number < static_cast<int>(kOldestMajor) || number > static_cast<int>(kNewestMajor)) return {};
  return static_cast<Major>(number);
}

std::optional<int> parse_jobs(std::string_view text) {
  constexpr int kMaxJobs = 1024;
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 1 || number > kMaxJobs) return {};
  return number;
}

int default_jobs() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  const int cpus = std::max(1, CPU_COUNT(&allowed));
  return std::min(cpus, cpu_quota().value_or(cpus));
}

std::string pg_waldump_help(std::string_view program, Major major) {
  return fmt::format(
      "{0} decodes and displays PostgreSQL write-ahead logs for debugging.\n\n"
      "Usage:\n  {0} [OPTION]... [STARTSEG [ENDSEG]]\n\nOptions:\n{1}\n"
      "Report bugs to <pgsql-bugs@lists.postgresql.org>.\n"
      "PostgreSQL home page: <https://www.postgresql.org/>\n",
      program, options_help(Command::pg_waldump, major));
}

}  // namespace walkit
