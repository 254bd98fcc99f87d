#include "archiver/safe_path.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <ranges>

namespace walkit {
namespace {

constexpr int kOpenDirectory = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

std::vector<std::string> components_of(std::string_view name) {
  std::vector<std::string> components;
  if (name.empty()) return components;
  for (const auto part : std::views::split(name, '/')) components.emplace_back(part.begin(), part.end());
  return components;
}

StoreResult<OpenDirectory> make_subdirectory(const OpenDirectory& parent, const std::string& component,
                                             const FileModes& modes) {
  const bool made = ::mkdirat(parent.fd.get(), component.c_str(), modes.directory) == 0;
  // Somebody else may be making the same one.
  if (!made && errno != EEXIST) return call_failed("create directory", parent.path_of(component), errno);
  auto directory = open_subdirectory(parent, component);
  if (!directory || !made) return directory;
  if (auto set = apply_mode(directory->fd.get(), parent, modes.directory, modes.group, directory->path); !set)
    return std::unexpected(std::move(set).error());
  return directory;
}

StoreResult<bool> holds_objects(const OpenDirectory& directory) {
  const auto items = read_directory(directory);
  if (!items) return std::unexpected(items.error());
  return std::ranges::any_of(
      *items, [](const DirectoryItem& item) { return item.known_file && !item.name.starts_with('.'); });
}

}  // namespace

StoreResult<OpenDirectory> open_root(const std::string& root) {
  OpenDirectory directory{.fd = UniqueFd(::open(root.c_str(), kOpenDirectory)), .path = root};
  if (directory.fd.valid()) return directory;
  if (errno == ENOENT)
    return std::unexpected(
        StoreError{StoreError::Kind::unreachable,
                   fmt::format("directory \"{}\" does not exist; perhaps its disk is not mounted", root)});
  auto failed = call_failed("open directory", root, errno);
  if (failed.error().kind != StoreError::Kind::denied) failed.error().kind = StoreError::Kind::unreachable;
  return failed;
}

StoreResult<OpenDirectory> open_subdirectory(const OpenDirectory& parent, std::string_view component) {
  const std::string name(component);
  OpenDirectory directory{
      .fd = UniqueFd(::openat(parent.fd.get(), name.c_str(), kOpenDirectory | O_NOFOLLOW)),
      .path = parent.path_of(name)};
  if (directory.fd.valid()) return directory;
  if (errno != ENOTDIR && errno != ELOOP) return call_failed("open directory", directory.path, errno);
  return std::unexpected(StoreError{
      StoreError::Kind::bad_name,
      fmt::format("\"{}\" is not a directory (symbolic links are not followed here)", directory.path)});
}

StoreResult<OpenDirectory> open_directory(const std::string& root, std::string_view name) {
  auto directory = open_root(root);
  for (const std::string& component : components_of(name)) {
    if (!directory) break;
    directory = open_subdirectory(*directory, component);
  }
  return directory;
}

StoreResult<OpenDirectory> make_directory(const std::string& root, std::string_view name,
                                          const FileModes& modes) {
  auto directory = open_root(root);
  std::vector<OpenDirectory> above;
  for (const std::string& component : components_of(name)) {
    if (!directory) return directory;
    above.push_back(*std::move(directory));
    directory = open_subdirectory(above.back(), component);
    if (!directory && directory.error().kind == StoreError::Kind::absent)
      directory = make_subdirectory(above.back(), component, modes);
  }
  if (!directory) return directory;
  // A directory that is there need not be durable: whoever made it may have died, or be about to sync it.
  // Whoever puts the first object into one therefore syncs all above it before, and an object seen in it says
  // that they are.
  const auto settled = holds_objects(*directory);
  if (!settled) return std::unexpected(settled.error());
  if (*settled) return directory;
  for (const OpenDirectory& one : above)
    if (auto synced = sync_directory(one); !synced) return std::unexpected(std::move(synced).error());
  return directory;
}

StoreResult<std::vector<DirectoryItem>> read_directory(const OpenDirectory& directory) {
  // The stream owns what it reads from, so it gets a descriptor of its own.
  const int own = ::openat(directory.fd.get(), ".", kOpenDirectory);
  const std::unique_ptr<DIR, CloseDirectory> stream(own < 0 ? nullptr : ::fdopendir(own));
  if (!stream) {
    const int error = errno;
    if (own >= 0) ::close(own);
    return call_failed("open directory", directory.path, error);
  }
  std::vector<DirectoryItem> items;
  for (;;) {
    errno = 0;
    // Each stream is read by one thread, which is what readdir() asks for to be safe.
    const dirent* item = ::readdir(stream.get());
    if (!item && errno != 0) return call_failed("read directory", directory.path, errno);
    if (!item) return items;
    const std::string_view name = item->d_name;
    if (name != "." && name != "..") items.push_back({std::string(name), item->d_type == DT_REG});
  }
}

}  // namespace walkit
