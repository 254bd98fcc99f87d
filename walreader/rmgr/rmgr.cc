// From a record's resource manager and info byte to its row, and from a table of fields to output.
//
// pg_waldump does the same in two steps: rm_identify for the name, rm_desc for the text
// (bin/pg_waldump/rmgrdesc.c, access/rmgrlist.h).
#include "walreader/rmgr/rmgr.h"

#include <array>

#include "walreader/rmgr/common.h"
#include "walreader/rmgr/tables.h"

namespace walkit {
namespace {

using namespace rmgr;

constexpr std::array<const Rmgr*, kBuiltinRmgrCount> kBuiltinRmgrs{
    &kXlogRmgr,       &kTransactionRmgr,    &kStorageRmgr, &kClogRmgr,     &kDatabaseRmgr,
    &kTablespaceRmgr, &kMultiXactRmgr,      &kRelMapRmgr,  &kStandbyRmgr,  &kHeap2Rmgr,
    &kHeapRmgr,       &kBtreeRmgr,          &kHashRmgr,    &kGinRmgr,      &kGistRmgr,
    &kSequenceRmgr,   &kSpGistRmgr,         &kBrinRmgr,    &kCommitTsRmgr, &kReplicationOriginRmgr,
    &kGenericRmgr,    &kLogicalMessageRmgr,
};

/// Only these bits of xl_info can tell record types apart, so they index the folded table.
constexpr int kInfoNibbles = 16;

/// The rows that an info byte leads to in one major; nullptr where there is none.
struct Rows {
  const RecordType* named = nullptr;
  const RecordType* described = nullptr;
};

const RecordType* find_type(const Rmgr& rmgr, Major major, std::uint8_t opcode) {
  for (const RecordType& type : rmgr.types)
    if (type.opcode == opcode && type.since <= major && major <= type.until) return &type;
  return nullptr;
}

/// All tables folded into one that is indexed by major, resource manager and the high nibble of xl_info.
class Dispatch {
 public:
  Dispatch() {
    for (std::size_t major = 0; major < rows_.size(); ++major)
      for (std::size_t rmid = 0; rmid < kBuiltinRmgrs.size(); ++rmid)
        for (std::size_t nibble = 0; nibble < kInfoNibbles; ++nibble)
          rows_[major][rmid][nibble] = fold(*kBuiltinRmgrs[rmid], major, nibble);
  }

  const Rows& rows(Major major, std::uint8_t rmid, std::uint8_t info) const {
    return rows_[static_cast<std::size_t>(index_of(major))][rmid][info >> 4];
  }

 private:
  static Rows fold(const Rmgr& rmgr, std::size_t major_index, std::size_t nibble) {
    const Major major{static_cast<std::uint8_t>(major_index + static_cast<std::size_t>(kOldestMajor))};
    const auto opcode = [&](std::uint8_t mask) { return static_cast<std::uint8_t>(nibble << 4 & mask); };
    return {find_type(rmgr, major, opcode(rmgr.name_mask)),
            find_type(rmgr, major, opcode(rmgr.describe_mask))};
  }

