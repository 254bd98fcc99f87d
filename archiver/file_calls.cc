#include "archiver/file_calls.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <system_error>

namespace walkit {
namespace {

constexpr uid_t kUnchanged = static_cast<uid_t>(-1);

std::unexpected<StoreError> sync_failed(std::string_view action, std::string_view path) {
  auto failed = call_failed(action, path, errno);
  failed.error().final = true;
  return failed;
}

}  // namespace

StoreError::Kind kind_of_errno(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return StoreError::Kind::no_space;
    case EACCES:
    case EPERM:
    case EROFS:
      return StoreError::Kind::denied;
    case ENOENT:
      return StoreError::Kind::absent;
    case EEXIST:
      return StoreError::Kind::exists;
    case ENOTDIR:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
      return StoreError::Kind::bad_name;
    default:
      return StoreError::Kind::io;
  }
}

std::unexpected<StoreError> call_failed(std::string_view action, std::string_view path, int error) {
  return std::unexpected(StoreError{
      kind_of_errno(error),
      fmt::format("could not {} \"{}\": {}", action, path, std::generic_category().message(error))});
}

std::string OpenDirectory::path_of(std::string_view file) const { return fmt::format("{}/{}", path, file); }

StoreResult<void> sync_file(int fd, std::string_view path) {
  if (::fsync(fd) != 0) return sync_failed("fsync file", path);
  return {};
}

StoreResult<void> sync_directory(const OpenDirectory& directory) {
  if (::fsync(directory.fd.get()) != 0 && errno != EINVAL)
    return sync_failed("fsync directory", directory.path);
  return {};
}

StoreResult<void> apply_mode(int fd, const OpenDirectory& parent, mode_t mode, std::optional<gid_t> group,
                             std::string_view path) {
  struct stat status;
  uid_t owner = kUnchanged;
  if (::geteuid() == 0) {
    if (::fstat(parent.fd.get(), &status) != 0) return call_failed("stat", parent.path, errno);
    owner = status.st_uid;
    if (!group) group = status.st_gid;
  }
  if (group && ::fchown(fd, owner, *group) != 0) return call_failed("set owner and group of", path, errno);
  if (::fstat(fd, &status) != 0) return call_failed("stat", path, errno);
  const mode_t handed_down = S_ISDIR(status.st_mode) ? status.st_mode & S_ISGID : 0;
  if (::fchmod(fd, mode | handed_down) != 0) return call_failed("set permissions of", path, errno);
  return {};
}

StoreError not_regular(std::string_view path) {
  return {StoreError::Kind::bad_name, fmt::format("\"{}\" is not a regular file", path)};
}

StoreResult<UniqueFd> open_regular(const OpenDirectory& directory, const std::string& name,
                                   struct stat& status) {
  // Without O_NONBLOCK a named pipe in the tree would hold the call for ever.
  UniqueFd file(::openat(directory.fd.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid() && errno == ELOOP) return std::unexpected(not_regular(directory.path_of(name)));
  if (!file.valid()) return call_failed("open file", directory.path_of(name), errno);
  if (::fstat(file.get(), &status) != 0) return call_failed("stat file", directory.path_of(name), errno);
  if (!S_ISREG(status.st_mode)) return std::unexpected(not_regular(directory.path_of(name)));
  return file;
}

StoreResult<void> sync_existing(const OpenDirectory& directory, const std::string& name) {
  struct stat status;
  const auto file = open_regular(directory, name, status);
  if (!file) return std::unexpected(file.error());
  if (auto synced = sync_file(file->get(), directory.path_of(name)); !synced) return synced;
  return sync_directory(directory);
}

bool names_file(int directory, const std::string& name, int fd) {
  struct stat named, opened;
  return ::fstatat(directory, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 && ::fstat(fd, &opened) == 0 &&
         named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

bool lock_file(int fd, int operation) {
  int result;
  do {
    result = ::flock(fd, operation);
  } while (result != 0 && errno == EINTR);
  return result == 0;
}

std::int64_t age_seconds(const struct stat& status) {
  return std::max<std::int64_t>(0, std::time(nullptr) - status.st_mtim.tv_sec);
}

std::string host_name() {
  std::array<char, 65> buffer{};
  if (::gethostname(buffer.data(), buffer.size() - 1) != 0) return "unknown";
  std::string name(buffer.data());
  const auto unfit = [](char c) { return c <= ' ' || c > '~' || c == '/' || c == '\\'; };
  std::ranges::replace_if(name, unfit, '_');
  return name.empty() ? "unknown" : name;
}

}  // namespace walkit
