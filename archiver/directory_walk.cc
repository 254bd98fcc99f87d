#include "archiver/directory_walk.h"

#include <fcntl.h>

#include <cerrno>

#include "archiver/object_name.h"
#include "archiver/safe_path.h"

namespace walkit {
namespace {

// The one directory that file systems put into their root, readable by nobody but root.
constexpr std::string_view kLostAndFound = "lost+found";

struct Visitors {
  std::function<bool(const FoundFile&)> file;
  std::function<StoreResult<bool>(const OpenDirectory&, const std::string& entry, const std::string& name)>
      directory;
};

// Of one level; each visitor says whether to go on. Without one for directories they are not opened.
StoreResult<bool> visit_entries(const OpenDirectory& directory, const std::string& name,
                                const Visitors& visit) {
  const auto items = read_directory(directory);
  if (!items) return std::unexpected(items.error());
  for (const DirectoryItem& item : *items) {
    const std::string item_name = join_name(name, item.name);
    if (item_name == kLostAndFound || !check_removable_name(item_name)) continue;
    struct stat status;
    if (::fstatat(directory.fd.get(), item.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;
      return call_failed("stat file", directory.path_of(item.name), errno);
    }
    if (S_ISREG(status.st_mode) && !visit.file({directory.fd.get(), item.name, item_name, status}))
      return false;
    if (!S_ISDIR(status.st_mode) || is_leftover_component(item.name) || !visit.directory) continue;
    const auto below = open_subdirectory(directory, item.name);
    if (!below && below.error().kind == StoreError::Kind::absent) continue;
    if (!below) return std::unexpected(below.error());
    if (const auto go_on = visit.directory(*below, item.name, item_name); !go_on || !*go_on) return go_on;
  }
  return true;
}

}  // namespace

// The recursion ends: names of more than a few components are no object's.
StoreResult<bool> walk_files(const OpenDirectory& directory, const std::string& name,
                             const FileVisitor& visit) {
  const auto descend = [&](const OpenDirectory& below, const std::string&, const std::string& below_name) {
    return walk_files(below, below_name, visit);
  };
  return visit_entries(directory, name, {.file = visit, .directory = descend});
}

StoreResult<bool> visit_files(const OpenDirectory& directory, const std::string& name,
                              const FileVisitor& visit) {
  return visit_entries(directory, name, {.file = visit, .directory = {}});
}

StoreResult<std::vector<std::string>> directories_with_objects(const OpenDirectory& directory,
                                                               const std::string& name) {
  std::vector<std::string> found;
  const auto look = [&](const OpenDirectory& below, const std::string& entry,
                        const std::string& below_name) -> StoreResult<bool> {
    const auto without_objects = walk_files(
        below, below_name, [](const FoundFile& file) { return is_leftover_component(file.entry); });
    if (!without_objects) return without_objects;
    if (!*without_objects) found.push_back(entry);
    return true;
  };
  const auto visited =
      visit_entries(directory, name, {.file = [](const FoundFile&) { return true; }, .directory = look});
  if (!visited) return std::unexpected(visited.error());
  return found;
}

}  // namespace walkit
