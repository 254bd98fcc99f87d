#include "feed/undo_script.h"

#include <fmt/format.h>

#include <array>

#include "feed/identifier.h"
#include "walreader/json_sink.h"
#include "walreader/read_error.h"

namespace walkit {
namespace {

// Values are read as they were printed, types found as they were named, and no row is hidden.
constexpr std::string_view kSettings = R"(\set ON_ERROR_STOP on
SET client_encoding = 'UTF8';
SET search_path = public;
SET DateStyle = 'ISO, MDY';
SET IntervalStyle = 'postgres';
SET TimeZone = 'UTC';
SET extra_float_digits = 1;
SET bytea_output = 'hex';
SET lc_monetary = 'C';
SET xmloption = content;
SET row_security = off;
-- Without the next line triggers and foreign keys act on what follows, too. It needs a superuser:
-- SET session_replication_role = replica;

)";

constexpr std::array<std::string_view, 6> kNames = {"INSERT",   "UPDATE",  "DELETE",
                                                    "TRUNCATE", "message", "schema change"};

// Names may hold anything, and a comment ends with its line.
void append_comment(std::string& out, std::string_view text) {
  out += "-- ";
  for (const char c : text) out += c == '\n' || c == '\r' ? ' ' : c;
  out += '\n';
}

std::string time_text(PgTime time) {
  TextBuffer json;
  append_json_time(json, time);
  std::string text(json.view());
  std::erase(text, '"');
  return text;
}

std::string relation_of(const Change& change) {
  const RelationSchema* const schema =
      change.schema != nullptr ? change.schema.get() : change.old_schema.get();
  if (schema == nullptr) {
    const RelFileLocator& file = change.relation;
    return fmt::format("relation {}/{}/{}", file.tablespace, file.database, file.relation);
  }
  std::string name;
  append_identifier(name, schema->schema);
  name += '.';
  append_identifier(name, schema->name);
  return name;
}

std::string what_of(const Change& change) {
  const std::string_view name = kNames[static_cast<std::size_t>(change.kind)];
  if (change.kind == ChangeKind::message) return std::string(name);
  return fmt::format("{} of {}", name, relation_of(change));
}

}  // namespace

std::expected<void, std::string> UndoScript::comment(std::string_view what, std::string_view reason, Lsn at) {
  ++left_out_[fmt::format("{}: {}", what, reason)];
  piece_.clear();
  append_comment(piece_, fmt::format("not taken back: {} at {}: {}", what, to_string(at), reason));
  return text_.prepend(piece_);
}

std::expected<void, std::string> UndoScript::begin(const TransactionInfo& transaction) {
  if (transactions_ > 0 && transaction.database != database_)
    return std::unexpected(
        fmt::format("these transactions are of the databases \"{}\" and \"{}\": choose one", database_name_,
                    transaction.database_name));
  database_ = transaction.database;
  database_name_ = transaction.database_name;
  ++transactions_;
  if (auto ended = text_.prepend("COMMIT;\n\n"); !ended || !transaction.partial) return ended;
  return comment(fmt::format("what transaction {} did before reading began", transaction.xid),
                 "it was not read", transaction.first_lsn);
}

std::expected<void, std::string> UndoScript::change(const TransactionInfo&, const Change& change,
                                                    std::uint64_t) {
  piece_.clear();
  if (auto appended = statements_.append(change, piece_); !appended)
    return comment(what_of(change), appended.error(), change.lsn);
  return text_.prepend(piece_);
}

std::expected<void, std::string> UndoScript::commit(const TransactionInfo& transaction) {
  piece_.clear();
  append_comment(piece_, fmt::format("transaction {}, committed at {}, {}", transaction.xid,
                                     to_string(transaction.commit_lsn), time_text(transaction.commit_time)));
  piece_ += "BEGIN;\nSET CONSTRAINTS ALL DEFERRED;\n";
  return text_.prepend(piece_);
}

std::expected<void, std::string> UndoScript::message(const TransactionInfo&, const Change& change) {
  return comment(what_of(change), "a message was sent", change.lsn);
}

std::expected<void, std::string> UndoScript::gap(Lsn from, Lsn, std::string_view reason) {
  return comment("what follows", reason, from);
}

std::expected<void, std::string> UndoScript::finish() {
  piece_.clear();
  append_comment(piece_, transactions_ == 0
                             ? "no transaction was chosen"
                             : fmt::format("takes back {} transaction{} of database \"{}\", newest first",
                                           transactions_, transactions_ == 1 ? "" : "s", database_name_));
  for (const auto& [what, count] : left_out_)
    append_comment(piece_, fmt::format("not taken back, {} time{}: {}", count, count == 1 ? "" : "s", what));
  piece_ += kSettings;
  if (auto begun = text_.prepend(piece_); !begun) return begun;
  return text_.write(sink_);
}

}  // namespace walkit
