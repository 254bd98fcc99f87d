#include "tools/cmd_stats.h"

#include <fmt/format.h>

#include <algorithm>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "segments/segment_directory.h"
#include "tools/interrupt.h"
#include "tools/local_time.h"
#include "tools/log_names.h"
#include "tools/output.h"
#include "tools/repository_input.h"
#include "tools/stats_arguments.h"
#include "tools/wal_input.h"
#include "walreader/segment_name.h"

namespace walkit {
namespace {

constexpr int kExitDone = 0;
constexpr int kExitDamage = 1;
constexpr int kExitUsage = 2;
constexpr int kExitInput = 3;

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

class UnitStatistics final : public UnitOutput {
 public:
  explicit UnitStatistics(LogNames* log) {
    if (log != nullptr) names.emplace(*log).restart();
  }
  void add(const Record& record) override {
    if (names) names->add(record);
    statistics.add(record);
  }
  void clear() override {
    statistics = {};
    if (names) names->restart();
  }

  Statistics statistics;
  std::optional<UnitNames> names;
};

class StatsConsumer final : public RecordConsumer {
 public:
  /// `log`: nullptr where relations have no names.
  explicit StatsConsumer(LogNames* log) : log_(log) {
    if (log != nullptr) names_.emplace(*log);
  }

  void begin(Lsn) override {}
  bool record(const Record& record) override {
    statistics.add(record);
    if (names_) follow(record);
    return !interrupted();
  }
  std::unique_ptr<UnitOutput> make_output() override { return std::make_unique<UnitStatistics>(log_); }
  bool take(UnitOutput& output, Lsn) override {
    if (interrupted()) return false;
    auto& unit = static_cast<UnitStatistics&>(output);
    if (log_ != nullptr && !log_->accepts(*unit.names)) return false;
    statistics.merge(unit.statistics);
    return true;
  }

  /// As they are after the last record; nullptr: there are none.
  RelationNames* names() {
    if (!names_) return nullptr;
    names_->restart();
    return &*names_;
  }

  Statistics statistics;

 private:
  void follow(const Record& record) {
    names_->restart();
    names_->add(record);
    log_->apply(record, *names_);
  }

  LogNames* log_;
  std::optional<UnitNames> names_;
};

std::string_view stop_name(const WalInput& input, const DecodeResult& result) {
  switch (result.why) {
    case DecodeEnd::range:
      return "end_of_range";
    case DecodeEnd::consumer:
      return "interrupted";
    case DecodeEnd::end_of_wal:
      return "end_of_wal";
    case DecodeEnd::corrupt:
      return "damage";
    case DecodeEnd::source:
      break;
  }
  return ended_with_file(input, result) ? "end_of_range" : "unreadable";
}

void print_report(const Statistics& statistics, const StatsArguments& arguments,
                  const StatsSubject& subject) {
  TextBuffer out;
  SystemLocalTime zone;
  if (arguments.json)
    append_stats_json(out, statistics, arguments.choice, subject);
  else
    append_stats_text(out, statistics, arguments.choice, subject, zone);
  write_output(out.view());
}

// What stopped the reading short, and the exit status.
int conclude(const WalInput& input, const DecodeResult& result, std::string_view stopped,
             const Messages& messages) {
  const ErrorContext context{input.format->major, input.source->geometry(), input.source->timeline()};
  if (stopped == "unreadable") {
    messages.error(source_error_text(*result.source_error, input, messages.major()));
    return kExitInput;
  }
  if (result.why == DecodeEnd::corrupt) {
    messages.error(fmt::format("error in WAL record at {}: {}", to_string(result.last),
                               error_text(result.error, context)));
    return kExitDamage;
  }
  if (result.first.valid()) return kExitDone;
  messages.error(fmt::format("could not find a valid record after {}", to_string(input.range.start)));
  if (result.error.fault != ReadFault::none) messages.detail(error_text(result.error, context));
  return kExitDamage;
}

int show(WalInput& input, const StatsArguments& arguments, const Messages& messages) {
  stop_on_interrupt();
  std::unique_ptr<LogNames> log;
  if (!open_names(arguments.catalog, input, arguments.jobs, messages, log)) return kExitInput;
  StatsConsumer consumer(log.get());
  const DecodeResult result =
      decode_in_order(*input.source, *input.format, input.range, arguments.jobs, consumer);
  const std::string_view stopped = stop_name(input, result);
  if (result.first.valid())
    print_report(consumer.statistics, arguments, {input.format->major, stopped, consumer.names()});
  return conclude(input, result, stopped, messages);
}

// Of several segments (pg_wal/*) the first and the last: those between are found by their names. What else a
// directory of WAL holds is passed over.
std::expected<std::vector<std::string>, UsageError> ends_of(const std::vector<std::string>& operands) {
  if (operands.size() < 2) return operands;
  std::vector<std::pair<SegmentName, std::string>> segments;
  for (const std::string& operand : operands) {
    const std::string_view name = base_name(operand);
    const auto wal = parse_wal_file_name(without_codec(name));
    if (wal && (wal->kind == WalFileKind::segment || wal->kind == WalFileKind::partial))
      segments.emplace_back(wal->segment, operand);
    else if (!wal && std::ranges::find(kDirectoriesBesideWal, name) == kDirectoriesBesideWal.end())
      return std::unexpected(UsageError{fmt::format("\"{}\" is not the name of a WAL segment", operand),
                                        "One file at a time may have any name."});
  }
  if (segments.empty()) return std::unexpected(UsageError{"no WAL given", {}});
  const auto [first, last] = std::ranges::minmax(segments);
  if (first.first.timeline != last.first.timeline)
    return std::unexpected(
        UsageError{"segments of more than one timeline given",
                   "Name their directory; its newest timeline is read along its history."});
  return std::vector{first.second, last.second};
}

int usage_error(const Messages& messages, const UsageError& error) {
  messages.error(error.text);
  if (error.hint.empty())
    messages.usage_hint();
  else
    messages.hint(error.hint);
  return kExitUsage;
}

}  // namespace

int run_stats(int argc, char** argv) {
  Messages messages("walkit", "walkit stats");
  const auto parsed = parse_command_line(Command::stats, argc, argv, messages);
  if (!parsed) return parsed.error();
  const auto arguments = read_stats_arguments(*parsed);
  if (!arguments) return usage_error(messages, arguments.error());
  if (arguments->operands.empty() && !arguments->start.valid() && !arguments->archive)
    return usage_error(messages, {"no WAL given", {}});
  const auto operands = ends_of(arguments->operands);
  if (!operands) return usage_error(messages, operands.error());
  const InputRequest request{.operands = *operands,
                             .path = std::nullopt,
                             .timeline = arguments->timeline,
                             .start = arguments->start,
                             .end = arguments->end,
                             .jobs = arguments->jobs,
                             .fixed_dialect = true};
  auto input = arguments->archive ? open_repository_input(*arguments->archive, request, messages)
                                  : open_wal_input(request, messages);
  if (!input) return messages.usage_was_wrong() ? kExitUsage : kExitInput;
  if (input->format == nullptr) {
    messages.error(fmt::format("could not find a valid record after {}", to_string(input->range.start)));
    messages.hint("The pages are not those of PostgreSQL 13 to 18, which walkit reads.");
    return kExitInput;
  }
  return show(*input, *arguments, messages);
}

}  // namespace walkit
