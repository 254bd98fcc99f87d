// Why reading stopped, in numbers, and the same in xlogreader's words.
#pragma once

#include <string>

#include "walreader/record.h"
#include "walreader/types.h"
#include "walreader/version.h"

namespace walkit {

/// One for each message of access/transam/xlogreader.c.
enum class ReadFault : std::uint8_t {
  none,
  // of a page header
  magic,
  info_bits,
  segment_size,
  block_size,
  page_address,
  timeline_order,
  // of a record
  record_offset,
  contrecord_requested,
  record_length,
  contrecord_flag,
  contrecord_length,
  rmgr_id,
  prev_link,
  checksum,
  body,  ///< see ReadError::body
};

/// A fault and the numbers its message shows. A plain value.
struct ReadError {
  ReadFault fault = ReadFault::none;
  Lsn at{};     ///< the failing record or page
  Lsn other{};  ///< the address found, where one was expected to be `at` or the previous record
  std::uint32_t found = 0;
  std::int64_t expected = 0;
  BodyError body{};
  Lsn last_record{};  ///< the record before, zero if there is none
};

/// What the messages need to know beside the error.
struct ErrorContext {
  Major major;  ///< whose wording
  Geometry geometry;
  TimelineId timeline;  ///< of the file names in messages
};

/// The message, without file name or newline.
std::string error_text(const ReadError& error, const ErrorContext& context);

/// An LSN as PostgreSQL 13 to 18 print it.
std::string to_string(Lsn lsn);

}  // namespace walkit
