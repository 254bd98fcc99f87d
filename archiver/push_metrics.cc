#include "archiver/push_metrics.h"

#include <sys/stat.h>

#include <algorithm>
#include <set>

namespace walkit {
namespace {

void add_file(Metrics& metrics, const ArchivedFile& file) {
  const ObjectHeader& header = file.header;
  if (file.outcome == ArchiveOutcome::already_there) return;
  metrics.files += 1;
  metrics.plain_bytes += header.plain_size_bytes;
  metrics.stored_bytes += file.stored_bytes;
  metrics.damaged_segments += header.damaged ? 1 : 0;
  metrics.seconds += file.seconds;
  if (!header.summary || (metrics.last && metrics.last->end >= header.summary->end)) return;
  metrics.last = {header.name, header.summary->end, header.archived_at_unix_ms / 1000};
}

// What is ready and was not archived by this call.
std::optional<Backlog> backlog_of(const std::set<std::string>& archived, const ArchiveStatus& status) {
  const auto ready = status.ready();
  if (!ready) return std::nullopt;
  Backlog backlog;
  for (const std::string& name : *ready) {
    struct stat file{};
    if (archived.contains(name) || ::stat(status.path_of(name).c_str(), &file) != 0) continue;
    backlog.segments += 1;
    backlog.bytes += static_cast<std::uint64_t>(file.st_size);
  }
  return backlog;
}

}  // namespace

Metrics metrics_of(const PushReport& report, const ArchiveStatus& status) {
  Metrics metrics;
  std::set<std::string> archived;
  for (const PushedFile& file : report.files) {
    if (!file.result) {
      metrics.count(failure_of(file.result.error()));
      continue;
    }
    archived.insert(file.name);
    add_file(metrics, *file.result);
  }
  metrics.backlog = backlog_of(archived, status);
  return metrics;
}

}  // namespace walkit
