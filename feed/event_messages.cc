#include "feed/event_messages.h"

#include <array>

#include "walreader/json_sink.h"

namespace walkit {
namespace {

EventStream stream_of(const Change& change) {
  if (change.kind == ChangeKind::message) return EventStream::message;
  const bool of_table = change.kind != ChangeKind::schema && change.schema != nullptr;
  return of_table ? EventStream::table : EventStream::transaction;
}

const RowValues* row_of(const std::optional<RowValues>& row) { return row ? &*row : nullptr; }

}  // namespace

EventMessages::EventMessages(FeedFormat format, MessageSink& sink)
    : sink_(sink), format_(make_line_format(format, *this)) {
  format_->hand_on_single_lines();
}

void EventMessages::of_transaction(std::string_view id_suffix) {
  stream_ = EventStream::transaction;
  change_ = nullptr;
  lines_ = 0;
  id_.clear();
  id_.append(id_prefix_);
  id_.append(id_suffix);
}

std::expected<void, std::string> EventMessages::begin(const TransactionInfo& transaction) {
  id_prefix_ = event_id_prefix(transaction, transaction.commit_lsn);
  of_transaction("begin");
  return format_->begin(transaction);
}

std::expected<void, std::string> EventMessages::change(const TransactionInfo& transaction,
                                                       const Change& change, std::uint64_t ordinal) {
  of_transaction({});
  stream_ = stream_of(change);
  change_ = &change;
  id_.append_uint(ordinal);
  return format_->change(transaction, change, ordinal);
}

std::expected<void, std::string> EventMessages::commit(const TransactionInfo& transaction) {
  of_transaction("commit");
  return format_->commit(transaction);
}

std::expected<void, std::string> EventMessages::message(const TransactionInfo& context,
                                                        const Change& change) {
  id_prefix_ = event_id_prefix(context, change.lsn);
  of_transaction("message");
  stream_ = EventStream::message;
  change_ = &change;
  return format_->message(context, change);
}

std::expected<void, std::string> EventMessages::gap(Lsn from, Lsn to, std::string_view reason) {
  id_prefix_.clear();
  of_transaction({});
  return format_->gap(from, to, reason);
}

// Two lines of one change are the end of a row under its old key, and the beginning of one under the new.
void EventMessages::append_key() {
  switch (stream_) {
    case EventStream::transaction:
      return;
    case EventStream::message:
      key_.append(R"({"prefix":)");
      append_json_string(key_, std::as_bytes(std::span(change_->prefix)));
      return key_.append('}');
    case EventStream::table:
      const std::array rows = {row_of(change_->old_row), row_of(change_->new_row)};
      for (std::size_t i = lines_; i < rows.size(); ++i)
        if (rows[i] != nullptr && format_->append_key(key_, change_->schema, *rows[i])) return;
  }
}

std::expected<void, std::string> EventMessages::write(std::string_view lines, std::size_t, Lsn complete) {
  if (!lines.empty()) {
    lines.remove_suffix(1);
    if (lines_ == 1) id_.append("/1");
    key_.clear();
    append_key();
    ++lines_;
    const auto* table = stream_ == EventStream::table ? change_->schema.get() : nullptr;
    auto handed_over = sink_.message(
        {.stream = stream_, .table = table, .key = key_.view(), .value = lines, .id = id_.view()});
    if (!handed_over) return handed_over;
  }
  return complete.valid() ? sink_.complete(complete) : std::expected<void, std::string>{};
}

}  // namespace walkit
