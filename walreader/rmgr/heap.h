// What TRUNCATE leaves in WAL at wal_level=logical, for whoever hands it on rather than prints it.
#pragma once

#include <optional>

#include "walreader/record.h"

namespace walkit {

inline constexpr std::uint8_t kHeapRmgrId = 10;

struct Truncation {
  Oid database = 0;
  bool cascade = false;
  bool restart_identity = false;
  ByteSpan relations;  ///< OIDs, u32 each; borrowed from the record
};

/// nullopt if the record is no TRUNCATE or is malformed.
std::optional<Truncation> truncation(const Record& record);

}  // namespace walkit
