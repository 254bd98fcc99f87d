// Giving a finished file its name without replacing another's.
#pragma once

#include <memory>
#include <string>

#include "archiver/directory_store.h"
#include "archiver/file_calls.h"

namespace walkit {

/// From the best to the one that every file system has.
enum class PlaceMethod : std::uint8_t {
  rename,  ///< renameat2 with RENAME_NOREPLACE
  link,    ///< a second name, then the first one removed; for NFS and CIFS
  claim,   ///< a plain rename by whoever holds the claim file; for what has no hard links either
};

/// Renames `from`, open as `fd`, to `to`, both in `directory`. Begins with `first` and goes on to the next
/// method where the file system refuses one. Kind::exists if there is a file `to`. A reply that got lost is
/// told from a refusal: if `to` is this very file, it is in place. Nothing is synced.
StoreResult<void> place_file(const OpenDirectory& directory, int fd, const std::string& from,
                             const std::string& to, PlaceMethod first);

/// A directory store that behaves as on a file system without the methods before `first`. For tests.
std::unique_ptr<Store> make_directory_store(std::string root, FileModes modes, PlaceMethod first);

}  // namespace walkit
