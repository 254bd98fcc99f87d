// walkit's own events; docs/feed.md describes them.
#include "feed/json_text.h"
#include "feed/line_format.h"
#include "walreader/json_sink.h"

namespace walkit {
namespace {

class WalkitFormat final : public LineFormat {
 public:
  using LineFormat::LineFormat;

  std::expected<void, std::string> begin(const TransactionInfo& transaction) override;
  std::expected<void, std::string> change(const TransactionInfo& transaction, const Change& change,
                                          std::uint64_t ordinal) override;
  std::expected<void, std::string> commit(const TransactionInfo& transaction) override;
  std::expected<void, std::string> message(const TransactionInfo& context, const Change& change) override;
  std::expected<void, std::string> gap(Lsn from, Lsn to, std::string_view reason) override;

 private:
  void append_key_value(TextBuffer& out, const Column& column, ValueShape shape,
                        const ColumnValue& value) const override;
  void member(std::string_view key, std::string_view text);
  void lsn_member(std::string_view key, Lsn lsn);
  void relation_members(const Change& change);
  void row(std::string_view key, const RelationText& relation, const RowValues& values);
  void key(const Change& change);
  void unavailable(std::string_view key, const RelationText& relation, const RowValues& values);
  void row_members(const RelationText& relation, const Change& change);
  void schema_members(const Change& change);
  void message_members(const Change& change);

