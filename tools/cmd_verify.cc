#include "tools/cmd_verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/archive_settings.h"
#include "tools/catalog_labels.h"
#include "tools/messages.h"
#include "tools/opened_repository.h"
#include "tools/output.h"
#include "tools/program_options.h"
#include "tools/progress_bar.h"
#include "tools/verify_repository.h"
#include "tools/verify_set.h"

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
    verify_set(std::move(set), jobs, [&](std::uint64_t of_set) { bar.set_done(done + of_set); }, report);
    done += bytes;
  }
  return report;
}

int usage_error(const Messages& messages, const std::string& text) {
  messages.error(text);
  messages.usage_hint();
  return kExitUsage;
}

// Says what could not be read, prints the rest; the exit status says which there was.
int print(const VerifyReport& report, bool json, const Messages& messages) {
  for (const VerifyProblem& problem : report.problems)
    if (problem.severity == Severity::unreadable) messages.error(problem_line(problem));
  TextBuffer out;
  if (json)
    append_json(out, report);
  else
    append_text(out, report);
  write_output(out.view());
  if (report.count(Severity::unreadable) > 0) return kExitUnreadable;
  return report.count(Severity::damage) > 0 ? kExitDamage : kExitSound;
}

// Names what is damaged. The WAL of another server has other relations behind the same numbers.
bool add_labels(const CatalogLabels& labels, VerifyReport& report, const Messages& messages) {
  const auto is_strange = [&](const VerifiedRange& range) {
    return range.system_identifier != labels.system_identifier();
  };
  if (std::ranges::any_of(report.ranges, is_strange)) {
    messages.error(fmt::format("the WAL is not that of the server that \"{}\" belongs to", labels.source()));
    return false;
  }
  for (VerifyProblem& problem : report.problems)
    for (DamagedBlock& block : problem.blocks) block.label = labels.of(block.relation);
  return true;
}

// `labels` may be nullptr.
int conclude(VerifyReport report, const CatalogLabels* labels, bool json, const Messages& messages) {
  const bool named = labels == nullptr || add_labels(*labels, report, messages);
  const int status = print(report, json, messages);
  return named ? status : kExitUnreadable;
}

int verify_archive(const ArchiveSettings& settings, const CatalogLabels* labels, const Messages& messages) {
  const auto opened = open_repository(settings);
  if (!opened) return report_error(messages, opened.error());
  const auto identities = chosen_identities(opened->repository, settings);
  if (!identities) return report_error(messages, identities.error());
  const auto verifier = RepositoryVerifier::open(opened->repository, *identities, settings.jobs);
  if (!verifier) return report_error(messages, verifier.error());
  VerifyReport report;
  {
    ProgressBar bar(verifier->total_bytes());
    verifier->verify([&](std::uint64_t bytes) { bar.set_done(bytes); }, report);
  }
  return conclude(std::move(report), labels, settings.json, messages);
}

}  // namespace

int run_verify(int argc, char** argv) {
  const Messages messages("walkit", "walkit verify");
  const auto options = parse_command_line(Command::verify, argc, argv, messages);
  if (!options) return options.error();
  const auto settings = read_archive_settings(*options);
  if (!settings) return usage_error(messages, settings.error());
  std::unique_ptr<CatalogLabels> labels;
  if (const std::string* catalog = options->find(OptionId::catalog)) {
    auto opened = CatalogLabels::open(*catalog);
    if (!opened) return messages.error(opened.error()), kExitUnreadable;
    labels = *std::move(opened);
  }
  const OptionValue* repo = options->given(OptionId::repo);
  if (!options->operands.empty()) {
    if (repo != nullptr && repo->origin == Origin::line)
      return usage_error(messages, "files and --repo cannot be verified in one call");
    return conclude(verify(options->operands, settings->jobs), labels.get(), settings->json, messages);
  }
  if (settings->repo.empty()) return usage_error(messages, "no file or directory specified");
  return verify_archive(*settings, labels.get(), messages);
}

}  // namespace walkit
