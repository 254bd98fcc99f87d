#include "feed/undo_statement.h"

#include <fmt/format.h>

#include <algorithm>

#include "feed/identifier.h"

namespace walkit {
namespace {

constexpr std::size_t kMaxRelations = 10'000;

std::string not_known(std::string_view what, Unavailable reason) {
  return fmt::format("{} is not known ({})", what, name_of(reason));
}

// Settings of the session change nothing about it.
void append_literal(std::string& out, std::string_view text) {
  const bool escaped = text.contains('\\');
  out += escaped ? "E'" : "'";
  for (const char c : text) out.append(c == '\'' || c == '\\' ? 2 : 1, c);
  out += '\'';
}

void append_value(std::string& out, const ColumnValue& value) {
  if (value.null) {
    out += "NULL";
  } else {
    append_literal(out, value.text);
  }
}

std::expected<void, std::string> check_known(const Column& column, const ColumnValue& value) {
  if (value.null || value.unavailable == Unavailable::none) return {};
  return std::unexpected(not_known(fmt::format("column \"{}\"", column.name), value.unavailable));
}

std::expected<void, std::string> check_known(const RelationSchema& schema,
                                             const std::optional<RowValues>& row, std::string_view which) {
  if (!row) return std::unexpected(fmt::format("the {} row is not known", which));
  if (row->unavailable != Unavailable::none)
    return std::unexpected(not_known(fmt::format("the {} row", which), row->unavailable));
  if (row->key_only) return std::unexpected(fmt::format("of the {} row only the key is known", which));
  if (row->values.size() != schema.columns.size())
    return std::unexpected(not_known(fmt::format("the {} row", which), Unavailable::schema_unknown));
  return {};
}

/// How a value is told from all others of its type.
enum class Equality : std::uint8_t {
  exact,     ///< = holds for the same value only, and a bare literal becomes one of the type
  collated,  ///< ... unless the collation says otherwise
  as_text,   ///< there is no =, or it holds for values that print differently, such as 1.0 and 1.00
};

Equality equality_of(Oid type) {
  constexpr Oid kBool = 16, kBytea = 17, kChar = 18, kName = 19, kInt8 = 20, kInt2 = 21, kInt4 = 23,
                kText = 25;
  constexpr Oid kOid = 26, kCidr = 650, kMacaddr8 = 774, kMoney = 790, kMacaddr = 829, kInet = 869;
  constexpr Oid kBpchar = 1042, kVarchar = 1043, kDate = 1082, kTime = 1083, kTimestamp = 1114;
  constexpr Oid kTimestamptz = 1184, kTimetz = 1266, kBit = 1560, kVarbit = 1562, kUuid = 2950, kLsn = 3220;
  constexpr Oid kExact[] = {kBool, kBytea,    kChar,  kName, kInt8,    kInt2,       kInt4,      kOid,
                            kCidr, kMacaddr8, kMoney, kInet, kDate,    kTime,       kTimestamp, kTimetz,
                            kBit,  kVarbit,   kUuid,  kLsn,  kMacaddr, kTimestamptz};
  constexpr Oid kCollated[] = {kText, kBpchar, kVarchar};
  if (std::ranges::find(kExact, type) != std::end(kExact)) return Equality::exact;
  if (std::ranges::find(kCollated, type) != std::end(kCollated)) return Equality::collated;
  return Equality::as_text;
}

// The places of these columns; none of them if one is not there.
std::vector<std::size_t> places_of(const RelationSchema& schema,
                                   const std::vector<AttributeNumber>& numbers) {
  std::vector<std::size_t> places;
  for (const AttributeNumber number : numbers) {
    const auto place = static_cast<std::size_t>(number - 1);
    if (number < 1 || place >= schema.columns.size() || schema.columns[place].dropped) return {};
    places.push_back(place);
  }
  return places;
}

/// Puts `text` before all but the first of a list.
class Between {
 public:
  explicit Between(std::string_view text) : text_(text) {}
  void next(std::string& out) {
    if (!first_) out += text_;
    first_ = false;
  }

