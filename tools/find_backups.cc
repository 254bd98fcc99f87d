#include "tools/find_backups.h"

#include <fmt/format.h>

#include "archiver/data_directory.h"
#include "archiver/inventory.h"
#include "segments/segment_directory.h"
#include "segments/segment_file.h"
#include "tools/messages.h"
#include "tools/opened_repository.h"
#include "walreader/backup_history.h"

namespace walkit {
namespace {

constexpr std::size_t kLongestLabel = 65'536;

KnownBackup from_label(std::string name, const BackupHistory& label, TimelineId timeline) {
  return {std::move(name), label.label, label.start, label.stop, timeline};
}

std::optional<std::string> read_text(const std::string& path) {
  const auto file = SegmentFile::open(path, {.window_bytes = kLongestLabel, .accept_pipes = false});
  if (!file) return {};
  std::string text(kLongestLabel, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto got = (*file)->read_at(size, std::as_writable_bytes(std::span(text).subspan(size)));
    if (!got || *got == 0) break;
    size += *got;
  }
  text.resize(size);
  return text;
}

}  // namespace

std::vector<KnownBackup> backups_in_directory(const std::string& directory) {
  std::vector<KnownBackup> backups;
  const auto entries = SegmentDirectory(directory).list();
  if (!entries) return backups;
  for (const DirectoryEntry& entry : *entries) {
    if (entry.name.kind != WalFileKind::backup_history) continue;
    const auto text = read_text(entry.path);
    const auto label = text ? parse_backup_history(*text) : std::unexpected(std::string());
    if (label) backups.push_back(from_label(entry.file_name, *label, entry.name.segment.timeline));
  }
  return backups;
}

std::vector<KnownBackup> backups_in_archive(const ArchiveSettings& settings) {
  std::vector<KnownBackup> backups;
  const auto opened = open_repository(settings);
  if (!opened) return backups;
  const auto identity = opened->repository.identity(settings.system_identifier);
  if (!identity) return backups;
  auto inventory = list_inventory(opened->repository, *identity);
  if (!inventory) return backups;
  read_labels(*opened->store, *inventory);
  for (const ArchivedBackup& backup : inventory->backups)
    backups.push_back(from_label(inventory->items[backup.item].name.file, backup.label, backup.timeline));
  return backups;
}

std::expected<KnownBackup, std::string> backup_of_directory(const std::string& directory) {
  const std::string path = directory + "/backup_label";
  const auto text = read_small_file(path, kLongestLabel);
  if (!text)
    return std::unexpected(fmt::format("could not read file \"{}\": {}", path, errno_text(text.error())));
  const auto label = parse_backup_label(*text);
  if (!label) return std::unexpected(fmt::format("file \"{}\": {}", path, label.error()));
  return KnownBackup{directory, {}, label->start, {}, label->timeline};
}

bool reaches(const KnownBackup& backup, Lsn target, const TimelineHistory& history) {
  const bool same_line = history.timeline_of(backup.start) == backup.timeline;
  return same_line && backup.start < target && backup.stop.value_or(backup.start) <= target;
}

const KnownBackup* backup_for(const std::vector<KnownBackup>& backups, Lsn target,
                              const TimelineHistory& history) {
  const KnownBackup* newest = nullptr;
  for (const KnownBackup& backup : backups)
    if (reaches(backup, target, history) && (newest == nullptr || newest->start < backup.start))
      newest = &backup;
  return newest;
}

}  // namespace walkit
