#include "feed/io/directory_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace walkit {
namespace {

/// Opens `path` beneath `root`, one component after the other. Only what lies directly in pg_tblspc may be a
/// symbolic link. errno says why not.
UniqueFd open_beneath(int root, std::string_view path, int flags) {
  constexpr std::string_view kTablespaces = "pg_tblspc";
  UniqueFd at;
  int parent = root;
  bool link_allowed = false;
  while (true) {
    const std::string component(path.substr(0, path.find('/')));
    const bool last = component.size() == path.size();
    if (component.empty() || component == "..") {
      errno = EINVAL;
      return {};
    }
    const int no_link = link_allowed ? 0 : O_NOFOLLOW;
    UniqueFd next(
        ::openat(parent, component.c_str(), O_RDONLY | O_CLOEXEC | no_link | (last ? flags : O_DIRECTORY)));
    if (last || !next.valid()) return next;
    link_allowed = parent == root && component == kTablespaces;
    at = std::move(next);
    parent = at.get();
    path.remove_prefix(component.size() + 1);
  }
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

/// pread() until `out` is full or the file ends: how many bytes there were. Negative: errno says why.
std::ptrdiff_t read_fully(int fd, std::span<std::byte> out, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = ::pread(fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return static_cast<std::ptrdiff_t>(done);
}

}  // namespace

std::expected<DirectoryFiles, std::string> DirectoryFiles::open(std::string directory) {
  UniqueFd root(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid())
    return std::unexpected(
        fmt::format("could not open directory \"{}\": {}", directory, std::strerror(errno)));
  return DirectoryFiles(std::move(directory), std::move(root));
}

std::string DirectoryFiles::quoted(std::string_view path) const {
  return fmt::format("\"{}/{}\"", directory_, path);
}

std::unexpected<std::string> DirectoryFiles::failed(std::string_view what, std::string_view path) const {
  return std::unexpected(fmt::format("could not {} {}: {}", what, quoted(path), std::strerror(errno)));
}

// Invalid: there is none.
std::expected<UniqueFd, std::string> DirectoryFiles::open_file(std::string_view path) const {
  UniqueFd fd = open_beneath(root_.get(), path, O_NONBLOCK);
  if (!fd.valid()) {
    if (errno == ENOENT) return fd;
    return failed("open file", path);
  }
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return failed("stat file", path);
  if (!S_ISREG(status.st_mode)) return std::unexpected(fmt::format("{} is not a regular file", quoted(path)));
  return fd;
}

// The descriptor of a file; -1: there is none.
std::expected<int, std::string> DirectoryFiles::find(std::string_view path) {
  ++uses_;
  if (const auto known = std::ranges::find(open_, path, &OpenFile::path); known != open_.end()) {
    known->last_use = uses_;
    return known->fd.get();
  }
  auto fd = open_file(path);
  if (!fd) return std::unexpected(std::move(fd).error());
  OpenFile file{std::string(path), uses_, std::move(*fd)};
  if (open_.size() < kOpenFiles) return open_.emplace_back(std::move(file)).fd.get();
  OpenFile& oldest = *std::ranges::min_element(open_, {}, &OpenFile::last_use);
  oldest = std::move(file);
  return oldest.fd.get();
}

std::expected<std::optional<std::vector<std::byte>>, std::string> DirectoryFiles::read(std::string_view path,
                                                                                       std::size_t limit) {
  const auto fd = open_file(path);
  if (!fd) return std::unexpected(fd.error());
  if (!fd->valid()) return std::nullopt;
  std::vector<std::byte> bytes(limit);
  const std::ptrdiff_t got = read_fully(fd->get(), bytes, 0);
  if (got < 0) return failed("read file", path);
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

std::expected<bool, std::string> DirectoryFiles::read_at(std::string_view path, std::uint64_t offset,
                                                         std::span<std::byte> out) {
  const auto fd = find(path);
  if (!fd) return std::unexpected(fd.error());
  if (*fd < 0) return false;
  const std::ptrdiff_t got = read_fully(*fd, out, offset);
  if (got < 0) return failed("read file", path);
  return static_cast<std::size_t>(got) == out.size();
}

std::expected<std::vector<std::string>, std::string> DirectoryFiles::list(std::string_view path) {
  std::vector<std::string> names;
  UniqueFd fd = open_beneath(root_.get(), path, O_DIRECTORY);
  if (!fd.valid()) {
    if (errno == ENOENT) return names;
    return failed("open directory", path);
  }
  // fdopendir() takes the descriptor over.
  const int own = ::dup(fd.get());
  const std::unique_ptr<DIR, CloseDirectory> entries(own < 0 ? nullptr : ::fdopendir(own));
  if (entries == nullptr) {
    const UniqueFd closed(own);
    return failed("read directory", path);
  }
  errno = 0;
  while (const dirent* entry = ::readdir(entries.get())) names.emplace_back(entry->d_name);
  if (errno != 0) return failed("read directory", path);
  std::erase_if(names, [](const std::string& name) { return name == "." || name == ".."; });
  std::ranges::sort(names);
  return names;
}

}  // namespace walkit
