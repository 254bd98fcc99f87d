#include "archiver/push.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>
#include <filesystem>
#include <mutex>
#include <utility>

#include "archiver/input_file.h"
#include "segments/worker_threads.h"

namespace walkit {
namespace {

using Kind = ArchiveError::Kind;

struct Task {
  std::string name;
  bool asked_for = false;
};

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool is_segment_name(std::string_view name) {
  const auto parsed = parse_wal_file_name(name);
  return parsed && (parsed->kind == WalFileKind::segment || parsed->kind == WalFileKind::partial);
}

ArchiveResult<ClusterIdentity> owner_of_labels(const Repository& repository, const PushSettings& settings,
                                               const DataDirectory* server) {
  if (settings.system_identifier) return repository.identity(settings.system_identifier);
  if (server == nullptr) return repository.identity(std::nullopt);
  const auto control = server->read_control();
  if (!control) return std::unexpected(control.error());
  return ClusterIdentity{control->system_identifier, control->major, control->segment_size_bytes};
}

/// Archives a list of files with several threads.
class Batch {
 public:
  Batch(const Repository& repository, const ArchiveStatus& status, const PushSettings& settings,
        const ClusterIdentity& owner, const Spool* spool)
      : repository_(repository),
        status_(status),
        settings_(settings),
        owner_(owner),
        spool_(spool),
        benches_(std::max(settings.jobs, 1)) {}

  std::vector<PushedFile> run(std::vector<Task> tasks) {
    tasks_ = std::move(tasks);
    // Twice as many as may compute at a time: the others wait for the disk.
    const auto threads = std::min(2 * static_cast<std::size_t>(std::max(settings_.jobs, 1)), tasks_.size());
    {
      const auto helpers = start_helpers(threads, [this] { work(); });
      work();
    }
    return std::move(files_);
  }

 private:
  void work() {
    FileArchiver archiver(repository_, settings_.policy, benches_);
    for (std::size_t i; !stop_ && (i = next_++) < tasks_.size();) {
      const Task& task = tasks_[i];
      // What is begun is finished, the file that was asked for is always begun.
      if (!task.asked_for && Deadline::clock::now() >= settings_.deadline) continue;
      auto result = archive(archiver, task);
      if (result && !task.asked_for) announce(task.name, *result);
      if (!result && result.error().kind != Kind::bad_input) stop_looking_ahead();
      const std::lock_guard lock(mutex_);
      files_.push_back({task.name, std::move(result), task.asked_for});
    }
  }

  // A thread that throws would end the program by a signal, which the server's archiver does not survive.
  ArchiveResult<ArchivedFile> archive(FileArchiver& archiver, const Task& task) const {
    try {
      return archiver.archive({status_.path_of(task.name), owner_});
    } catch (const std::exception& error) {
      return std::unexpected(
          ArchiveError{.kind = Kind::store,
                       .text = fmt::format("could not archive \"{}\": {}", task.name, error.what()),
                       .hint = {}});
    }
  }

  // Where one file met a full disk so will the others; the one that was asked for has its own try.
  void stop_looking_ahead() {
    const bool asked_for_begun = std::ranges::find(tasks_, true, &Task::asked_for) - tasks_.begin() <
                                 static_cast<std::ptrdiff_t>(next_);
    if (asked_for_begun) stop_ = true;
  }

  // The file is durable; the server is to learn of it without archiving it again.
  void announce(const std::string& name, ArchivedFile& archived) {
    if (settings_.mark_done && status_.mark_done(name)) return;
    if (spool_ == nullptr) return;
    const Spool::Acknowledgement what{.repository_id = repository_.id(),
                                      .system_identifier = archived.header.system_identifier,
                                      .stamp = archived.stamp,
                                      .digest = archived.header.plain_digest};
    if (const auto left = spool_->acknowledge(name, what); !left) archived.warnings.push_back(left.error());
  }

  const Repository& repository_;
  const ArchiveStatus& status_;
  const PushSettings& settings_;
  const ClusterIdentity& owner_;
  const Spool* const spool_;
  Workbenches benches_;
  std::vector<Task> tasks_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::vector<PushedFile> files_;
};

// The file that was asked for and what is ready after it; histories come first, whatever was asked for.
std::vector<Task> plan(const std::string& asked_for, const ArchiveStatus& status,
                       const PushSettings& settings, const Spool* spool) {
  std::vector<Task> tasks{{asked_for, true}};
  if (spool == nullptr && !settings.mark_done) return tasks;
  const auto ready = status.ready();
  if (!ready) return tasks;
  if (spool != nullptr)
    spool->forget_unless([&status](const std::string& name) { return status.is_ready(name); });
  std::uint64_t bytes = 0;
  for (const std::string& name : *ready) {
    if (tasks.size() >= settings.batch_segments) break;
    if (name == asked_for) continue;
    struct stat file{};
    if (::stat(status.path_of(name).c_str(), &file) != 0) continue;
    if (spool != nullptr && !settings.mark_done && spool->is_acknowledged(name, FileStamp::of(file)))
      continue;
    bytes += static_cast<std::uint64_t>(file.st_size);
    if (bytes > settings.batch_bytes) break;
    tasks.push_back({name, false});
  }
  std::ranges::stable_partition(tasks, [](const Task& task) { return !is_segment_name(task.name); });
  return tasks;
}

}  // namespace

const ArchiveError* PushReport::error() const {
  for (const PushedFile& file : files)
    if (file.asked_for && !file.result) return &file.result.error();
  return nullptr;
}

bool take_acknowledgement(const std::string& path, const Spool& spool) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return false;
  const std::string name = name_of(path);
  if (!parse_wal_file_name(name) || !spool.is_acknowledged(name, FileStamp::of(status))) return false;
  spool.forget(name);
  return true;
}

ArchiveResult<PushReport> push(Store& store, const std::string& path, const PushSettings& settings,
                               const DataDirectory* server, const Spool* spool) {
  // A file that cannot be archived is refused before a repository is made for it.
  if (const auto input = InputFile::open(path); !input) return std::unexpected(input.error());
  const auto repository = open_remembered(store, settings.cluster, spool, true);
  if (!repository) return std::unexpected(repository.error());
  PushReport report;
  if (spool != nullptr)
    if (const auto remembered = spool->remember(repository->id()); !remembered)
      report.warnings.push_back(remembered.error());

  const ArchiveStatus status = ArchiveStatus::beside(path);
  std::vector<Task> tasks = plan(name_of(path), status, settings, spool);
  ClusterIdentity owner;
  const bool has_labels = !std::ranges::all_of(tasks, is_segment_name, &Task::name);
  if (has_labels) {
    const auto found = owner_of_labels(*repository, settings, server);
    if (found)
      owner = *found;
    else if (!is_segment_name(name_of(path)))
      return std::unexpected(found.error());
    else
      std::erase_if(tasks, [](const Task& task) { return !is_segment_name(task.name); });
  }
  report.files = Batch(*repository, status, settings, owner, spool).run(std::move(tasks));
  return report;
}

}  // namespace walkit