  std::array<std::array<std::array<Rows, kInfoNibbles>, kBuiltinRmgrCount>, kMajorCount> rows_;
};

const Dispatch& dispatch() {
  static const Dispatch instance;
  return instance;
}

using CustomName = std::array<char, sizeof("custom###") - 1>;

constexpr auto kCustomNames = [] {
  std::array<CustomName, 256 - kFirstCustomRmgr> names{};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::size_t id = i + kFirstCustomRmgr;
    const auto digit = [](std::size_t value) { return static_cast<char>('0' + value % 10); };
    names[i] = {'c', 'u', 's', 't', 'o', 'm', digit(id / 100), digit(id / 10), digit(id)};
  }
  return names;
}();

constexpr std::size_t size_of(FieldType type) {
  switch (type) {
    using enum FieldType;
    case u8:
    case i8:
    case hex8:
    case yes_no:
    case true_false:
    case on_off:
    case one_zero:
    case flag:
      return 1;
    case u16:
    case i16:
      return 2;
    case u32:
    case i32:
    case wal_level:
      return 4;
    case u64:
    case i64:
    case real:
    case lsn:
    case time:
    case full_xid:
      return 8;
    case relation:
      return 12;
  }
  return 0;
}

/// Writes one field; `bytes` are exactly those of its type.
void write_field(const Field& field, ByteSpan bytes, FieldSink& sink) {
  const auto [lead, key, type, offset] = field;
  const std::byte* const p = bytes.data();
  const auto boolean = [&](std::string_view yes, std::string_view no) {
    sink.boolean(lead, key, *p != std::byte{0}, yes, no);
  };
  switch (type) {
    // clang-format off
    using enum FieldType;
    case u8:         return sink.uint(lead, key, load_le<std::uint8_t>(p));
    case u16:        return sink.uint(lead, key, load_le<std::uint16_t>(p));
    case u32:        return sink.uint(lead, key, load_le<std::uint32_t>(p));
    case u64:        return sink.uint(lead, key, load_le<std::uint64_t>(p));
    case i8:         return sink.sint(lead, key, load_le<std::int8_t>(p));
    case i16:        return sink.sint(lead, key, load_le<std::int16_t>(p));
    case i32:        return sink.sint(lead, key, load_le<std::int32_t>(p));
    case i64:        return sink.sint(lead, key, load_le<std::int64_t>(p));
    case hex8:       return sink.hex(lead, key, load_le<std::uint8_t>(p), 2);
    case yes_no:     return boolean("T", "F");
    case true_false: return boolean("true", "false");
    case on_off:     return boolean("on", "off");
    case one_zero:   return boolean("1", "0");
    case flag:       return sink.boolean("", key, *p != std::byte{0}, lead, "");
    case real:       return sink.real(lead, key, std::bit_cast<double>(load_le<std::uint64_t>(p)));
    case lsn:        return sink.lsn(lead, key, Lsn{load_le<std::uint64_t>(p)});
    case time:       return sink.time(lead, key, PgTime{load_le<std::int64_t>(p)});
    case full_xid:   return sink.full_xid(lead, key, load_le<std::uint64_t>(p));
    case wal_level:  return sink.word(lead, key, wal_level_name(load_le<std::int32_t>(p)));
    // clang-format on
    case relation: {
      Cursor in(bytes);
      return sink.relation(lead, key, read_relation(in));
    }
  }
}

}  // namespace

bool Describe::operator()(const Record& record, FieldSink& sink) const {
  if (function_ != nullptr) return function_(record, sink);
  if (fields_.empty()) return true;
  const ByteSpan data = record.main_data();
  for (const Field& field : fields_) {
    const std::size_t size = size_of(field.type);
    if (data.size() < field.offset + size) return false;
    write_field(field, data.subspan(field.offset, size), sink);
  }
  return true;
}

std::span<const Rmgr* const> builtin_rmgrs() { return kBuiltinRmgrs; }

std::string_view rmgr_name(std::uint8_t rmid) {
  if (rmid < kBuiltinRmgrCount) return kBuiltinRmgrs[rmid]->name;
  if (rmid < kFirstCustomRmgr) return "???";
  const CustomName& name = kCustomNames[rmid - std::size_t{kFirstCustomRmgr}];
  return {name.data(), name.size()};
}

std::string_view record_name(Major major, std::uint8_t rmid, std::uint8_t info) {
  if (rmid >= kBuiltinRmgrCount) return {};
  // Some resource managers compare the whole byte; no opcode has a low bit, so one that is set matches
  // nothing.
  if ((info & kBuiltinRmgrs[rmid]->name_mask & ~kRmgrInfoMask) != 0) return {};
  const RecordType* const type = dispatch().rows(major, rmid, info).named;
  return type == nullptr ? std::string_view() : type->name;
}

bool describe(const Record& record, FieldSink& sink) {
  const std::uint8_t rmid = record.rmid();
  if (rmid >= kFirstCustomRmgr) {  // only the extension that wrote it could say more
    sink.uint("rmid: ", "rmid", rmid);
    return true;
  }
  if (rmid >= kBuiltinRmgrCount) return true;
  const RecordType* const type = dispatch().rows(record.major(), rmid, record.info()).described;
  return type == nullptr || type->describe(record, sink);
}

}  // namespace walkit
