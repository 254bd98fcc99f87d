#include "feed/io/data_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "feed/catalog_row.h"

namespace walkit {
namespace {

constexpr Oid kDefaultTablespace = 1663;
constexpr std::uint32_t kSegmentBlocks = 131072;  // RELSEG_SIZE: 1 GiB

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

}  // namespace

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

std::expected<DataFiles, std::string> DataFiles::open(std::string directory) {
  UniqueFd root(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid())
    return std::unexpected(
        fmt::format("could not open directory \"{}\": {}", directory, std::strerror(errno)));
  return DataFiles(std::move(directory), std::move(root));
}

std::unexpected<std::string> DataFiles::failed(std::string_view what, std::string_view path) const {
  return std::unexpected(
      fmt::format("could not {} \"{}/{}\": {}", what, directory_, path, std::strerror(errno)));
}

std::expected<std::optional<UniqueFd>, std::string> DataFiles::open_file(std::string_view path) const {
  UniqueFd fd = open_beneath(root_.get(), path, O_NONBLOCK);
  if (!fd.valid()) {
    if (errno == ENOENT) return std::nullopt;
    return failed("open file", path);
  }
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return failed("stat file", path);
  if (!S_ISREG(status.st_mode))
    return std::unexpected(fmt::format("\"{}/{}\" is not a regular file", directory_, path));
  return fd;
}

std::expected<std::optional<std::vector<std::byte>>, std::string> DataFiles::read(std::string_view path,
                                                                                  std::size_t limit) const {
  const auto fd = open_file(path);
  if (!fd) return std::unexpected(fd.error());
  if (!*fd) return std::nullopt;
  std::vector<std::byte> bytes(limit);
  const std::ptrdiff_t got = read_fully((*fd)->get(), bytes, 0);
  if (got < 0) return failed("read file", path);
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

std::expected<bool, std::string> DataFiles::read_at(std::string_view path, std::uint64_t offset,
                                                    std::span<std::byte> out) const {
  const auto fd = open_file(path);
  if (!fd) return std::unexpected(fd.error());
  if (!*fd) return false;
  const std::ptrdiff_t got = read_fully((*fd)->get(), out, offset);
  if (got < 0) return failed("read file", path);
  return static_cast<std::size_t>(got) == out.size();
}

std::expected<std::vector<std::string>, std::string> DataFiles::list(std::string_view path) const {
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

std::string RelationFiles::database_directory(Oid tablespace, Oid database) const {
  if (tablespace == kGlobalTablespace) return "global";
  if (tablespace == kDefaultTablespace) return fmt::format("base/{}", database);
  return fmt::format("pg_tblspc/{}/{}/{}", tablespace, version_directory_, database);
}

std::string RelationFiles::path_of(const RelFileLocator& relation, std::uint32_t segment) const {
  std::string path =
      fmt::format("{}/{}", database_directory(relation.tablespace, relation.database), relation.relation);
  if (segment > 0) path += fmt::format(".{}", segment);
  return path;
}

std::expected<const RelationFiles::OpenFile*, std::string> RelationFiles::find(const RelFileLocator& relation,
                                                                               std::uint32_t segment) {
  ++uses_;
  const auto known = std::ranges::find_if(
      open_, [&](const OpenFile& file) { return file.relation == relation && file.segment == segment; });
  if (known != open_.end()) {
    known->last_use = uses_;
    return &*known;
  }
  auto fd = files_.open_file(path_of(relation, segment));
  if (!fd) return std::unexpected(fd.error());
  OpenFile file{relation, segment, uses_, *fd ? std::move(**fd) : UniqueFd()};
  if (open_.size() < kOpenFiles) return &open_.emplace_back(std::move(file));
  OpenFile& oldest = *std::ranges::min_element(open_, {}, &OpenFile::last_use);
  oldest = std::move(file);
  return &oldest;
}

std::expected<bool, std::string> RelationFiles::read(const RelFileLocator& relation, BlockNumber block,
                                                     PageBytes out) {
  const auto file = find(relation, block / kSegmentBlocks);
  if (!file) return std::unexpected(file.error());
  if (!(*file)->fd.valid()) return false;
  const std::uint64_t offset = std::uint64_t{block % kSegmentBlocks} * kRelationBlockSize;
  const std::ptrdiff_t got = read_fully((*file)->fd.get(), out, offset);
  if (got < 0)
    return std::unexpected(fmt::format("could not read block {} of file \"{}/{}\": {}", block,
                                       files_.directory(), path_of(relation, block / kSegmentBlocks),
                                       std::strerror(errno)));
  return static_cast<std::size_t>(got) == out.size();
}

}  // namespace walkit
