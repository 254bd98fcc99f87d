#include "tools/find_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "tools/quantities.h"

namespace walkit {
namespace {

constexpr std::uint64_t kAny = std::numeric_limits<std::uint64_t>::max();

std::optional<std::uint64_t> parse_count(std::string_view text) {
  return parse_number<std::uint64_t>(text, 0, kAny);
}

bool wants_table(const FeedFilter& filter, const RelFileLocator& file, const SchemaRef& schema) {
  if (schema != nullptr) return filter.wants_table(schema->schema, schema->name);
  const std::string name = file_name(file);
  return std::ranges::any_of(filter.tables,
                             [&](const std::string& pattern) { return matches(pattern, name); });
}

bool touches_table(const FeedFilter& filter, const TransactionSummary& transaction) {
  const auto of_file = [&](const RelFileLocator& file) { return wants_table(filter, file, nullptr); };
  const auto of_schema = [&](const SchemaRef& schema) { return wants_table(filter, {}, schema); };
  const auto of_rows = [&](const RelationRows& rows) { return wants_table(filter, rows.file, rows.schema); };
  return std::ranges::any_of(transaction.relations, of_rows) ||
         std::ranges::any_of(transaction.removed_files, of_file) ||
         std::ranges::any_of(transaction.dropped, of_schema) ||
         std::ranges::any_of(transaction.truncated, of_schema);
}

template <typename Value, typename Parse>
bool read(const ParsedOptions& parsed, OptionId id, Value& to, Parse parse) {
  const std::string* const text = parsed.find(id);
  if (text == nullptr) return true;
  const auto value = parse(*text);
  if (value) to = *value;
  return value.has_value();
}

}  // namespace

std::string file_name(const RelFileLocator& file) {
  return fmt::format("{}/{}/{}", file.tablespace, file.database, file.relation);
}

std::string relation_name(const RelFileLocator& file, const SchemaRef& schema) {
  return schema == nullptr ? file_name(file) : schema->schema + "." + schema->name;
}

bool FindArguments::wants(const TransactionSummary& transaction, const std::string& database) const {
  const FeedFilter& filter = feed.filter;
  TransactionInfo info;
  info.xid = transaction.xid;
  info.commit_lsn = transaction.commit;
  info.commit_end = transaction.commit_end;
  info.commit_time = transaction.commit_time;
  info.database_name = database;
  if (!filter.wants_commit(info)) return false;
  if (!filter.databases.empty() && !filter.wants_database(database)) return false;
  if (!filter.tables.empty() && !touches_table(filter, transaction)) return false;
  if (!drop && !truncate && !delete_more_than && !update_more_than && !larger_than) return true;
  const RowCounts rows = transaction.rows();
  return (drop && (transaction.drops || !transaction.destroyed.empty())) ||
         (truncate && transaction.truncates) || rows.deleted > delete_more_than.value_or(kAny) ||
         rows.updated > update_more_than.value_or(kAny) || transaction.wal_bytes > larger_than.value_or(kAny);
}

std::expected<FindArguments, std::string> read_find_arguments(const ParsedOptions& parsed) {
  auto feed = read_feed_arguments(parsed);
  if (!feed) return std::unexpected(std::move(feed).error());
  FindArguments arguments;
  arguments.feed = *std::move(feed);
  // Of many files (pg_wal/*), those between the first and the last are found by their names.
  if (auto& operands = arguments.feed.operands; operands.size() > 2) {
    const auto [first, last] = std::ranges::minmax(operands);
    operands = {first, last};
  }
  arguments.drop = parsed.has(OptionId::drop);
  arguments.truncate = parsed.has(OptionId::truncate);
  arguments.json = parsed.has(OptionId::json);
  if (const std::string* const directory = parsed.find(OptionId::base_backup))
    arguments.base_backup = *directory;
  using Id = OptionId;
  const auto wrong = [&](Id id, std::string_view expected = "a number") {
    return std::unexpected(invalid_value(parsed, id, expected));
  };
  if (!read(parsed, Id::delete_more_than, arguments.delete_more_than, parse_count))
    return wrong(Id::delete_more_than);
  if (!read(parsed, Id::update_more_than, arguments.update_more_than, parse_count))
    return wrong(Id::update_more_than);
  if (!read(parsed, Id::larger_than, arguments.larger_than, parse_size))
    return wrong(Id::larger_than, "a size such as 16MiB");
  if (!read(parsed, Id::limit, arguments.limit, parse_count)) return wrong(Id::limit);
  const bool wal_named =
      !arguments.feed.operands.empty() || arguments.feed.archive || !arguments.feed.catalog.empty();
  if (!wal_named) return std::unexpected("no WAL given: name files, a directory, --repo or --catalog");
  return arguments;
}

}  // namespace walkit
