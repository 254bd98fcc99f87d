// Change events: what the feed hands to whoever formats and stores them.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "feed/schema.h"

namespace walkit {

/// Why a value, or a whole row, is not there. Never guessed.
enum class Unavailable : std::uint8_t {
  none,
  toast_unchanged,
  base_page_unknown,
  full_page_writes_off,
  schema_unknown,
  type_unrendered,  ///< the value is there in hexadecimal
  encoding,
};
/// As it is printed: toast_unchanged, base_page_unknown, fpw_off, ...
std::string_view name_of(Unavailable reason);

/// One column's value, as the server prints it.
struct ColumnValue {
  bool null = false;
  Unavailable unavailable = Unavailable::none;
  std::string text;  ///< UTF-8; for type_unrendered and encoding the bytes in hexadecimal
  bool operator==(const ColumnValue&) const = default;
};

/// A row: as many values as the schema has columns (dropped ones hold nothing and are not printed).
struct RowValues {
  Unavailable unavailable = Unavailable::none;  ///< of the whole row; then there are no values
  bool key_only = false;                        ///< only the replica identity's columns are known
  std::vector<ColumnValue> values;
};

enum class ChangeKind : std::uint8_t { insert, update, remove, truncate, message, schema };

/// One change within a transaction.
struct Change {
  ChangeKind kind = ChangeKind::insert;
  Lsn lsn;                  ///< of its record
  Xid xid = 0;              ///< that made it: may be a subtransaction's
  SchemaRef schema;         ///< of the relation; for ChangeKind::schema the new one; nullptr if unknown
  SchemaRef old_schema;     ///< ChangeKind::schema: nullptr if the relation is new
  RelFileLocator relation;  ///< all that is known where the schema is not
  std::optional<RowValues> old_row;                ///< update, remove
  std::optional<RowValues> new_row;                ///< insert, update
  bool cascade = false, restart_identity = false;  ///< truncate at wal_level=logical
  bool transactional = true;                       ///< message
  std::string prefix, content;                     ///< message; content is any bytes
  /// It was read as one that does not see what this transaction does: wrongly, if that is of the same family,
  /// which its end tells. 0: there is no doubt.
  Xid doubt = 0;
};

/// A committed transaction; its changes come one by one.
struct TransactionInfo {
  std::uint64_t system_identifier = 0;
  TimelineId timeline;  ///< of the commit record
  Xid xid = 0;          ///< the top-level one
  Lsn first_lsn;        ///< of its first record that was seen
  Lsn commit_lsn;       ///< where the commit record starts
  Lsn commit_end;       ///< where it ends: what test_decoding calls the commit's LSN
  PgTime commit_time;
  Oid database = 0;
  std::string database_name;
  std::string gid;  ///< of a prepared transaction
  std::uint16_t origin = 0;
  bool partial = false;  ///< it was running when reading began: changes before that are missing
};

/// What the ids of a transaction's events begin with: system identifier, timeline and the LSN `at` of its
/// commit record, each with a slash behind it.
std::string event_id_prefix(const TransactionInfo& transaction, Lsn at);

/// Takes events. Errors are one line; after one nothing more is delivered.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual std::expected<void, std::string> begin(const TransactionInfo& transaction) = 0;
  /// `ordinal` counts the changes of the transaction from 0.
  virtual std::expected<void, std::string> change(const TransactionInfo& transaction, const Change& change,
                                                  std::uint64_t ordinal) = 0;
  virtual std::expected<void, std::string> commit(const TransactionInfo& transaction) = 0;
  /// A message outside any transaction.
  virtual std::expected<void, std::string> message(const TransactionInfo& context, const Change& change) = 0;
  /// WAL is missing or damaged between these positions (zero: to the end): changes may be missing.
  virtual std::expected<void, std::string> gap(Lsn from, Lsn to, std::string_view reason) = 0;
  /// It may be long until more comes: hands on what has gathered, if that is possible.
  virtual std::expected<void, std::string> flush() { return {}; }
  /// There is nothing more to come: hands on what is left.
  virtual std::expected<void, std::string> finish() { return {}; }
};

}  // namespace walkit
