#include "feed/change_codec.h"

#include "walreader/bytes.h"

namespace walkit {
namespace {

/// Bits of the second byte.
enum Flag : std::uint8_t {
  kOldRow = 1,
  kNewRow = 2,
  kCascade = 4,
  kRestartIdentity = 8,
  kTransactional = 16,
  kDoubt = 32
};

constexpr std::uint8_t kLastKind = static_cast<std::uint8_t>(ChangeKind::schema);
constexpr std::uint8_t kLastReason = static_cast<std::uint8_t>(Unavailable::encoding);
/// A column's first byte is its reason, or this for NULL, behind which nothing follows.
constexpr std::uint8_t kNull = 0xFF;

template <std::integral T>
void put(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

void put_text(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint32_t>(text.size()));
  out.append(text);
}

void put_row(std::string& out, const RowValues& row) {
  put(out, static_cast<std::uint8_t>(row.unavailable));
  put(out, static_cast<std::uint8_t>(row.key_only));
  put(out, static_cast<std::uint32_t>(row.values.size()));
  for (const ColumnValue& value : row.values) {
    put(out, value.null ? kNull : static_cast<std::uint8_t>(value.unavailable));
    if (!value.null) put_text(out, value.text);
  }
}

bool get_text(Cursor& in, std::string& to) {
  const ByteSpan bytes = in.bytes(in.u32());
  to.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return in.ok();
}

bool get_value(Cursor& in, ColumnValue& to) {
  const std::uint8_t first = in.u8();
  to.null = first == kNull;
  to.unavailable = to.null ? Unavailable::none : static_cast<Unavailable>(first);
  if (!to.null) return first <= kLastReason && get_text(in, to.text);
  to.text.clear();
  return in.ok();
}

bool get_row(Cursor& in, bool present, std::optional<RowValues>& to) {
  if (!present) {
    to.reset();
    return true;
  }
  if (!to) to.emplace();
  const std::uint8_t reason = in.u8();
  to->unavailable = static_cast<Unavailable>(reason);
  to->key_only = in.u8() != 0;
  const std::uint32_t count = in.u32();
  if (!in.ok() || reason > kLastReason || count > in.remaining())
    return false;  // a value has a byte at least
  to->values.resize(count);
  for (ColumnValue& value : to->values)
    if (!get_value(in, value)) return false;
  return true;
}

bool get_schema(Cursor& in, const SchemaNumbers& numbers, SchemaRef& to) {
  const std::uint32_t number = in.u32();
  to = numbers.schema(number);
  return number == SchemaNumbers::kNone || to != nullptr;
}

}  // namespace

std::uint32_t SchemaNumbers::find(const RelationSchema* schema) const {
  const auto found = numbers_.find(schema);
  return found == numbers_.end() ? kNone : found->second;
}

std::uint32_t SchemaNumbers::hold(const SchemaRef& schema) {
  if (schema == nullptr) return kNone;
  const auto [at, added] = numbers_.try_emplace(schema.get(), kNone);
  if (added) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(slots_.size()));
      slots_.emplace_back();
    }
    at->second = free_.back();
    free_.pop_back();
    slots_[at->second].schema = schema;
  }
  ++slots_[at->second].holders;
  return at->second;
}

void SchemaNumbers::release(std::uint32_t number) {
  if (number == kNone || number >= slots_.size()) return;
  Slot& slot = slots_[number];
  if (slot.holders == 0 || --slot.holders > 0) return;
  numbers_.erase(slot.schema.get());
  slot.schema = nullptr;
  free_.push_back(number);
}

SchemaRef SchemaNumbers::schema(std::uint32_t number) const {
  return number < slots_.size() ? slots_[number].schema : nullptr;
}

void encode_change(const Change& change, std::uint32_t schema, std::uint32_t old_schema, std::string& out) {
  const int flags = (change.old_row ? kOldRow : 0) | (change.new_row ? kNewRow : 0) |
                    (change.cascade ? kCascade : 0) | (change.restart_identity ? kRestartIdentity : 0) |
                    (change.transactional ? kTransactional : 0) | (change.doubt != 0 ? kDoubt : 0);
  put(out, static_cast<std::uint8_t>(change.kind));
  put(out, static_cast<std::uint8_t>(flags));
  put(out, change.lsn.value);
  put(out, change.xid);
  put(out, schema);
  put(out, old_schema);
  put(out, change.relation.tablespace);
  put(out, change.relation.database);
  put(out, change.relation.relation);
  if (change.doubt != 0) put(out, change.doubt);
  if (change.old_row) put_row(out, *change.old_row);
  if (change.new_row) put_row(out, *change.new_row);
  if (change.kind != ChangeKind::message) return;
  put_text(out, change.prefix);
  put_text(out, change.content);
}

bool decode_change(ByteSpan bytes, const SchemaNumbers& numbers, Change& change) {
  Cursor in(bytes);
  const std::uint8_t kind = in.u8();
  const std::uint8_t flags = in.u8();
  change.kind = static_cast<ChangeKind>(kind);
  change.cascade = (flags & kCascade) != 0;
  change.restart_identity = (flags & kRestartIdentity) != 0;
  change.transactional = (flags & kTransactional) != 0;
  change.lsn = Lsn{in.u64()};
  change.xid = in.u32();
  if (!get_schema(in, numbers, change.schema) || !get_schema(in, numbers, change.old_schema)) return false;
  change.relation.tablespace = in.u32();
  change.relation.database = in.u32();
  change.relation.relation = in.u32();
  change.doubt = (flags & kDoubt) != 0 ? in.u32() : 0;
  if (!in.ok() || kind > kLastKind || !get_row(in, (flags & kOldRow) != 0, change.old_row) ||
      !get_row(in, (flags & kNewRow) != 0, change.new_row))
    return false;
  change.prefix.clear();
  change.content.clear();
  if (change.kind == ChangeKind::message && !(get_text(in, change.prefix) && get_text(in, change.content)))
    return false;
  return in.remaining() == 0;
}

}  // namespace walkit
