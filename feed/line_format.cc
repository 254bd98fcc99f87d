#include "feed/line_format.h"

#include <algorithm>

#include "feed/json_text.h"

namespace walkit {
namespace {

constexpr std::size_t kMaxRelations = 1000;

// OIDs of built-in types (catalog/pg_type.dat).
ValueShape shape_of(Oid type) {
  switch (type) {
    case 16:  // bool
      return ValueShape::boolean;
    case 17:  // bytea
      return ValueShape::bytea;
    case 20:   // int8
    case 21:   // int2
    case 23:   // int4
    case 26:   // oid
    case 700:  // float4
    case 701:  // float8
      return ValueShape::number;
    case 1700:
      return ValueShape::numeric;
    default:
      return ValueShape::string;
  }
}

bool contains(const std::vector<AttributeNumber>& numbers, AttributeNumber number) {
  return std::ranges::find(numbers, number) != numbers.end();
}

bool in_identity(const RelationSchema& schema, AttributeNumber number) {
  switch (schema.replica_identity) {
    case ReplicaIdentity::standard:
      return contains(schema.primary_key, number);
    case ReplicaIdentity::index:
      return contains(schema.identity_index, number);
    case ReplicaIdentity::full:
      return true;
    case ReplicaIdentity::nothing:
      return false;
  }
  return false;
}

std::string place_of(const RelationSchema& schema) {
  TextBuffer place;
  place.append(R"(,"schema":)");
  append_json(place, schema.schema);
  place.append(R"(,"table":)");
  append_json(place, schema.name);
  return std::string(place.view());
}

RelationText make_text(const SchemaRef& schema) {
  RelationText text{.schema = schema, .columns = {}, .place = place_of(*schema)};
  const auto& key = schema->primary_key.empty() ? schema->identity_index : schema->primary_key;
  for (const Column& column : schema->columns) {
    TextBuffer name;
    append_json(name, column.name);
    text.columns.push_back({.name = std::string(name.view()),
                            .shape = shape_of(column.type),
                            .key = !column.dropped && contains(key, column.number),
                            .identity = !column.dropped && in_identity(*schema, column.number)});
    text.has_key |= text.columns.back().key;
    text.has_identity |= text.columns.back().identity;
  }
  return text;
}

}  // namespace

std::expected<void, std::string> LineFormat::flush() {
  if (out_.size() == 0 && !complete_.valid()) return {};
  auto written = sink_.write(out_.view(), complete_bytes_, complete_);
  out_.clear();
  complete_bytes_ = 0;
  complete_ = {};
  return written;
}

std::expected<void, std::string> LineFormat::end_line() {
  out_.append('\n');
  return out_.size() < flush_bytes_ ? std::expected<void, std::string>{} : flush();
}

std::expected<void, std::string> LineFormat::end_events(Lsn complete) {
  complete_bytes_ = out_.size();
  complete_ = complete;
  return out_.size() < flush_bytes_ ? std::expected<void, std::string>{} : flush();
}

const RelationText& LineFormat::text_of(const SchemaRef& schema) {
  if (last_relation_ != nullptr && last_relation_->schema == schema) return *last_relation_;
  if (relations_.size() > kMaxRelations) relations_.clear();
  const auto [found, added] = relations_.try_emplace(schema.get());
  if (added) found->second = make_text(schema);
  last_relation_ = &found->second;
  return *last_relation_;
}

bool LineFormat::append_key(TextBuffer& out, const SchemaRef& schema, const RowValues& row) {
  const RelationText& relation = text_of(schema);
  if (!relation.has_key || row.unavailable != Unavailable::none) return false;
  const std::size_t count = std::min(row.values.size(), relation.columns.size());
  for (std::size_t i = 0; i < count; ++i) {
    const RelationText::ColumnText& text = relation.columns[i];
    const bool hidden = row.key_only && !text.identity;
    if (text.key && (row.values[i].unavailable != Unavailable::none || hidden)) return false;
  }
  out.append('{');
  Commas commas;
  for (std::size_t i = 0; i < count; ++i) {
    const RelationText::ColumnText& text = relation.columns[i];
    if (!text.key) continue;
    commas.next(out);
    out.append(text.name);
    out.append(':');
    append_key_value(out, schema->columns[i], text.shape, row.values[i]);
  }
  out.append('}');
  return true;
}

Change LineFormat::gap_message(Lsn from, Lsn to, std::string_view reason) {
  TextBuffer content;
  content.append(R"({"from":")");
  content.append_lsn(from);
  if (to.valid()) {
    content.append(R"(","to":")");
    content.append_lsn(to);
  }
  content.append(R"(","reason":)");
  append_json(content, reason);
  content.append('}');
  Change change;
  change.kind = ChangeKind::message;
  change.lsn = from;
  change.transactional = false;
  change.prefix = "walkit.gap";
  change.content = content.view();
  return change;
}

std::unique_ptr<LineFormat> make_line_format(FeedFormat format, LineSink& sink) {
  switch (format) {
    case FeedFormat::walkit:
      break;
    case FeedFormat::wal2json:
      return make_wal2json_format(sink);
    case FeedFormat::debezium:
      return make_debezium_format(sink);
  }
  return make_walkit_format(sink);
}

}  // namespace walkit
