#include "tools/verify_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <string_view>

#include "tools/units.h"
#include "walreader/json_sink.h"
#include "walreader/read_error.h"
#include "walreader/text_sink.h"

namespace walkit {
namespace {

constexpr std::array<std::string_view, 3> kSeverityNames{"warning", "damage", "unreadable"};

std::uint64_t sum(const VerifyReport& report, std::uint64_t VerifiedRange::* member) {
  return std::accumulate(
      report.ranges.begin(), report.ranges.end(), std::uint64_t{0},
      [&](std::uint64_t total, const VerifiedRange& range) { return total + range.*member; });
}

std::string range_line(const VerifyReport& report, const VerifiedRange& range) {
  const bool one_cluster = std::ranges::all_of(report.ranges, [&](const VerifiedRange& other) {
    return other.system_identifier == range.system_identifier;
  });
  std::string line =
      fmt::format("timeline {:<5} {} to {}: {}, {}", range.timeline.value, to_string(range.start),
                  to_string(range.end), plural(range.segments, "segment"), plural(range.records, "record"));
  if (!one_cluster) line += fmt::format(", system identifier {}", range.system_identifier);
  line += '\n';
  if (!range.end_of_wal.empty())
    line +=
        fmt::format("end of WAL     {} in {}: {}\n", to_string(range.end), range.last_file, range.end_of_wal);
  return line;
}

std::string unused_line(std::span<const UnusedFile> unused) {
  if (unused.empty()) return {};
  const auto zeros = static_cast<std::uint64_t>(std::ranges::count_if(unused, &UnusedFile::zeros));
  std::string what;
  if (zeros < unused.size()) what = fmt::format("{} recycled", unused.size() - zeros);
  if (zeros > 0) what += fmt::format("{}{} never written", what.empty() ? "" : ", ", zeros);
  const std::string& last = unused.back().file;
  const std::string to = unused.size() == 1 ? std::string() : " to " + last.substr(last.rfind('/') + 1);
  return fmt::format("unused         {} past the end of WAL ({}): {}{}\n", plural(unused.size(), "file"),
                     what, unused.front().file, to);
}

std::string problems_line(const VerifyReport& report) {
  std::string line = fmt::format("problems       {}", report.count(Severity::damage));
  if (const auto count = report.count(Severity::unreadable); count > 0)
    line += fmt::format(", {} not read", plural(count, "file"));
  if (const auto count = report.count(Severity::warning); count > 0)
    line += fmt::format(", {}", plural(count, "warning"));
  return line + '\n';
}

std::string blocks_line(std::span<const DamagedBlock> blocks) {
  std::string line = "  by its headers the record is of";
  for (const DamagedBlock& block : blocks) {
    const auto& [tablespace, database, relation] = block.relation;
    line += fmt::format("{} {}/{}/{}", &block == blocks.data() ? "" : ",", tablespace, database, relation);
    if (!block.label.empty()) line += fmt::format(" ({})", block.label);
    if (block.fork != Fork::main) line += fmt::format(" fork {}", fork_name(block.fork));
    line += fmt::format(" block {}", block.block);
  }
  return line + '\n';
}

/// The object of a report, on one sink.
class JsonReport {
 public:
  explicit JsonReport(TextBuffer& out) : json_(out, format_of(kNewestMajor)) {}

  void write(const VerifyReport& report) {
    json_.begin_object({});
    json_.boolean("sound", report.count(Severity::damage) == 0 && report.count(Severity::unreadable) == 0);
    json_.uint("segments", sum(report, &VerifiedRange::segments));
    json_.uint("records", sum(report, &VerifiedRange::records));
    json_.uint("bytes", sum(report, &VerifiedRange::bytes));
    json_.begin_array("ranges");
    for (const VerifiedRange& range : report.ranges) write(range);
    json_.end_array();
    json_.begin_array("problems");
    for (const VerifyProblem& problem : report.problems) write(problem);
    json_.end_array();
    json_.begin_array("unused");
    for (const UnusedFile& file : report.unused) {
      json_.begin_object({});
      string("file", file.file);
      json_.word("state", file.zeros ? "zeros" : "recycled");
      json_.end_object();
    }
    json_.end_array();
    json_.end_object();
  }

