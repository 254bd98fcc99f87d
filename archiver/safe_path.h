// From a store's root to a directory below it, one component after the other and never through a link.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "archiver/directory_store.h"
#include "archiver/file_calls.h"

namespace walkit {

/// Kind::unreachable, or denied, unless the root is there: it is never made.
StoreResult<OpenDirectory> open_root(const std::string& root);

/// Opens `name` (a directory's, checked) below the root. absent if it is not there, bad_name where a
/// component is a link or a file.
StoreResult<OpenDirectory> open_directory(const std::string& root, std::string_view name);

/// As open_directory, making what is missing. An object put into the directory afterwards cannot be lost with
/// one of the directories above it.
StoreResult<OpenDirectory> make_directory(const std::string& root, std::string_view name,
                                          const FileModes& modes);

/// Opens the directory `component` of another.
StoreResult<OpenDirectory> open_subdirectory(const OpenDirectory& parent, std::string_view component);

struct DirectoryItem {
  std::string name;
  bool known_file = false;  ///< certainly a regular file; otherwise ask
};
/// What is in a directory, unordered, without "." and "..".
StoreResult<std::vector<DirectoryItem>> read_directory(const OpenDirectory& directory);

}  // namespace walkit
