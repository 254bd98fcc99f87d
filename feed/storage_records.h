// Records about files as wholes: made, cut, and dropped with their database.
//
// PostgreSQL: catalog/storage_xlog.h, commands/dbcommands_xlog.h.
#pragma once

#include <optional>

#include "walreader/bytes.h"
#include "walreader/record.h"

namespace walkit {

inline constexpr std::uint8_t kStorageRmgrId = 2;
inline constexpr std::uint8_t kDatabaseRmgrId = 4;

/// RelFileLocator as records hold it: three OIDs.
RelFileLocator read_relation(Cursor& in);

struct FileTruncation {
  RelFileLocator relation;
  BlockNumber blocks = 0;  ///< that are left
};

/// The relation whose main fork the record makes; nullopt if it does not, or is malformed.
std::optional<RelFileLocator> created_file(const Record& record);
/// The relation whose main fork the record cuts; likewise.
std::optional<FileTruncation> file_truncation(const Record& record);

/// Directories of a database that go.
struct DroppedDatabase {
  Oid database = 0;
  Cursor tablespaces{ByteSpan{}};  ///< u32 each: of all of them, or of that which it was moved away from
};
/// nullopt if the record drops no database, or is malformed.
std::optional<DroppedDatabase> dropped_database(const Record& record);

}  // namespace walkit
