#include "walreader/read_error.h"

#include <fmt/format.h>

#include "walreader/segment_name.h"

namespace walkit {
namespace {

// Where a page is, as messages of page headers end: 16 added the LSN and renamed log segments.
std::string page_place(const ReadError& error, const ErrorContext& context) {
  const std::string name = segment_name(context.timeline, context.geometry.segment_of(error.at),
                                        context.geometry.segment_size_bytes);
  const std::uint32_t offset = context.geometry.offset_in_segment(error.at);
  if (context.major < Major::pg16) return fmt::format("in log segment {}, offset {}", name, offset);
  return fmt::format("in WAL segment {}, LSN {}, offset {}", name, to_string(error.at), offset);
}

std::string body_text(const ReadError& error, const ErrorContext& context) {
  const BodyError& body = error.body;
  const bool old_image_flags = context.major < Major::pg15;
  const bool previous = format_of(context.major).body_errors_name_previous;
  const std::string at = to_string(previous ? error.last_record : error.at);
  switch (body.fault) {
    case BodyFault::none:
      return {};
    case BodyFault::out_of_order_block_id:
      return fmt::format("out-of-order block_id {} at {}", body.a, at);
    case BodyFault::invalid_block_id:
      return fmt::format("invalid block_id {} at {}", body.a, at);
    case BodyFault::data_flag_without_data:
      return fmt::format("BKPBLOCK_HAS_DATA set, but no data included at {}", at);
    case BodyFault::data_without_data_flag:
      return fmt::format("BKPBLOCK_HAS_DATA not set, but data length is {} at {}", body.a, at);
    case BodyFault::hole_fields_wrong:
      return fmt::format("BKPIMAGE_HAS_HOLE set, but hole offset {} length {} block image length {} at {}",
                         body.a, body.b, body.c, at);
    case BodyFault::hole_fields_without_flag:
      return fmt::format("BKPIMAGE_HAS_HOLE not set, but hole offset {} length {} at {}", body.a, body.b, at);
    case BodyFault::compressed_full_length:
      return fmt::format("{} set, but block image length {} at {}",
                         old_image_flags ? "BKPIMAGE_IS_COMPRESSED" : "BKPIMAGE_COMPRESSED", body.a, at);
    case BodyFault::plain_not_full_length:
      return fmt::format("neither BKPIMAGE_HAS_HOLE nor {} set, but block image length is {} at {}",
                         old_image_flags ? "BKPIMAGE_IS_COMPRESSED" : "BKPIMAGE_COMPRESSED", body.a, at);
    case BodyFault::same_rel_without_rel:
      return fmt::format("BKPBLOCK_SAME_REL set but no previous rel at {}", at);
    case BodyFault::invalid_length:
      return fmt::format("record with invalid length at {}", at);
  }
  return {};
}

std::string contrecord_length_text(const ReadError& error, Major major) {
  if (major == Major::pg13)
    return fmt::format("invalid contrecord length {} at {}", error.found, to_string(error.at));
  return fmt::format("invalid contrecord length {} (expected {}) at {}", error.found, error.expected,
                     to_string(error.at));
}

}  // namespace

std::string to_string(Lsn lsn) { return fmt::format("{:X}/{:X}", lsn.high(), lsn.low()); }

std::string error_text(const ReadError& error, const ErrorContext& context) {
  const std::string at = to_string(error.at);
  const bool since_16 = context.major >= Major::pg16;
  switch (error.fault) {
    case ReadFault::none:
      return {};
    case ReadFault::magic:
      return fmt::format("invalid magic number {:04X} {}", error.found, page_place(error, context));
    case ReadFault::info_bits:
      return fmt::format("invalid info bits {:04X} {}", error.found, page_place(error, context));
    case ReadFault::segment_size:
      return "WAL file is from different database system: incorrect segment size in page header";
    case ReadFault::block_size:
      return "WAL file is from different database system: incorrect XLOG_BLCKSZ in page header";
    case ReadFault::page_address:
      return fmt::format("unexpected pageaddr {} {}", to_string(error.other), page_place(error, context));
    case ReadFault::timeline_order:
      return fmt::format("out-of-sequence timeline ID {} (after {}) {}", error.found, error.expected,
                         page_place(error, context));
    case ReadFault::record_offset:
      if (!since_16) return fmt::format("invalid record offset at {}", at);
      return fmt::format("invalid record offset at {}: expected at least {}, got {}", at, error.expected,
                         error.found);
    case ReadFault::contrecord_requested:
      return fmt::format("contrecord is requested by {}", at);
    case ReadFault::record_length:
      return fmt::format("invalid record length at {}: {} {}, got {}", at,
                         since_16 ? "expected at least" : "wanted", error.expected, error.found);
    case ReadFault::contrecord_flag:
      return fmt::format("there is no contrecord flag at {}", at);
    case ReadFault::contrecord_length:
      return contrecord_length_text(error, context.major);
    case ReadFault::rmgr_id:
      return fmt::format("invalid resource manager ID {} at {}", error.found, at);
    case ReadFault::prev_link:
      return fmt::format("record with incorrect prev-link {} at {}", to_string(error.other), at);
    case ReadFault::checksum:
      return fmt::format("incorrect resource manager data checksum in record at {}", at);
    case ReadFault::body:
      return body_text(error, context);
  }
  return {};
}

}  // namespace walkit
