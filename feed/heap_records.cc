#include "feed/heap_records.h"

namespace walkit {

LoggedTupleHeader read_tuple_header(Cursor& in) {
  LoggedTupleHeader header;
  header.infomask2 = in.u16();
  header.infomask = in.u16();
  header.hoff = in.u8();
  return header;
}

std::optional<InsertRecord> read_insert(const Record& record) {
  Cursor in(record.main_data());
  InsertRecord insert;
  insert.offset = in.u16();
  insert.flags = in.u8();
  if (!in.ok()) return std::nullopt;
  return insert;
}

std::optional<MultiInsertRecord> read_multi_insert(const Record& record) {
  Cursor in(record.main_data());
  MultiInsertRecord insert;
  insert.flags = in.u8();
  in.skip(1);
  insert.tuples = in.u16();
  if (!(record.info() & kInitPage)) insert.offsets = Cursor(in.bytes(insert.tuples * sizeof(std::uint16_t)));
  if (!in.ok()) return std::nullopt;
  return insert;
}

std::optional<XmaxRecord> read_xmax(const Record& record) {
  Cursor in(record.main_data());
  XmaxRecord change;
  change.xmax = in.u32();
  change.offset = in.u16();
  change.infobits = in.u8();
  change.flags = in.u8();
  if (!in.ok()) return std::nullopt;
  change.old_tuple = in.rest();
  return change;
}

std::optional<UpdateRecord> read_update(const Record& record) {
  Cursor in(record.main_data());
  UpdateRecord update;
  update.old_xmax = in.u32();
  update.old_offset = in.u16();
  update.old_infobits = in.u8();
  update.flags = in.u8();
  update.new_xmax = in.u32();
  update.new_offset = in.u16();
  if (!in.ok()) return std::nullopt;
  update.old_tuple = in.rest();
  return update;
}

std::optional<std::uint16_t> read_offset(const Record& record) {
  Cursor in(record.main_data());
  const std::uint16_t offset = in.u16();
  if (!in.ok()) return std::nullopt;
  return offset;
}

}  // namespace walkit
