// wal2json's format version 2 with its default options, as its release 2.5 prints it.
//
// Where it drops a change for want of a key (UPDATE and DELETE of a table without a replica identity), the
// old row as far as it is known stands in `identity`.
#include "feed/json_text.h"
#include "feed/line_format.h"
#include "walreader/json_sink.h"

namespace walkit {
namespace {

class Wal2jsonFormat final : public LineFormat {
 public:
  using LineFormat::LineFormat;

  std::expected<void, std::string> begin(const TransactionInfo&) override {
    out_.append(R"({"action":"B"})");
    return end_line();
  }
  std::expected<void, std::string> change(const TransactionInfo&, const Change& change,
                                          std::uint64_t) override;
  std::expected<void, std::string> commit(const TransactionInfo& transaction) override {
    out_.append("{\"action\":\"C\"}\n");
    return end_events(transaction.commit_end);
  }
  std::expected<void, std::string> message(const TransactionInfo&, const Change& change) override;
  std::expected<void, std::string> gap(Lsn from, Lsn to, std::string_view reason) override {
    message_line(gap_message(from, to, reason));
    return end_line();
  }

 private:
  void append_key_value(TextBuffer& out, const Column& column, ValueShape shape,
                        const ColumnValue& value) const override;
  void message_line(const Change& change);
  void columns(const RelationText& relation, const RowValues& row);
  void identity(const RelationText& relation, const Change& change);
  void column(const Column& column, const RelationText::ColumnText& text, const ColumnValue& value);
};

std::string_view action_of(ChangeKind kind) {
  constexpr std::array<std::string_view, 6> kActions = {"I", "U", "D", "T", "M", ""};
  return kActions[static_cast<std::size_t>(kind)];
}

// It takes the quotes of a quoted type name for those of JSON.
void append_type(TextBuffer& out, std::string_view name) {
  if (name.size() > 2 && name.starts_with('"') && name.ends_with('"')) name = name.substr(1, name.size() - 2);
  append_json(out, name);
}

void append_value(TextBuffer& out, ValueShape shape, std::string_view text) {
  switch (shape) {
    case ValueShape::number:
    case ValueShape::numeric:
      out.append(is_json_number(text) ? text : "null");
      return;
    case ValueShape::boolean:
      out.append(text == "t" || text == "true" ? "true" : "false");
      return;
    case ValueShape::bytea:
      append_json(out, text.starts_with("\\x") ? text.substr(2) : text);
      return;
    case ValueShape::string:
      append_json(out, text);
      return;
  }
}

void Wal2jsonFormat::append_key_value(TextBuffer& out, const Column&, ValueShape shape,
                                      const ColumnValue& value) const {
  if (value.null) return out.append("null");
  append_value(out, shape, value.text);
}

void Wal2jsonFormat::column(const Column& column, const RelationText::ColumnText& text,
                            const ColumnValue& value) {
  out_.append(R"({"name":)");
  out_.append(text.name);
  out_.append(R"(,"type":)");
  append_type(out_, column.type_name);
  out_.append(R"(,"value":)");
  append_key_value(out_, column, text.shape, value);
  out_.append('}');
}

void Wal2jsonFormat::columns(const RelationText& relation, const RowValues& row) {
  out_.append(R"(,"columns":[)");
  Commas commas;
  for (std::size_t i = 0; i < row.values.size() && i < relation.columns.size(); ++i) {
    const Column& column_i = relation.schema->columns[i];
    if (column_i.dropped || row.values[i].unavailable != Unavailable::none) continue;
    commas.next(out_);
    column(column_i, relation.columns[i], row.values[i]);
  }
  out_.append(']');
}

void Wal2jsonFormat::identity(const RelationText& relation, const Change& change) {
  const bool old_known = change.old_row && change.old_row->unavailable == Unavailable::none;
  // Without an old key in WAL it takes the columns from the new row: they did not change.
  const RowValues* const row = old_known ? &*change.old_row : change.new_row ? &*change.new_row : nullptr;
  if (row == nullptr || (!relation.has_identity && !old_known)) return;
  out_.append(R"(,"identity":[)");
  Commas commas;
  for (std::size_t i = 0; i < row->values.size() && i < relation.columns.size(); ++i) {
    const Column& column_i = relation.schema->columns[i];
    const bool wanted = relation.has_identity ? relation.columns[i].identity : !column_i.dropped;
    if (!wanted || row->values[i].unavailable != Unavailable::none) continue;
    commas.next(out_);
    column(column_i, relation.columns[i], row->values[i]);
  }
  out_.append(']');
}

std::expected<void, std::string> Wal2jsonFormat::change(const TransactionInfo&, const Change& change,
                                                        std::uint64_t) {
  if (change.kind == ChangeKind::schema) return {};  // it has no event for that
  if (change.kind == ChangeKind::message) {
    message_line(change);
    return end_line();
  }
  if (change.schema == nullptr) return {};
  const RelationText& relation = text_of(change.schema);
  out_.append(R"({"action":")");
  out_.append(action_of(change.kind));
  out_.append('"');
  out_.append(relation.place);
  if (change.new_row) columns(relation, *change.new_row);
  if (change.kind == ChangeKind::update || change.kind == ChangeKind::remove) identity(relation, change);
  out_.append('}');
  return end_line();
}

void Wal2jsonFormat::message_line(const Change& change) {
  out_.append(R"({"action":"M","transactional":)");
  out_.append(change.transactional ? "true" : "false");
  out_.append(R"(,"prefix":)");
  append_json_string(out_, std::as_bytes(std::span(change.prefix)));
  out_.append(R"(,"content":)");
  append_json_string(out_, std::as_bytes(std::span(change.content)));
  out_.append('}');
}

std::expected<void, std::string> Wal2jsonFormat::message(const TransactionInfo&, const Change& change) {
  message_line(change);
  out_.append('\n');
  return end_events(change.lsn + 1);
}

}  // namespace

std::unique_ptr<LineFormat> make_wal2json_format(LineSink& sink) {
  return std::make_unique<Wal2jsonFormat>(sink);
}

}  // namespace walkit
