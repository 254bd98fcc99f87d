// Records of the storage manager: files of relations made and cut.
//
// PostgreSQL: catalog/storage_xlog.h.
#pragma once

#include <optional>

#include "walreader/record.h"

namespace walkit {

inline constexpr std::uint8_t kStorageRmgrId = 2;

struct FileTruncation {
  RelFileLocator relation;
  BlockNumber blocks = 0;  ///< that are left
};

/// The relation whose main fork the record makes; nullopt if it does not, or is malformed.
std::optional<RelFileLocator> created_file(const Record& record);
/// The relation whose main fork the record cuts; likewise.
std::optional<FileTruncation> file_truncation(const Record& record);

}  // namespace walkit
