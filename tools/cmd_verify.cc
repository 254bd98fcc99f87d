#include "tools/cmd_verify.h"

#include "tools/messages.h"
#include "tools/output.h"
#include "tools/program_options.h"
#include "tools/progress_bar.h"
#include "tools/verify_set.h"
#include "tools/version_info.h"

namespace walkit {
namespace {

constexpr int kExitSound = 0;
constexpr int kExitDamage = 1;
constexpr int kExitUsage = 2;
constexpr int kExitUnreadable = 3;

std::uint64_t bytes_of(const VerifySet& set) {
  std::uint64_t bytes = 0;
  for (const VerifyFile& file : set.files)
    if (file.probe.verdict == ProbeVerdict::wal) bytes += file.probe.page.segment_size_bytes;
  return bytes;
}

VerifyReport verify(const std::vector<std::string>& operands, int jobs) {
  VerifyReport report;
  std::vector<VerifySet> sets = collect_verify_sets(operands, report);
  std::uint64_t total = 0;
  for (const VerifySet& set : sets) total += bytes_of(set);
  ProgressBar bar(total);
  std::uint64_t done = 0;
  for (VerifySet& set : sets) {
    const std::uint64_t bytes = bytes_of(set);
    verify_set(
        std::move(set), jobs, [&](std::uint64_t of_set) { bar.set_done(done + of_set); }, report);
    done += bytes;
  }
  return report;
}

int usage_error(const Messages& messages, const std::string& text) {
  messages.error(text);
  messages.usage_hint();
  return kExitUsage;
}

}  // namespace

int run_verify(int argc, char** argv) {
  const Messages messages("walkit", "walkit verify");
  const auto options = parse_command_line(Command::verify, argc, argv, messages);
  if (!options) return options.error();
  if (options->operands.empty()) return usage_error(messages, "no file or directory specified");
  int jobs = default_jobs();
  if (const std::string* text = options->find(OptionId::jobs)) {
    const auto number = parse_jobs(*text);
    if (!number) return usage_error(messages, invalid_value(find_option(OptionId::jobs), *text));
    jobs = *number;
  }

  const VerifyReport report = verify(options->operands, jobs);
  for (const VerifyProblem& problem : report.problems)
    if (problem.severity == Severity::unreadable) messages.error(problem_line(problem));
  TextBuffer out;
  if (options->has(OptionId::json))
    append_json(out, report);
  else
    append_text(out, report);
  write_output(out.view());
  if (report.count(Severity::unreadable) > 0) return kExitUnreadable;
  return report.count(Severity::damage) > 0 ? kExitDamage : kExitSound;
}

}  // namespace walkit