 private:
  std::string_view text_;
  bool first_ = true;
};

}  // namespace

UndoStatements::Relation UndoStatements::make_relation(const SchemaRef& schema) {
  Relation relation{.schema = schema, .name = "ONLY ", .columns = {}, .stored = {}, .key = {}};
  append_identifier(relation.name, schema->schema);
  relation.name += '.';
  append_identifier(relation.name, schema->name);
  for (const Column& column : schema->columns) {
    if (!column.dropped && !column.generated) relation.stored.push_back(relation.columns.size());
    append_identifier(relation.columns.emplace_back(), column.name);
  }
  // Rows may share a deferrable key until their transaction ends, so in the midst of it that tells nothing.
  const bool primary = !schema->primary_key.empty() && !schema->primary_key_deferrable;
  relation.key = places_of(*schema, primary ? schema->primary_key : schema->identity_index);
  return relation;
}

const UndoStatements::Relation& UndoStatements::relation(const SchemaRef& schema) {
  if (relations_.size() > kMaxRelations) relations_.clear();
  const auto [found, added] = relations_.try_emplace(schema.get());
  if (added) found->second = make_relation(schema);
  return found->second;
}

UndoStatements::Result UndoStatements::append(const Change& change, std::string& out) {
  switch (change.kind) {
    case ChangeKind::insert:
    case ChangeKind::update:
    case ChangeKind::remove:
      break;
    case ChangeKind::truncate:
      return std::unexpected("the rows of a truncated table are not in WAL");
    case ChangeKind::message:
      return std::unexpected("a message was sent");
    case ChangeKind::schema:
      return std::unexpected("the schema changed");
  }
  if (change.schema == nullptr) return std::unexpected(not_known("the table", Unavailable::schema_unknown));
  const Relation& relation = this->relation(change.schema);
  if (change.kind != ChangeKind::insert)
    if (auto known = check_known(*change.schema, change.old_row, "old"); !known) return known;
  if (change.kind != ChangeKind::remove)
    if (auto known = check_known(*change.schema, change.new_row, "new"); !known) return known;
  const std::size_t start = out.size();
  auto appended = change.kind == ChangeKind::insert   ? append_delete(relation, *change.new_row, out)
                  : change.kind == ChangeKind::remove ? append_insert(relation, *change.old_row, out)
                                                      : append_update(relation, change, out);
  if (!appended) out.resize(start);
  return appended;
}

UndoStatements::Result UndoStatements::append_insert(const Relation& relation, const RowValues& row,
                                                     std::string& out) {
  out += "INSERT INTO ";
  out.append(relation.name, std::string_view("ONLY ").size());
  if (relation.stored.empty()) {
    out += " DEFAULT VALUES;\n";
    return {};
  }
  out += " (";
  Between names(", ");
  for (const std::size_t place : relation.stored) {
    names.next(out);
    out += relation.columns[place];
  }
  out += ") OVERRIDING SYSTEM VALUE VALUES (";
  Between values(", ");
  for (const std::size_t place : relation.stored) {
    if (auto known = check_known(relation.schema->columns[place], row.values[place]); !known) return known;
    values.next(out);
    append_value(out, row.values[place]);
  }
  out += ");\n";
  return {};
}

UndoStatements::Result UndoStatements::append_delete(const Relation& relation, const RowValues& row,
                                                     std::string& out) {
  out += "DELETE FROM ";
  out += relation.name;
  return append_where(relation, row, out);
}

UndoStatements::Result UndoStatements::append_update(const Relation& relation, const Change& change,
                                                     std::string& out) {
  const std::vector<ColumnValue>& before = change.old_row->values;
  const std::vector<ColumnValue>& after = change.new_row->values;
  const std::size_t start = out.size();
  out += "UPDATE ";
  out += relation.name;
  out += " SET ";
  Between sets(", ");
  bool changed = false;
  for (const std::size_t place : relation.stored) {
    if (before[place] == after[place]) continue;  // the same bytes, or TOAST data that the change left alone
    if (auto known = check_known(relation.schema->columns[place], before[place]); !known) return known;
    sets.next(out);
    out += relation.columns[place];
    out += " = ";
    append_value(out, before[place]);
    changed = true;
  }
  if (changed) return append_where(relation, *change.new_row, out);
  out.resize(start);
  return {};
}

// The row as the change left it.
UndoStatements::Result UndoStatements::append_where(const Relation& relation, const RowValues& row,
                                                    std::string& out) {
  out += " WHERE ";
  Between conditions(" AND ");
  for (const std::size_t place : relation.key) {
    conditions.next(out);
    if (auto appended = append_comparison(relation, place, row.values[place], out); !appended)
      return appended;
  }
  if (!relation.key.empty()) {
    out += ";\n";
    return {};
  }
  out += "ctid = (SELECT ctid FROM ";
  out += relation.name;
  if (!relation.stored.empty()) out += " WHERE ";
  for (const std::size_t place : relation.stored) {
    conditions.next(out);
    if (auto appended = append_comparison(relation, place, row.values[place], out); !appended)
      return appended;
  }
  out += " LIMIT 1);\n";
  return {};
}

UndoStatements::Result UndoStatements::append_comparison(const Relation& relation, std::size_t place,
                                                         const ColumnValue& value, std::string& out) {
  const Column& column = relation.schema->columns[place];
  if (auto known = check_known(column, value); !known) return known;
  out += relation.columns[place];
  if (value.null) {
    out += " IS NULL";
    return {};
  }
  const Equality equality = equality_of(column.type);
  if (relation.key.empty()) {
    if (equality == Equality::collated) out += " COLLATE \"C\"";
    if (equality == Equality::as_text) out += "::text COLLATE \"C\"";
  }
  out += " = ";
  append_literal(out, value.text);
  if (equality != Equality::as_text) return {};
  out += "::";
  out += column.type_name;
  if (relation.key.empty()) out += "::text";
  return {};
}

}  // namespace walkit
