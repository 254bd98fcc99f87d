// How relations' files are found in hash tables.
#pragma once

#include "walreader/volume_table.h"

namespace walkit {

struct FileHash {
  std::size_t operator()(const RelFileLocator& file) const { return hash_key(file); }
};

}  // namespace walkit
