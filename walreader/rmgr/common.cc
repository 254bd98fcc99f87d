#include "walreader/rmgr/common.h"

#include <array>

namespace walkit::rmgr {
namespace {

/// storage/sinval.h: a message's first byte is a catalog cache's number or one of these.
struct InvalidationKind {
  std::int8_t id;
  Major since;
  std::string_view name;
  std::string_view lead;  ///< before its oid; empty: it has none
  std::string_view key;
  std::uint8_t offset;  ///< of the oid
};
constexpr InvalidationKind kInvalidations[] = {
    {-1, Major::pg13, "catalog", " ", "catalog", 8},
    {-2, Major::pg13, "relcache", " ", "relation", 8},
    {-3, Major::pg13, "smgr", "", "", 0},
    {-4, Major::pg13, "relmap", " db ", "database", 4},
    {-5, Major::pg13, "snapshot", " ", "relation", 8},
    {-6, Major::pg18, "relsync", " ", "relation", 8},
};
constexpr std::size_t kInvalidationSize = 16;

const InvalidationKind* find_invalidation(std::int8_t id, Major major) {
  for (const InvalidationKind& kind : kInvalidations)
    if (kind.id == id && kind.since <= major) return &kind;
  return nullptr;
}

/// `message` holds kInvalidationSize bytes.
void invalidation(FieldSink& sink, ByteSpan message, Major major) {
  const auto id = load_le<std::int8_t>(message.data());
  sink.begin_object(" ", "");
  if (id >= 0) {
    sink.word("", "type", "catcache");
    sink.sint(" ", "id", id);
  } else if (const InvalidationKind* kind = find_invalidation(id, major)) {
    sink.word("", "type", kind->name);
    if (kind->offset != 0)
      sink.uint(kind->lead, kind->key, load_le<std::uint32_t>(message.data() + kind->offset));
  } else {
    sink.word("", "type", "unrecognized");
    sink.sint(" id ", "id", id);
  }
  sink.end_object("");
}

/// access/heapam_xlog.h, XLHL_*.
constexpr BitName kInfobits[] = {
    {0x01, "IS_MULTI"},    {0x02, "LOCK_ONLY"},    {0x04, "EXCL_LOCK"},
    {0x08, "KEYSHR_LOCK"}, {0x10, "KEYS_UPDATED"},
};

}  // namespace

RelFileLocator read_relation(Cursor& in) {
  RelFileLocator relation;
  relation.tablespace = in.u32();
  relation.database = in.u32();
  relation.relation = in.u32();
  return relation;
}

BlockNumber read_block_id(Cursor& in) {
  const BlockNumber high = in.u16();
  return high << 16 | in.u16();
}

std::optional<Cursor> block_data(const Record& record, int id) {
  const BlockRef* block = record.block(id);
  if (block == nullptr || !block->has_data) return std::nullopt;
  return Cursor(record.block_data(*block));
}

std::string_view wal_level_name(std::int32_t level) {
  constexpr std::array<std::string_view, 3> kNames = {"minimal", "replica", "logical"};
  const auto index = static_cast<std::uint32_t>(level);
  return index < kNames.size() ? kNames[index] : "?";
}

void tuple_id(FieldSink& sink, std::string_view lead, std::string_view key, Cursor& in) {
  const BlockNumber block = read_block_id(in);
  const std::uint16_t offset = in.u16();
  if (!in.ok()) return;
  sink.begin_object(lead, key);
  sink.uint("", "block", block);
  sink.uint("/", "offset", offset);
  sink.end_object("");
}

void offset_array(FieldSink& sink, std::string_view lead, std::string_view key, Cursor& in,
                  std::size_t count) {
  Cursor items(in.bytes(count * sizeof(std::uint16_t)));
  if (!in.ok()) return;
  sink.text(lead);
  sink.begin_array(" [", key);
  for (std::size_t i = 0; i < count; ++i) sink.uint(comma(i == 0), "", items.u16());
  sink.end_array("]");
}

bool invalidations(FieldSink& sink, Cursor& in, std::int64_t count, Major major, Oid database, Oid tablespace,
                   bool init_file) {
  if (count <= 0) return true;
  if (static_cast<std::uint64_t>(count) > in.remaining() / kInvalidationSize) return false;
  if (init_file) {
    sink.begin_object("; relcache init file inval", "relcache_init_file_inval");
    sink.uint(" dbid ", "database", database);
    sink.uint(" tsid ", "tablespace", tablespace);
    sink.end_object("");
  }
  sink.begin_array("; inval msgs:", "invalidations");
  for (; count > 0; --count) invalidation(sink, in.bytes(kInvalidationSize), major);
  sink.end_array("");
  return true;
}

void bit_names(FieldSink& sink, std::string_view lead, std::string_view key, std::uint8_t bits,
               std::span<const BitName> names, Major major) {
  const bool brackets = major >= Major::pg16;
  const std::string_view open = brackets ? std::string_view("[") : std::string_view();
  const std::string_view close = brackets ? std::string_view("]") : std::string_view();
  bool first = true;
  sink.text(lead);
  sink.begin_array(open, key);
  for (const auto& [bit, name] : names) {
    if (bits == 0) break;  // as nearly always
    if ((bits & bit) == 0) continue;
    sink.word(brackets ? comma(first) : "", "", name);
    if (!brackets) sink.text(" ");
    first = false;
  }
  sink.end_array(close);
}

void infobits(FieldSink& sink, std::string_view lead, std::string_view key, std::uint8_t bits, Major major) {
  bit_names(sink, lead, key, bits, kInfobits, major);
}

std::optional<TupleLock> read_tuple_lock(const Record& record) {
  Cursor in(record.main_data());
  TupleLock lock;
  lock.xmax = in.u32();
  lock.off = in.u16();
  lock.infobits = in.u8();
  lock.flags = in.u8();
  if (!in.ok()) return std::nullopt;
  return lock;
}

bool describe_tuple_lock(const Record& record, FieldSink& sink) {
  const auto lock = read_tuple_lock(record);
  if (!lock) return false;
  sink.uint("xmax: ", "xmax", lock->xmax);
  sink.uint(", off: ", "off", lock->off);
  infobits(sink, ", infobits: ", "infobits", lock->infobits, record.major());
  sink.hex(", flags: 0x", "flags", lock->flags, 2);
  return true;
}

}  // namespace walkit::rmgr