  std::string id_;       // of the transaction's changes, without the ordinal and the quote behind it
  std::string context_;  // what all events of the transaction say of it
};

std::string_view event_of(ChangeKind kind) {
  constexpr std::array<std::string_view, 6> kEvents = {"insert",   "update",  "delete",
                                                       "truncate", "message", "schema"};
  return kEvents[static_cast<std::size_t>(kind)];
}

void append_value(TextBuffer& out, const Column& column, ValueShape shape, const ColumnValue& value) {
  if (value.null) return out.append("null");
  if (value.unavailable != Unavailable::none) {
    out.append(R"({"type":)");
    append_json(out, column.type_name);
    out.append(R"(,"raw":)");
    append_json(out, value.text);
    return out.append('}');
  }
  const bool number =
      (shape == ValueShape::number || shape == ValueShape::numeric) && is_json_number(value.text);
  if (number) return out.append(value.text);
  if (shape == ValueShape::boolean) return out.append(value.text.starts_with('t') ? "true" : "false");
  append_json(out, value.text);
}

// Whether something stands for the value, if only its bytes.
bool is_there(const ColumnValue& value) {
  return value.unavailable == Unavailable::none || !value.text.empty();
}

void append_columns(TextBuffer& out, const RelationSchema& schema) {
  out.append('[');
  Commas commas;
  for (const Column& column : schema.columns) {
    if (column.dropped) continue;
    commas.next(out);
    out.append(R"({"name":)");
    append_json(out, column.name);
    out.append(R"(,"type":)");
    append_json(out, column.type_name);
    if (column.not_null) out.append(R"(,"not_null":true)");
    if (column.generated) out.append(R"(,"generated":true)");
    out.append('}');
  }
  out.append(']');
}

void WalkitFormat::append_key_value(TextBuffer& out, const Column& column, ValueShape shape,
                                    const ColumnValue& value) const {
  append_value(out, column, shape, value);
}

void WalkitFormat::member(std::string_view key, std::string_view text) {
  out_.append(",\"");
  out_.append(key);
  out_.append("\":");
  append_json(out_, text);
}

void WalkitFormat::lsn_member(std::string_view key, Lsn lsn) {
  out_.append(",\"");
  out_.append(key);
  out_.append("\":\"");
  out_.append_lsn(lsn);
  out_.append('"');
}

std::expected<void, std::string> WalkitFormat::begin(const TransactionInfo& transaction) {
  id_ = event_id_prefix(transaction, transaction.commit_lsn);
  TextBuffer context;
  context.append(R"(,"xid":)");
  context.append_uint(transaction.xid);
  context.append(R"(,"commit_lsn":")");
  context.append_lsn(transaction.commit_lsn);
  context.append(R"(","commit_time":)");
  append_json_time(context, transaction.commit_time);
  context.append(R"(,"database":)");
  append_json(context, transaction.database_name);
  context_ = context.view();

  out_.append(R"({"event":"begin","id":")");
  out_.append(id_);
  out_.append("begin\"");
  out_.append(context_);
  out_.append(R"(,"timeline":)");
  out_.append_uint(transaction.timeline.value);
  lsn_member("first_lsn", transaction.first_lsn);
  lsn_member("commit_end", transaction.commit_end);
  if (!transaction.gid.empty()) member("gid", transaction.gid);
  if (transaction.origin != 0) {
    out_.append(R"(,"origin":)");
    out_.append_uint(transaction.origin);
  }
  if (transaction.partial) out_.append(R"(,"partial":true)");
  out_.append('}');
  return end_line();
}

std::expected<void, std::string> WalkitFormat::commit(const TransactionInfo& transaction) {
  out_.append(R"({"event":"commit","id":")");
  out_.append(id_);
  out_.append("commit\"");
  out_.append(context_);
  out_.append("}\n");
  return end_events(transaction.commit_end);
}

void WalkitFormat::relation_members(const Change& change) {
  if (change.schema != nullptr) return out_.append(text_of(change.schema).place);
  out_.append(R"(,"relation":")");
  out_.append_with(text::kMaxRelation, [&](char* to) { return text::put_relation(to, change.relation); });
  out_.append('"');
}

void WalkitFormat::row(std::string_view key, const RelationText& relation, const RowValues& values) {
  out_.append(",\"");
  out_.append(key);
  out_.append("\":");
  if (values.unavailable != Unavailable::none) return out_.append("null");
  out_.append('{');
  Commas commas;
  for (std::size_t i = 0; i < values.values.size() && i < relation.columns.size(); ++i) {
    const RelationText::ColumnText& text = relation.columns[i];
    const Column& column = relation.schema->columns[i];
    const bool hidden = values.key_only && !text.identity;
    if (column.dropped || hidden || !is_there(values.values[i])) continue;
    commas.next(out_);
    out_.append(text.name);
    out_.append(':');
    append_value(out_, column, text.shape, values.values[i]);
  }
  out_.append('}');
}

// The reasons, by column, or the row's.
void WalkitFormat::unavailable(std::string_view key, const RelationText& relation, const RowValues& values) {
  const auto name = [&] {
    out_.append(",\"");
    out_.append(key);
    out_.append("\":");
  };
  if (values.unavailable != Unavailable::none) {
    name();
    return append_json(out_, name_of(values.unavailable));
  }
  bool any = false;
  for (std::size_t i = 0; i < values.values.size() && i < relation.columns.size(); ++i) {
    const Unavailable reason = values.values[i].unavailable;
    if (reason == Unavailable::none || relation.schema->columns[i].dropped) continue;
    if (!any) name();
    out_.append(any ? ',' : '{');
    any = true;
    out_.append(relation.columns[i].name);
    out_.append(':');
    append_json(out_, name_of(reason));
  }
  if (any) out_.append('}');
}

// The row's key before the change, or of the new row; nothing where it is not known.
void WalkitFormat::key(const Change& change) {
  const std::optional<RowValues>& row = change.old_row ? change.old_row : change.new_row;
  if (!row) return;
  const std::size_t before = out_.size();
  out_.append(R"(,"key":)");
  if (!append_key(out_, change.schema, *row)) out_.truncate(before);
}

void WalkitFormat::row_members(const RelationText& relation, const Change& change) {
  key(change);
  if (change.old_row) {
    row("old", relation, *change.old_row);
    if (change.old_row->key_only) out_.append(R"(,"old_is_key":true)");
    unavailable("old_unavailable", relation, *change.old_row);
  }
  if (change.new_row) {
    row("new", relation, *change.new_row);
    unavailable("unavailable", relation, *change.new_row);
  }
}

void WalkitFormat::schema_members(const Change& change) {
  const bool created = change.old_schema == nullptr, dropped = change.schema == nullptr;
  member("action", created ? "create" : dropped ? "drop" : "alter");
  if (!dropped) {
    out_.append(R"(,"columns":)");
    append_columns(out_, *change.schema);
  }
  if (created) return;
  if (dropped || change.schema->schema != change.old_schema->schema ||
      change.schema->name != change.old_schema->name) {
    member("old_schema", change.old_schema->schema);
    member("old_table", change.old_schema->name);
  }
  out_.append(R"(,"old_columns":)");
  append_columns(out_, *change.old_schema);
}

void WalkitFormat::message_members(const Change& change) {
  out_.append(R"(,"transactional":)");
  out_.append(change.transactional ? "true" : "false");
  out_.append(R"(,"prefix":)");
  append_json_string(out_, std::as_bytes(std::span(change.prefix)));
  const std::size_t before = out_.size();
  out_.append(R"(,"content":)");
  if (append_json_string(out_, std::as_bytes(std::span(change.content)))) return;
  out_.truncate(before);  // it is no text
  out_.append(R"(,"content_hex":")");
  append_hex(out_, change.content);
  out_.append('"');
}

std::expected<void, std::string> WalkitFormat::change(const TransactionInfo&, const Change& change,
                                                      std::uint64_t ordinal) {
  out_.append(R"({"event":")");
  out_.append(event_of(change.kind));
  out_.append(R"(","id":")");
  out_.append(id_);
  out_.append_uint(ordinal);
  out_.append('"');
  out_.append(context_);
  lsn_member("lsn", change.lsn);
  switch (change.kind) {
    case ChangeKind::insert:
    case ChangeKind::update:
    case ChangeKind::remove:
      relation_members(change);
      if (change.schema != nullptr)
        row_members(text_of(change.schema), change);
      else
        member("unavailable", name_of(Unavailable::schema_unknown));
      break;
    case ChangeKind::truncate:
      relation_members(change);
      if (change.cascade) out_.append(R"(,"cascade":true)");
      if (change.restart_identity) out_.append(R"(,"restart_identity":true)");
      break;
    case ChangeKind::message:
      message_members(change);
      break;
    case ChangeKind::schema:
      if (change.schema != nullptr) out_.append(text_of(change.schema).place);
      schema_members(change);
      break;
  }
  out_.append('}');
  return end_line();
}

std::expected<void, std::string> WalkitFormat::message(const TransactionInfo& context, const Change& change) {
  out_.append(R"({"event":"message","id":")");
  out_.append(event_id_prefix(context, change.lsn));
  out_.append("message\"");
  member("database", context.database_name);
  lsn_member("lsn", change.lsn);
  message_members(change);
  out_.append("}\n");
  return end_events(change.lsn + 1);
}

std::expected<void, std::string> WalkitFormat::gap(Lsn from, Lsn to, std::string_view reason) {
  out_.append(R"({"event":"gap")");
  lsn_member("from", from);
  if (to.valid()) lsn_member("to", to);
  member("reason", reason);
  out_.append('}');
  return end_line();
}

}  // namespace

std::unique_ptr<LineFormat> make_walkit_format(LineSink& sink) {
  return std::make_unique<WalkitFormat>(sink);
}

}  // namespace walkit
