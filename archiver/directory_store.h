// A store in a directory of the file system.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

#include "archiver/store.h"

namespace walkit {

/// Who may read what is created, whatever the umask. What the superuser creates belongs to the owner of the
/// directory it is in, and to its group unless there is one here.
struct FileModes {
  mode_t file = 0640;
  mode_t directory = 0750;
  std::optional<gid_t> group;
};

/// `root` must exist: a store is never created, since an empty mount point must not look like one. Objects
/// are written to a temporary file in their directory (its name begins with a dot and holds host, pid and a
/// random part; its writer holds a lock on it), synced, renamed without replacing, and their directory
/// synced. Where the file system refuses RENAME_NOREPLACE, by link and unlink, else under an exclusive claim
/// file. Links are not followed below the root.
std::unique_ptr<Store> make_directory_store(std::string root, FileModes modes = {});

}  // namespace walkit
