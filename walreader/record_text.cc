// The record line of pg_waldump (pg_waldump.c, XLogDumpDisplayRecord) and its block references (xlogdesc.c,
// XLogRecGetBlockRefInfo).
#include "walreader/rmgr/rmgr.h"
#include "walreader/text_sink.h"

namespace walkit {
namespace {

constexpr std::size_t kRmgrNameWidth = 11;
constexpr char kLowerHexDigits[] = "0123456789abcdef";

void append_rmgr_name(TextBuffer& out, std::string_view name) {
  constexpr std::string_view kSpaces = "           ";
  static_assert(kSpaces.size() == kRmgrNameWidth);
  out.append(name);
  if (name.size() < kRmgrNameWidth) out.append(kSpaces.substr(name.size()));
}

void append_record_name(TextBuffer& out, const Record& record) {
  const std::string_view name = record_name(record.major(), record.rmid(), record.info());
  if (!name.empty()) {
    out.append(name);
    return;
  }
  out.append("UNKNOWN (");
  if (record.rmgr_info() != 0) out.append(kLowerHexDigits[record.rmgr_info() >> 4]);
  out.append("0)");
}

void append_block_identity(TextBuffer& out, const BlockRef& block, bool with_fork) {
  out.append("blkref #");
  out.append_uint(block.id);
  out.append(": rel ");
  out.append_uint(block.relation.tablespace);
  out.append('/');
  out.append_uint(block.relation.database);
  out.append('/');
  out.append_uint(block.relation.relation);
  if (with_fork) {
    out.append(" fork ");
    out.append(fork_name(block.fork));
  }
  out.append(" blk ");
  out.append_uint(block.block);
}

void append_image_details(TextBuffer& out, const ImageRef& image, Major major) {
  out.append(image.apply ? " (FPW); hole: offset: " : " (FPW for WAL verification); hole: offset: ");
  out.append_uint(image.hole_offset);
  out.append(", length: ");
  out.append_uint(image.hole_length);
  if (image.compression == Compression::none) return;
  out.append(", compression saved: ");
  // %u of a difference that a contradictory header can make negative
  out.append_uint(static_cast<std::uint32_t>(kRelationBlockSize - image.hole_length - image.stored_length));
  if (major < Major::pg15) return;
  out.append(", method: ");
  out.append(compression_name(image.compression));
}

void append_blocks_in_full(TextBuffer& out, const Record& record) {
  out.append('\n');
  for (const BlockRef& block : record.blocks()) {
    out.append('\t');
    append_block_identity(out, block, true);
    if (block.has_image) append_image_details(out, block.image, record.major());
    out.append('\n');
  }
}

void append_blocks_in_brief(TextBuffer& out, const Record& record) {
  for (const BlockRef& block : record.blocks()) {
    out.append(", ");
    append_block_identity(out, block, block.fork != Fork::main);
    if (block.has_image) out.append(block.image.apply ? " FPW" : " FPW for WAL verification");
  }
  out.append('\n');
}

}  // namespace

void append_record(TextBuffer& out, const Record& record, BlockDetails details, LocalTime& zone) {
  out.append("rmgr: ");
  append_rmgr_name(out, rmgr_name(record.rmid()));
  out.append(" len (rec/tot): ");
  out.append_padded(record.length_without_images(), 6);
  out.append('/');
  out.append_padded(record.total_length(), 6);
  out.append(", tx: ");
  out.append_padded(record.xid(), 10);
  out.append(", lsn: ");
  out.append_padded_lsn(record.lsn());
  out.append(", prev ");
  out.append_padded_lsn(record.prev());
  out.append(", desc: ");
  append_record_name(out, record);
  out.append(' ');

  TextSink sink(out, zone, record.format());
  if (!describe(record, sink)) out.append("(malformed)");

  if (details == BlockDetails::full)
    append_blocks_in_full(out, record);
  else
    append_blocks_in_brief(out, record);
}

}  // namespace walkit
