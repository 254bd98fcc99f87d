#include "tools/stats_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "tools/quantities.h"
#include "tools/version_info.h"

namespace walkit {
namespace {

template <typename Number>
std::optional<Number> parse_number(std::string_view text, int base = 10) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return number;
}

std::optional<TimelineId> parse_timeline(std::string_view text) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  const auto number =
      hex ? parse_number<std::uint32_t>(text.substr(2), 16) : parse_number<std::uint32_t>(text);
  if (!number || *number == 0) return {};
  return TimelineId{*number};
}

std::vector<Breakdown> all_breakdowns() {
  std::vector<Breakdown> all;
  all.reserve(kBreakdowns);
  for (std::size_t i = 0; i < kBreakdowns; ++i) all.push_back(static_cast<Breakdown>(i));
  return all;
}

// "rmgr,xid": in the order given, each once.
std::optional<std::vector<Breakdown>> parse_breakdowns(std::string_view list) {
  std::vector<Breakdown> all = all_breakdowns();
  if (list == "all") return all;
  std::vector<Breakdown> chosen;
  for (;;) {
    const std::string_view name = list.substr(0, list.find(','));
    const auto found = std::ranges::find(all, name, breakdown_name);
    if (found == all.end()) return {};
    if (std::ranges::find(chosen, *found) == chosen.end()) chosen.push_back(*found);
    if (name.size() == list.size()) return chosen;
    list.remove_prefix(name.size() + 1);
  }
}

std::string breakdown_hint() {
  std::string hint = "Valid values are ";
  for (const Breakdown breakdown : all_breakdowns()) (hint += breakdown_name(breakdown)) += ", ";
  return hint + "separated by commas, or all.";
}

// Replaces `to` with what `parse` makes of the option's value; false: it makes nothing of it.
template <typename Value, typename Parse>
bool read(const ParsedOptions& parsed, OptionId id, Value& to, Parse parse) {
  const std::string* text = parsed.find(id);
  if (text == nullptr) return true;
  const auto value = parse(*text);
  if (value) to = *value;
  return value.has_value();
}

}  // namespace

std::expected<StatsArguments, UsageError> read_stats_arguments(const ParsedOptions& parsed) {
  StatsArguments arguments;
  arguments.jobs = default_jobs();
  arguments.json = parsed.has(OptionId::json);
  arguments.operands = parsed.operands;

  const auto wrong = [&parsed](OptionId id, std::string hint = {}) {
    return std::unexpected(UsageError{invalid_value(parsed, id), std::move(hint)});
  };
  constexpr const char* kLsnHint = "A WAL location looks like 0/16B3748.";
  if (!read(parsed, OptionId::by, arguments.choice.by, parse_breakdowns))
    return wrong(OptionId::by, breakdown_hint());
  if (!read(parsed, OptionId::top, arguments.choice.top,
            [](std::string_view text) { return parse_number<std::size_t>(text); }))
    return wrong(OptionId::top);
  if (!read(parsed, OptionId::jobs, arguments.jobs, parse_jobs)) return wrong(OptionId::jobs);
  if (!read(parsed, OptionId::start, arguments.start, parse_lsn)) return wrong(OptionId::start, kLsnHint);
  if (!read(parsed, OptionId::end, arguments.end, parse_lsn)) return wrong(OptionId::end, kLsnHint);
  if (!read(parsed, OptionId::timeline, arguments.timeline, parse_timeline)) return wrong(OptionId::timeline);
  if (const std::string* catalog = parsed.find(OptionId::catalog)) arguments.catalog = *catalog;
  const std::string* by = parsed.find(OptionId::by);
  if (arguments.catalog.empty() &&
      std::ranges::find(arguments.choice.by, Breakdown::table) != arguments.choice.by.end()) {
    if (*by != "all") return std::unexpected(UsageError{"--by=table requires --catalog", {}});
    std::erase(arguments.choice.by, Breakdown::table);
  }
  if (auto missing = missing_repo(parsed)) return std::unexpected(UsageError{*std::move(missing), {}});
  if (parsed.has(OptionId::repo)) {
    auto settings = read_archive_settings(parsed);
    if (!settings) return std::unexpected(UsageError{std::move(settings).error(), {}});
    arguments.archive = *std::move(settings);
  }
  return arguments;
}

}  // namespace walkit
