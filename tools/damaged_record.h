// What is left of a record whose checksum is wrong.
#pragma once

#include <vector>

#include "segments/wal_source.h"
#include "walreader/record.h"

namespace walkit {

/// The blocks that the record at `at` refers to by its headers, which may be damaged themselves; none if they
/// contradict each other or cannot be read.
std::vector<BlockRef> blocks_of_damaged_record(WalSource& source, const WalFormat& format, Lsn at);

}  // namespace walkit