 private:
  void write(const VerifiedRange& range) {
    json_.begin_object({});
    json_.word("system_identifier", std::to_string(range.system_identifier));
    json_.uint("major", static_cast<std::uint64_t>(range.major));
    json_.uint("timeline", range.timeline.value);
    json_.lsn("start", range.start);
    json_.lsn("end", range.end);
    string("first_file", range.first_file);
    string("last_file", range.last_file);
    json_.uint("segments", range.segments);
    json_.uint("records", range.records);
    json_.uint("bytes", range.bytes);
    optional_string("end_of_wal", range.end_of_wal);
    json_.end_object();
  }

  void write(const VerifyProblem& problem) {
    json_.begin_object({});
    json_.word("severity", kSeverityNames[static_cast<std::size_t>(problem.severity)]);
    string("file", problem.file);
    optional_lsn("lsn", problem.lsn);
    string("text", problem.text);
    optional_string("hint", problem.hint);
    optional_lsn("resumed", problem.resumed);
    json_.begin_array("blocks");
    for (const DamagedBlock& block : problem.blocks) write(block);
    json_.end_array();
    json_.end_object();
  }

  void write(const DamagedBlock& block) {
    json_.begin_object({});
    json_.uint("tablespace", block.relation.tablespace);
    json_.uint("database", block.relation.database);
    json_.uint("relation", block.relation.relation);
    optional_string("name", block.label);
    json_.word("fork", fork_name(block.fork));
    json_.uint("block", block.block);
    json_.end_object();
  }

  void string(std::string_view key, std::string_view value) {
    json_.string({}, key, std::as_bytes(std::span(value)));
  }
  void optional_string(std::string_view key, std::string_view value) {
    if (value.empty())
      json_.null(key);
    else
      string(key, value);
  }
  void optional_lsn(std::string_view key, Lsn value) {
    if (value.valid())
      json_.lsn(key, value);
    else
      json_.null(key);
  }

  JsonSink json_;
};

}  // namespace

std::size_t VerifyReport::count(Severity severity) const {
  return static_cast<std::size_t>(std::ranges::count(problems, severity, &VerifyProblem::severity));
}

std::string problem_line(const VerifyProblem& problem) {
  std::string line = problem.file;
  if (problem.lsn.valid()) line += fmt::format(": {}", to_string(problem.lsn));
  line += problem.severity == Severity::warning ? ": warning: " : ": ";
  line += problem.text;
  if (problem.resumed.valid()) line += fmt::format(" (reading resumed at {})", to_string(problem.resumed));
  return line;
}

void append_text(TextBuffer& out, const VerifyReport& report) {
  for (const VerifyProblem& problem : report.problems) {
    if (problem.severity == Severity::unreadable) continue;
    out.append(problem_line(problem));
    out.append('\n');
    if (!problem.hint.empty()) out.append(fmt::format("  hint: {}\n", problem.hint));
    if (!problem.blocks.empty()) out.append(blocks_line(problem.blocks));
  }
  out.append(fmt::format("segments       {} ({})\n", sum(report, &VerifiedRange::segments),
                         binary_size(sum(report, &VerifiedRange::bytes))));
  out.append(fmt::format("records        {}\n", sum(report, &VerifiedRange::records)));
  for (const VerifiedRange& range : report.ranges) out.append(range_line(report, range));
  out.append(unused_line(report.unused));
  out.append(problems_line(report));
}

void append_json(TextBuffer& out, const VerifyReport& report) {
  JsonReport(out).write(report);
  out.append('\n');
}

}  // namespace walkit
