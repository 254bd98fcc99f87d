// What lies below a directory of a store. Links, devices and names that no store gives are passed over, and
// so is what vanishes meanwhile.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <string>
#include <vector>

#include "archiver/file_calls.h"

namespace walkit {

struct FoundFile {
  int directory;             ///< what it lies in, open during the visit
  const std::string& entry;  ///< its name there
  const std::string& name;   ///< its whole name, an object's or a leftover's
  const struct stat& status;
};

/// Visits the objects and leftovers below `directory`, whose name is `name`, in no order, until `visit`
/// returns false; returns whether it never did.
using FileVisitor = std::function<bool(const FoundFile& file)>;
StoreResult<bool> walk_files(const OpenDirectory& directory, const std::string& name,
                             const FileVisitor& visit);

/// The same, of those directly in `directory`.
StoreResult<bool> visit_files(const OpenDirectory& directory, const std::string& name,
                              const FileVisitor& visit);

/// The directories in `directory` that have objects below them, unordered.
StoreResult<std::vector<std::string>> directories_with_objects(const OpenDirectory& directory,
                                                               const std::string& name);

}  // namespace walkit
