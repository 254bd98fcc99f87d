// The record line of pg_waldump (pg_waldump.c, XLogDumpDisplayRecord) and its block references (xlogdesc.c,
// XLogRecGetBlockRefInfo).
#include <algorithm>
#include <cstring>

#include "walreader/rmgr/rmgr.h"
#include "walreader/text_sink.h"

namespace walkit {
namespace {

constexpr char kLowerHexDigits[] = "0123456789abcdef";

// Upper bounds of what the put_ functions write.
constexpr std::size_t kMaxPrefix = 192;
constexpr std::size_t kMaxBlockIdentity = 96;

char* put_rmgr_name(char* to, std::string_view name) {
  constexpr std::size_t kWidth = 11;
  std::memset(to, ' ', kWidth);
  text::put(to, name);
  return to + std::max(name.size(), kWidth);
}

char* put_record_name(char* to, const Record& record) {
  const std::string_view name = record_name(record.major(), record.rmid(), record.info());
  if (!name.empty()) return text::put(to, name);
  to = text::put(to, "UNKNOWN (");
  if (record.rmgr_info() != 0) to = text::put(to, kLowerHexDigits[record.rmgr_info() >> 4]);
  return text::put(to, "0)");
}

// Everything before the description.
char* put_prefix(char* to, const Record& record) {
  to = text::put(to, "rmgr: ");
  to = put_rmgr_name(to, rmgr_name(record.rmid()));
  to = text::put(to, " len (rec/tot): ");
  to = text::put_padded<6>(to, record.length_without_images());
  to = text::put(to, '/');
  to = text::put_padded<6>(to, record.total_length());
  to = text::put(to, ", tx: ");
  to = text::put_padded<10>(to, record.xid());
  to = text::put(to, ", lsn: ");
  to = text::put_padded_lsn(to, record.lsn());
  to = text::put(to, ", prev ");
  to = text::put_padded_lsn(to, record.prev());
  to = text::put(to, ", desc: ");
  to = put_record_name(to, record);
  return text::put(to, ' ');
}

char* put_block_relation(char* to, const BlockRef& block) {
  to = text::put(to, "blkref #");
  to = text::put_uint(to, block.id);
  to = text::put(to, ": rel ");
  return text::put_relation(to, block.relation);
}

char* put_block_number(char* to, const BlockRef& block, bool with_fork) {
  if (with_fork) {
    to = text::put(to, " fork ");
    to = text::put(to, fork_name(block.fork));
  }
  to = text::put(to, " blk ");
  return text::put_uint(to, block.block);
}

void append_block(TextBuffer& out, std::string_view lead, const BlockRef& block, bool with_fork,
                  RelationNames* names) {
  out.append_with(kMaxBlockIdentity,
                  [&](char* to) { return put_block_relation(text::put(to, lead), block); });
  append_relation_name(out, block.relation, names);
  out.append_with(kMaxBlockIdentity, [&](char* to) { return put_block_number(to, block, with_fork); });
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

void append_blocks_in_full(TextBuffer& out, const Record& record, RelationNames* names) {
  out.append('\n');
  for (const BlockRef& block : record.blocks()) {
    append_block(out, "\t", block, true, names);
    if (block.has_image) append_image_details(out, block.image, record.major());
    out.append('\n');
  }
}

void append_blocks_in_brief(TextBuffer& out, const Record& record, RelationNames* names) {
  for (const BlockRef& block : record.blocks()) {
    append_block(out, ", ", block, block.fork != Fork::main, names);
    if (block.has_image) out.append(block.image.apply ? " FPW" : " FPW for WAL verification");
  }
  out.append('\n');
}

}  // namespace

void append_record(TextBuffer& out, const Record& record, BlockDetails details, LocalTime& zone,
                   RelationNames* names) {
  out.append_with(kMaxPrefix, [&](char* to) { return put_prefix(to, record); });

  TextSink sink(out, zone, record.format(), names);
  if (!describe(record, sink)) out.append("(malformed)");

  if (details == BlockDetails::full)
    append_blocks_in_full(out, record, names);
  else
    append_blocks_in_brief(out, record, names);
}

}  // namespace walkit
