// What records of the log about itself say, for whoever follows checkpoints rather than prints them.
#pragma once

#include <optional>

#include "walreader/record.h"

namespace walkit {

inline constexpr std::uint8_t kXlogRmgrId = 0;

/// A checkpoint: changes before `redo` are in the data files.
struct Checkpoint {
  Lsn lsn;  ///< of its record
  Lsn redo;
  bool shutdown = false;
  Xid next_xid = 0;               ///< no transaction had it when the checkpoint began
  std::int64_t unix_seconds = 0;  ///< when it began; for a shutdown checkpoint, that is when it was written
  Xid next_multixact = 0;         ///< as next_xid
  Xid oldest_active_xid = 0;      ///< that was running when it began; 0 at a shutdown, when none is
};

/// nullopt if the record is no checkpoint or is malformed.
std::optional<Checkpoint> read_checkpoint(const Record& record);

/// Whether the record does nothing but carry full-page images: FPI, and FPI_FOR_HINT for hint bits.
bool is_image_record(const Record& record);
bool is_hint_image_record(const Record& record);

/// Whether the record says that recovery ended here, at a promotion.
bool is_end_of_recovery(const Record& record);

/// Where the base backup began whose end the record marks; nullopt if it is no BACKUP_END or is malformed.
std::optional<Lsn> ended_backup_start(const Record& record);

/// Whether the record leaves the rest of its segment unused.
bool is_segment_switch(const Record& record);

}  // namespace walkit
