// The envelope of Debezium's PostgreSQL connector, without schemas: the value of each message, one a line.
//
// Values are as with decimal.handling.mode=string and binary.handling.mode=hex; dates and times are text as
// the server prints it. There are no tombstones. ts_ms is the time of the commit, since nothing here has a
// clock.
#include <fmt/format.h>

#include "feed/json_text.h"
#include "feed/line_format.h"
#include "walreader/json_sink.h"
#include "walreader/local_time.h"

namespace walkit {
namespace {

class DebeziumFormat final : public LineFormat {
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
  std::expected<void, std::string> event(const TransactionInfo& transaction, const Change& change,
                                         const RowValues* before, const RowValues* after, char operation);
  void row(const RelationText& relation, const RowValues* row);
  void source(const TransactionInfo& transaction, const Change& change, std::string_view place);
  void tail(const TransactionInfo& transaction, const Change& change, char operation);
  void message_line(const TransactionInfo& context, const Change& change);
  void outside_message(const TransactionInfo& context, const Change& change);

  Lsn last_commit_;
  PgTime last_time_;
  std::uint64_t total_order_ = 0;
  std::unordered_map<Oid, std::uint64_t> collection_order_;
};

constexpr std::string_view kUnavailableValue = R"("__debezium_unavailable_value")";

std::int64_t unix_microseconds(PgTime time) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(time.microseconds) +
                                   std::uint64_t{kPostgresEpochUnixSeconds} * kMicrosecondsPerSecond);
}

void append_times(TextBuffer& out, PgTime time) {
  const std::int64_t microseconds = unix_microseconds(time);
  out.append(R"("ts_ms":)");
  out.append_sint(microseconds / 1000);
  out.append(R"(,"ts_us":)");
  out.append_sint(microseconds);
  out.append(R"(,"ts_ns":)");
  out.append_sint(static_cast<std::int64_t>(static_cast<std::uint64_t>(microseconds) * 1000));
}

void append_value(TextBuffer& out, ValueShape shape, const ColumnValue& value) {
  if (value.null) return out.append("null");
  if (value.unavailable != Unavailable::none) return out.append(kUnavailableValue);
  if (shape == ValueShape::number && is_json_number(value.text)) return out.append(value.text);
  if (shape == ValueShape::boolean) return out.append(value.text.starts_with('t') ? "true" : "false");
  const bool hex = shape == ValueShape::bytea && value.text.starts_with("\\x");
  append_json(out, hex ? std::string_view(value.text).substr(2) : value.text);
}

void DebeziumFormat::append_key_value(TextBuffer& out, const Column&, ValueShape shape,
                                      const ColumnValue& value) const {
  append_value(out, shape, value);
}

std::expected<void, std::string> DebeziumFormat::begin(const TransactionInfo&) {
  total_order_ = 0;
  collection_order_.clear();
  return {};
}

std::expected<void, std::string> DebeziumFormat::commit(const TransactionInfo& transaction) {
  last_commit_ = transaction.commit_lsn;
  last_time_ = transaction.commit_time;
  return end_events(transaction.commit_end);
}

void DebeziumFormat::row(const RelationText& relation, const RowValues* row) {
  if (row == nullptr || row->unavailable != Unavailable::none) return out_.append("null");
  out_.append('{');
  Commas commas;
  for (std::size_t i = 0; i < row->values.size() && i < relation.columns.size(); ++i) {
    const bool hidden = row->key_only && !relation.columns[i].identity;
    if (relation.schema->columns[i].dropped || hidden) continue;
    commas.next(out_);
    out_.append(relation.columns[i].name);
    out_.append(':');
    append_value(out_, relation.columns[i].shape, row->values[i]);
  }
  out_.append('}');
}

