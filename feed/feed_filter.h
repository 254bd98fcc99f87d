// Which changes are wanted, decided as early as possible.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "feed/event.h"

namespace walkit {

/// A value; nothing set means everything.
struct FeedFilter {
  std::vector<std::string> databases;
  std::vector<std::string> tables;   ///< schema.table or table (in any schema); * stands for any characters
  std::vector<std::string> columns;  ///< rows have these and the key's, * as in tables; updates change one
  std::vector<ChangeKind> operations;
  std::vector<Xid> xids;        ///< top-level
  std::optional<PgTime> since;  ///< commit time, inclusive
  std::optional<PgTime> until;  ///< exclusive
  Lsn start;                    ///< commits before this are left out; zero: none

  bool wants_database(std::string_view name) const;
  bool wants_table(std::string_view schema, std::string_view name) const;
  bool wants_column(std::string_view name) const;
  bool wants_operation(ChangeKind kind) const;
  /// Whether a change of a relation nobody knows anything of is left out.
  bool leaves_tables_out() const { return !tables.empty() || !columns.empty(); }
  bool wants_commit(const TransactionInfo& transaction) const;
  /// Whether transactions are left out that another run may want: whoever goes on there has to see them
  /// again.
  bool leaves_commits_out() const { return !xids.empty() || since || until; }
};

/// Whether `text` matches a pattern in which * stands for any characters.
bool matches(std::string_view pattern, std::string_view text);

}  // namespace walkit
