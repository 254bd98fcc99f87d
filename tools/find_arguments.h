// The command line of `walkit find`.
#pragma once

#include "feed/transaction_summary.h"
#include "tools/feed_arguments.h"

namespace walkit {

struct FindArguments {
  FeedArguments feed;  ///< what both commands have; --catalog may be missing
  // Of these one has to apply, if any is set.
  bool drop = false;
  bool truncate = false;
  std::optional<std::uint64_t> delete_more_than;
  std::optional<std::uint64_t> update_more_than;
  std::optional<std::uint64_t> larger_than;

  std::string base_backup;    ///< empty: not given
  std::uint64_t limit = 100;  ///< transactions shown; 0: all
  bool json = false;

  /// `database`: its name, or its OID where that is not known.
  bool wants(const TransactionSummary& transaction, const std::string& database) const;
};

/// Checks the values. On error: one line.
std::expected<FindArguments, std::string> read_find_arguments(const ParsedOptions& parsed);

/// schema.table, or tablespace/database/filenode.
std::string relation_name(const RelFileLocator& file, const SchemaRef& schema);
std::string file_name(const RelFileLocator& file);

}  // namespace walkit
