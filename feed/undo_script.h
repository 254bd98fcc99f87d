// SQL for psql that takes committed transactions back: the newest first, and within each the newest change
// first.
//
// What cannot be taken back is a comment in its place, and counted. docs/feed.md describes the script.
#pragma once

#include <map>

#include "feed/reversed_text.h"
#include "feed/undo_statement.h"

namespace walkit {

/// Borrows what it is given; nothing else may use the store. One thread at a time. All of the script is
/// written by finish(), and nothing where there was an error before.
class UndoScript final : public EventSink {
 public:
  UndoScript(SpillStore& store, LineSink& sink) : text_(store), sink_(sink) {}

  /// An error if the transaction is of another database than those before: a script runs in one.
  std::expected<void, std::string> begin(const TransactionInfo& transaction) override;
  std::expected<void, std::string> change(const TransactionInfo& transaction, const Change& change,
                                          std::uint64_t ordinal) override;
  std::expected<void, std::string> commit(const TransactionInfo& transaction) override;
  std::expected<void, std::string> message(const TransactionInfo& context, const Change& change) override;
  std::expected<void, std::string> gap(Lsn from, Lsn to, std::string_view reason) override;
  std::expected<void, std::string> finish() override;

  /// What is not taken back, in words, and how often.
  const std::map<std::string, std::uint64_t>& left_out() const { return left_out_; }

 private:
  std::expected<void, std::string> comment(std::string_view what, std::string_view reason, Lsn at);

  ReversedText text_;
  LineSink& sink_;
  UndoStatements statements_;
  std::string piece_;  // used again
  Oid database_ = 0;
  std::string database_name_;
  std::uint64_t transactions_ = 0;
  std::map<std::string, std::uint64_t> left_out_;
};

}  // namespace walkit
