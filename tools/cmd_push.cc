#include "tools/cmd_push.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <csignal>
#include <exception>

#include "archiver/push.h"
#include "archiver/push_metrics.h"
#include "tools/archive_settings.h"
#include "tools/inherited_files.h"
#include "tools/messages.h"
#include "tools/program_options.h"
#include "tools/units.h"

namespace walkit {
namespace {

constexpr int kExitArchived = 0;
constexpr int kExitFailed = 1;
// The primary has work of its own.
constexpr int kNiceness = 10;

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

void report_error(const Messages& messages, const ArchiveError& error) {
  messages.error(error.text);
  if (!error.hint.empty()) messages.hint(error.hint);
}

// Says what became of the files. What was archived ahead and failed is tried again when the server asks for
// it.
int report(const Messages& messages, const PushReport& report) {
  for (const std::string& warning : report.warnings) messages.warning(warning);
  for (const PushedFile& file : report.files) {
    if (!file.result) {
      if (file.asked_for)
        report_error(messages, file.result.error());
      else
        messages.warning(
            fmt::format("could not archive \"{}\" ahead: {}", file.name, file.result.error().text));
      continue;
    }
    for (const std::string& warning : file.result->warnings) messages.warning(warning);
    if (file.result->outcome == ArchiveOutcome::kept_variant)
      messages.warning(fmt::format("another copy of \"{}\" is archived; this one is kept beside it as \"{}\"",
                                   file.name, file.result->object));
  }
  return report.error() == nullptr ? kExitArchived : kExitFailed;
}

std::uint64_t count_new(const PushReport& report) {
  return static_cast<std::uint64_t>(std::ranges::count_if(report.files, [](const PushedFile& file) {
    return file.result && file.result->outcome != ArchiveOutcome::already_there;
  }));
}

PushSettings push_settings(const ArchiveSettings& settings, const DataDirectory* server) {
  return {.policy = {.codec = settings.codec,
                     .refuse_corrupt = settings.push.on_corrupt == OnCorrupt::fail,
                     .keep_diverging = settings.push.on_conflict == OnConflict::variant,
                     .archived_by = fmt::format("{}:{}", host_name(), server != nullptr ? server->path : "")},
          .cluster = settings.cluster,
          .system_identifier = settings.system_identifier,
          .jobs = settings.jobs,
          .batch_segments = settings.push.batch_segments,
          .batch_bytes = settings.push.batch_bytes,
          .mark_done = settings.push.mark_done,
          .deadline = Deadline::clock::now() + settings.timeout};
}

Metrics metrics_of_call(const ArchiveResult<PushReport>& done, const std::string& path) {
  const ArchiveStatus status = ArchiveStatus::beside(path);
  if (done) return metrics_of(*done, status);
  Metrics metrics = metrics_of({}, status);
  metrics.count(failure_of(done.error()));
  return metrics;
}

int push_file(const std::string& path, const ArchiveSettings& settings, const Messages& messages) {
  const std::string in_wal_directory = settings.push.backfill ? path + "/" : path;
  const auto server = find_data_directory(in_wal_directory);
  std::optional<Spool> spool;
  if (settings.spool && server) {
    auto opened = Spool::open(*settings.spool, settings.repo, settings.cluster, *server);
    if (!opened && opened.error().unsafe) {
      messages.error(opened.error().text);
      messages.hint(
          "Run as the user who runs the server, and let nobody else write there; or choose another with "
          "--spool.");
      return kExitFailed;
    }
    if (opened)
      spool = std::move(*opened);
    else  // which costs time only, and a full pg_wal would cost more
      messages.warning(fmt::format("nothing is archived ahead: {}", opened.error().text));
  }
  if (!settings.push.backfill && spool && take_acknowledgement(path, *spool)) return kExitArchived;

  if (::nice(kNiceness) < 0) {  // at worst it is as urgent as the server
  }
  const DataDirectory* known_server = server ? &*server : nullptr;
  const Spool* known_spool = spool ? &*spool : nullptr;
  const PushSettings push = push_settings(settings, known_server);
  const auto store = make_retrying_store(
      make_deadline_store(make_directory_store(settings.repo, settings.modes), push.deadline));
  if (settings.push.backfill && known_server == nullptr) {
    messages.error(fmt::format("\"{}\" is not the pg_wal of a data directory", path));
    messages.hint("Give the path of pg_wal as it is seen from the data directory.");
    return kExitFailed;
  }
  const auto done = settings.push.backfill ? walkit::backfill(*store, path, push, *known_server, known_spool)
                                           : walkit::push(*store, path, push, known_server, known_spool);
  if (settings.push.metrics_file) {
    const auto written = update_metrics_file(*settings.push.metrics_file, settings.cluster,
                                             metrics_of_call(done, in_wal_directory));
    if (!written) messages.warning(written.error());
  }
  if (!done) {
    report_error(messages, done.error());
    return kExitFailed;
  }
  if (settings.push.backfill)
    fmt::print("archived {} that the archive lacked\n", plural(count_new(*done), "file"));
  return report(messages, *done);
}

int run(int argc, char** argv, const Messages& messages) {
  const auto options = parse_command_line(Command::push, argc, argv, messages);
  if (!options) return options.error() == 0 ? kExitArchived : kExitFailed;
  const auto settings = read_archive_settings(*options);
  if (!settings) {
    messages.error(settings.error());
    messages.usage_hint();
    return kExitFailed;
  }
  std::vector<std::string> operands = options->operands;
  if (settings->push.backfill && operands.empty()) operands.emplace_back("pg_wal");
  if (operands.size() != 1) {
    messages.error(operands.empty() ? "no file to archive" : "more than one file to archive");
    messages.usage_hint();
    return kExitFailed;
  }
  return push_file(operands.front(), *settings, messages);
}

}  // namespace

int run_push(int argc, char** argv) {
  close_inherited_files();
  std::signal(SIGPIPE, SIG_IGN);  // a logger that has gone is no reason to die, which would end the archiver
  ::umask(S_IWGRP | S_IWOTH);     // a directory that its maker cannot enter would stay so after a crash
  const Messages messages("walkit", "walkit push");
  try {
    return run(argc, argv, messages);
  } catch (const std::exception& error) {
    messages.error(error.what());
    return kExitFailed;
  }
}

}  // namespace walkit
