// The SQL that takes back what one change did to one row.
//
// docs/feed.md says what a script of such statements relies on: the settings that UndoScript writes before
// them.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "feed/event.h"

namespace walkit {

/// One thread at a time.
class UndoStatements {
 public:
  /// Appends the statement; nothing where the change left the row as it was. On error, why no statement takes
  /// the change back; then nothing was appended.
  std::expected<void, std::string> append(const Change& change, std::string& out);

 private:
  /// What is the same for all rows of a relation.
  struct Relation {
    SchemaRef schema;
    std::string name;                  // ONLY schema.table
    std::vector<std::string> columns;  // quoted
    std::vector<std::size_t> stored;   // the places of columns that can be written to
    std::vector<std::size_t> key;      // of those that tell one row from all others; empty if none do
  };
  using Result = std::expected<void, std::string>;

  static Relation make_relation(const SchemaRef& schema);
  const Relation& relation(const SchemaRef& schema);
  static Result append_insert(const Relation& relation, const RowValues& row, std::string& out);
  static Result append_delete(const Relation& relation, const RowValues& row, std::string& out);
  static Result append_update(const Relation& relation, const Change& change, std::string& out);
  static Result append_where(const Relation& relation, const RowValues& row, std::string& out);
  static Result append_comparison(const Relation& relation, std::size_t place, const ColumnValue& value,
                                  std::string& out);

  std::unordered_map<const RelationSchema*, Relation> relations_;
};

}  // namespace walkit
