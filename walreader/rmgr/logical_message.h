// What pg_logical_emit_message() wrote, for whoever hands it on rather than prints it.
#pragma once

#include <optional>

#include "walreader/record.h"

namespace walkit {

inline constexpr std::uint8_t kLogicalMessageRmgrId = 21;

struct LogicalMessage {
  Oid database = 0;
  bool transactional = false;
  ByteSpan prefix;   ///< without its NUL; borrowed from the record
  ByteSpan content;  ///< any bytes; borrowed from the record
};

/// nullopt if the record is no message or is malformed.
std::optional<LogicalMessage> logical_message(const Record& record);

}  // namespace walkit
