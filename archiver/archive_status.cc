#include "archiver/archive_status.h"

#include <dirent.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "walreader/segment_name.h"

namespace walkit {
namespace {

constexpr std::string_view kReady = ".ready";
constexpr std::string_view kDone = ".done";

bool is_history(const std::string& name) { return name.ends_with(".history"); }

}  // namespace

ArchiveStatus ArchiveStatus::beside(const std::string& wal_path) {
  const std::size_t slash = wal_path.rfind('/');
  return ArchiveStatus(slash == wal_path.npos ? "." : wal_path.substr(0, slash));
}

std::string ArchiveStatus::path_of(std::string_view name) const {
  return fmt::format("{}/{}", wal_directory_, name);
}

std::string ArchiveStatus::status_file(std::string_view name, std::string_view suffix) const {
  return fmt::format("{}/archive_status/{}{}", wal_directory_, name, suffix);
}

std::expected<std::vector<std::string>, int> ArchiveStatus::ready() const {
  const std::string path = fmt::format("{}/archive_status", wal_directory_);
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), &::closedir);
  if (!directory) return std::unexpected(errno);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(directory.get())) {
    std::string_view name = entry->d_name;
    if (!name.ends_with(kReady)) continue;
    name.remove_suffix(kReady.size());
    if (parse_wal_file_name(name)) names.emplace_back(name);
  }
  if (errno != 0) return std::unexpected(errno);
  std::ranges::sort(names, [](const std::string& a, const std::string& b) {
    return is_history(a) != is_history(b) ? is_history(a) : a < b;
  });
  return names;
}

bool ArchiveStatus::is_ready(std::string_view name) const {
  return ::access(status_file(name, kReady).c_str(), F_OK) == 0;
}

bool ArchiveStatus::is_done(std::string_view name) const {
  return ::access(status_file(name, kDone).c_str(), F_OK) == 0;
}

bool ArchiveStatus::mark_done(std::string_view name) const {
  return ::rename(status_file(name, kReady).c_str(), status_file(name, kDone).c_str()) == 0;
}

}  // namespace walkit