void DebeziumFormat::source(const TransactionInfo& transaction, const Change& change,
                            std::string_view place) {
  out_.append(R"("source":{"version":"2.7","connector":"postgresql","name":"walkit",)");
  append_times(out_, transaction.commit_time);
  out_.append(R"(,"snapshot":"false","db":)");
  append_json(out_, transaction.database_name);
  out_.append(R"(,"sequence":"[)");
  if (last_commit_.valid()) {
    out_.append(R"(\")");
    out_.append_uint(last_commit_.value);
    out_.append(R"(\")");
  } else {
    out_.append("null");
  }
  out_.append(R"(,\")");
  out_.append_uint(change.lsn.value);
  out_.append(R"(\"]")");
  out_.append(place);
  out_.append(R"(,"txId":)");
  out_.append_uint(transaction.xid);
  out_.append(R"(,"lsn":)");
  out_.append_uint(change.lsn.value);
  out_.append(R"(,"xmin":null})");
}

// What follows the source in all events.
void DebeziumFormat::tail(const TransactionInfo& transaction, const Change& change, char operation) {
  out_.append(R"(,"transaction":{"id":")");
  out_.append_uint(transaction.xid);
  out_.append(':');
  out_.append_uint(transaction.commit_lsn.value);
  out_.append(R"(","total_order":)");
  out_.append_uint(++total_order_);
  out_.append(R"(,"data_collection_order":)");
  out_.append_uint(++collection_order_[change.schema == nullptr ? 0 : change.schema->oid]);
  out_.append(R"(},"op":")");
  out_.append(operation);
  out_.append("\",");
  append_times(out_, transaction.commit_time);
}

std::expected<void, std::string> DebeziumFormat::event(const TransactionInfo& transaction,
                                                       const Change& change, const RowValues* before,
                                                       const RowValues* after, char operation) {
  const RelationText& relation = text_of(change.schema);
  out_.append('{');
  if (operation != 't') {
    out_.append(R"("before":)");
    row(relation, before);
    out_.append(R"(,"after":)");
    row(relation, after);
    out_.append(',');
  }
  source(transaction, change, relation.place);
  tail(transaction, change, operation);
  out_.append('}');
  return end_line();
}

// A key that changed is another row: a delete and a create.
bool key_changed(const RelationText& relation, const RowValues* before, const RowValues* after) {
  if (before == nullptr || after == nullptr || before->values.size() != after->values.size()) return false;
  const std::size_t count = std::min(before->values.size(), relation.columns.size());
  for (std::size_t i = 0; i < count; ++i)
    if (relation.columns[i].key && before->values[i] != after->values[i]) return true;
  return false;
}

std::expected<void, std::string> DebeziumFormat::change(const TransactionInfo& transaction,
                                                        const Change& change, std::uint64_t) {
  if (change.kind == ChangeKind::message) {
    message_line(transaction, change);
    tail(transaction, change, 'm');
    out_.append('}');
    return end_line();
  }
  if (change.kind == ChangeKind::schema || change.schema == nullptr) return {};  // it has no event for that
  const RowValues* const before = change.old_row ? &*change.old_row : nullptr;
  const RowValues* const after = change.new_row ? &*change.new_row : nullptr;
  switch (change.kind) {
    case ChangeKind::insert:
      return event(transaction, change, nullptr, after, 'c');
    case ChangeKind::remove:
      return event(transaction, change, before, nullptr, 'd');
    case ChangeKind::truncate:
      return event(transaction, change, nullptr, nullptr, 't');
    default:
      break;
  }
  if (!key_changed(text_of(change.schema), before, after))
    return event(transaction, change, before, after, 'u');
  if (auto removed = event(transaction, change, before, nullptr, 'd'); !removed) return removed;
  return event(transaction, change, nullptr, after, 'c');
}

void DebeziumFormat::message_line(const TransactionInfo& context, const Change& change) {
  out_.append('{');
  source(context, change, {});
  out_.append(R"(,"message":{"prefix":)");
  append_json_string(out_, std::as_bytes(std::span(change.prefix)));
  out_.append(R"(,"content":")");
  append_base64(out_, change.content);
  out_.append("\"}");
}

void DebeziumFormat::outside_message(const TransactionInfo& context, const Change& change) {
  message_line(context, change);
  out_.append(R"(,"transaction":null,"op":"m",)");
  append_times(out_, context.commit_time);
  out_.append('}');
}

std::expected<void, std::string> DebeziumFormat::message(const TransactionInfo& context,
                                                         const Change& change) {
  outside_message(context, change);
  out_.append('\n');
  return end_events(change.lsn + 1);
}

// Of the time nothing is known but that of the commit before.
std::expected<void, std::string> DebeziumFormat::gap(Lsn from, Lsn to, std::string_view reason) {
  TransactionInfo context;
  context.commit_time = last_time_;
  outside_message(context, gap_message(from, to, reason));
  return end_line();
}

}  // namespace

std::unique_ptr<LineFormat> make_debezium_format(LineSink& sink) {
  return std::make_unique<DebeziumFormat>(sink);
}

}  // namespace walkit
