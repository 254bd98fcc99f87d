// Pages as they were when reading of WAL began.
#pragma once

#include <expected>
#include <string>

#include "feed/heap_page.h"

namespace walkit {

/// A data directory or base backup, for pages whose first change within the WAL that is read brings no image:
/// because reading began between two checkpoints, or full_page_writes is off. It must not be older than the
/// start of that WAL.
class BasePages {
 public:
  virtual ~BasePages() = default;
  /// The block of the relation's main fork; false if there is none. Errors are one line.
  virtual std::expected<bool, std::string> read(const RelFileLocator& relation, BlockNumber block,
                                                PageBytes out) = 0;
  /// Whether a block that was read is as the server wrote it, as far as a checksum can tell.
  virtual bool intact(PageBytes, BlockNumber) const { return true; }
};

}  // namespace walkit
