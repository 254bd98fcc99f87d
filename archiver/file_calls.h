// System calls on files, with the errors a store gives.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "archiver/store.h"
#include "segments/unique_fd.h"

namespace walkit {

StoreError::Kind kind_of_errno(int error);

/// could not ACTION "PATH": CAUSE. `action` is such as "write file".
std::unexpected<StoreError> call_failed(std::string_view action, std::string_view path, int error);

/// An open directory and what messages call it.
struct OpenDirectory {
  UniqueFd fd;
  std::string path;

  std::string path_of(std::string_view file) const;
};

/// An fsync that fails is final: the kernel may have dropped what it could not write, and say yes the next
/// time.
StoreResult<void> sync_file(int fd, std::string_view path);
/// As sync_file, but passes over file systems that cannot sync a directory.
StoreResult<void> sync_directory(const OpenDirectory& directory);

/// Gives a file or directory just made in `parent` this group, if any, and mode, whatever the umask was. What
/// the superuser made goes to the owner of `parent`, who could not use it otherwise. A directory that
/// inherited its group from its parent goes on to hand it down.
StoreResult<void> apply_mode(int fd, const OpenDirectory& parent, mode_t mode, std::optional<gid_t> group,
                             std::string_view path);

/// bad_name: there is something at `path` that is no object.
StoreError not_regular(std::string_view path);

/// Opens the regular file `name` for reading; links are not followed. bad_name if it is anything but a file.
StoreResult<UniqueFd> open_regular(const OpenDirectory& directory, const std::string& name,
                                   struct stat& status);

/// Makes a file and its name durable, whoever wrote it.
StoreResult<void> sync_existing(const OpenDirectory& directory, const std::string& name);

/// Whether `name` is a name of the file open as `fd`.
bool names_file(int directory, const std::string& name, int fd);

/// flock(), repeated when a signal interrupts it. Whether the lock was got.
bool lock_file(int fd, int operation);

std::int64_t age_seconds(const struct stat& status);

/// The name of this host, fit to be part of a file's name.
std::string host_name();

}  // namespace walkit
