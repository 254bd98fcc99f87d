// Events one by one, each with its key and its id, for sinks that keep them apart: message queues.
#pragma once

#include <memory>
#include <string_view>

#include "feed/line_format.h"

namespace walkit {

/// What an event tells of, and so which others it belongs with.
enum class EventStream : std::uint8_t {
  table,        ///< changes of rows, truncations
  transaction,  ///< beginnings and ends, schema changes, gaps, changes of relations that nothing is known of
  message,      ///< what pg_logical_emit_message() wrote
};

/// One event. Borrowed for one call.
struct EventMessage {
  EventStream stream = EventStream::table;
  const RelationSchema* table = nullptr;  ///< of EventStream::table
  std::string_view key = {};    ///< an object of JSON: the row's key, the message's prefix; empty: none
  std::string_view value = {};  ///< the event, without a newline
  std::string_view id = {};     ///< of the event; empty: it has none
};

/// Where they go. Errors are one line.
class MessageSink {
 public:
  virtual ~MessageSink() = default;
  virtual std::expected<void, std::string> message(const EventMessage& message) = 0;
  /// All of what committed before this was handed over.
  virtual std::expected<void, std::string> complete(Lsn before) = 0;
};

/// Borrows the sink; one thread at a time.
class EventMessages final : public EventSink, private LineSink {
 public:
  EventMessages(FeedFormat format, MessageSink& sink);

  std::expected<void, std::string> begin(const TransactionInfo& transaction) override;
  std::expected<void, std::string> change(const TransactionInfo& transaction, const Change& change,
                                          std::uint64_t ordinal) override;
  std::expected<void, std::string> commit(const TransactionInfo& transaction) override;
  std::expected<void, std::string> message(const TransactionInfo& context, const Change& change) override;
  std::expected<void, std::string> gap(Lsn from, Lsn to, std::string_view reason) override;
  std::expected<void, std::string> finish() override { return format_->finish(); }

 private:
  std::expected<void, std::string> write(std::string_view lines, std::size_t complete_bytes,
                                         Lsn complete) override;
  void of_transaction(std::string_view id_suffix);
  void append_key();

  MessageSink& sink_;
  std::unique_ptr<LineFormat> format_;
  std::string id_prefix_;  // of the transaction

  // Of the event that the format is at:
  EventStream stream_ = EventStream::transaction;
  const Change* change_ = nullptr;
  std::size_t lines_ = 0;  // that the format made of it
  TextBuffer id_;
  TextBuffer key_;
};

}  // namespace walkit
