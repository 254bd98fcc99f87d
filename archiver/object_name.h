// Which names a store takes. Shared by all stores, so that what one accepts no other refuses.
#pragma once

#include <string>
#include <string_view>

#include "archiver/store.h"

namespace walkit {

/// Components separated by single slashes, each of 1 to 128 bytes, at most 16 of them; none begins with a dot
/// (those names are the store's own) or holds a backslash (a separator to some servers) or a control
/// character.
bool is_object_name(std::string_view name);

/// Names of what writers leave behind when they die; `component` is the last of a name.
bool is_leftover_component(std::string_view component);

/// A name taken apart: DIRECTORY/LAST, the directory being empty for what lies in the root.
struct SplitName {
  std::string directory;
  std::string last;
};
SplitName split_name(std::string_view name);
/// `directory` and `component` with a slash between, if there is a directory.
std::string join_name(std::string_view directory, std::string_view component);

/// Kind::bad_name unless `name` is one of an object; of an object or a leftover; of a directory, the root's
/// being empty.
StoreResult<void> check_object_name(std::string_view name);
StoreResult<void> check_removable_name(std::string_view name);
StoreResult<void> check_directory_name(std::string_view name);

}  // namespace walkit
