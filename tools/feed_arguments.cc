#include "tools/feed_arguments.h"

#include <algorithm>
#include <limits>

#include "tools/quantities.h"

namespace walkit {
namespace {

struct NamedFormat {
  std::string_view name;
  FeedFormat format;
};
constexpr NamedFormat kFormats[] = {
    {"walkit", FeedFormat::walkit}, {"wal2json", FeedFormat::wal2json}, {"debezium", FeedFormat::debezium}};

struct NamedOperation {
  std::string_view name;
  ChangeKind kind;
};
constexpr NamedOperation kOperations[] = {
    {"insert", ChangeKind::insert},     {"update", ChangeKind::update},   {"delete", ChangeKind::remove},
    {"truncate", ChangeKind::truncate}, {"message", ChangeKind::message}, {"schema", ChangeKind::schema},
};

std::optional<FeedFormat> parse_format(std::string_view text) {
  const auto found = std::ranges::find(kFormats, text, &NamedFormat::name);
  return found == std::end(kFormats) ? std::nullopt : std::optional(found->format);
}

std::optional<std::vector<ChangeKind>> parse_operations(std::string_view text) {
  std::vector<ChangeKind> kinds;
  for (const std::string& item : split_list(text)) {
    const auto found = std::ranges::find(kOperations, item, &NamedOperation::name);
    if (found == std::end(kOperations)) return {};
    kinds.push_back(found->kind);
  }
  return kinds;
}

std::optional<std::vector<Xid>> parse_xids(std::string_view text) {
  std::vector<Xid> xids;
  for (const std::string& item : split_list(text)) {
    const auto xid = parse_number<Xid>(item, 1, std::numeric_limits<Xid>::max());
    if (!xid) return {};
    xids.push_back(*xid);
  }
  return xids;
}

std::optional<TimelineId> parse_timeline(std::string_view text) {
  const auto number = parse_number<std::uint32_t>(text, 1, std::numeric_limits<std::uint32_t>::max());
  return number ? std::optional(TimelineId{*number}) : std::nullopt;
}

std::optional<std::vector<std::string>> parse_names(std::string_view text) {
  std::vector<std::string> names = split_list(text);
  if (std::ranges::find(names, "") != names.end()) return {};
  return names;
}

// Replaces `to` with what `parse` makes of the option's value; false: it makes nothing of it.
template <typename Value, typename Parse>
bool read(const ParsedOptions& parsed, OptionId id, Value& to, Parse parse) {
  const std::string* text = parsed.find(id);
  if (text == nullptr) return true;
  const auto value = parse(*text);
  if (value) to = *value;
  return value.has_value();
}

std::string text_of(const ParsedOptions& parsed, OptionId id, std::string standard = {}) {
  const std::string* text = parsed.find(id);
  return text == nullptr ? standard : *text;
}

std::expected<void, std::string> read_kafka_arguments(const ParsedOptions& parsed, FeedArguments& arguments) {
  if (!names_kafka(arguments.sink))
    return parsed.has(OptionId::kafka_config)
               ? std::unexpected("--kafka-config is for --sink=kafka://BROKERS/PREFIX")
               : std::expected<void, std::string>{};
  arguments.kafka = parse_kafka_address(arguments.sink);
  if (!arguments.kafka)
    return std::unexpected(invalid_value(parsed, OptionId::sink, "kafka://HOST:PORT[,HOST:PORT...]/PREFIX"));
  if (arguments.undo) return std::unexpected("--undo writes a file: it does not go to Kafka");
  if (arguments.format == FeedFormat::debezium && arguments.filter.databases.size() != 1)
    return std::unexpected(
        "topics have no database in their names with --format=debezium: name one with --database");
  if (!parsed.has(OptionId::kafka_config)) return {};
  auto properties = read_kafka_properties(*parsed.find(OptionId::kafka_config));
  if (!properties) return std::unexpected(std::move(properties).error());
  arguments.kafka_properties = *std::move(properties);
  return {};
}

std::unexpected<std::string> wrong(const ParsedOptions& parsed, OptionId id, std::string_view expected) {
  return std::unexpected(invalid_value(parsed, id, expected));
}

constexpr std::string_view kLsn = "a WAL location such as 0/16B3748";

std::expected<void, std::string> read_filter(const ParsedOptions& parsed, FeedFilter& filter) {
  using Id = OptionId;
  constexpr std::string_view kNames = "names separated by commas";
  constexpr std::string_view kTime = "a time in UTC such as \"2026-08-01 12:30:00\", or with its offset, +02";
  if (!read(parsed, Id::operations, filter.operations, parse_operations))
    return wrong(parsed, Id::operations,
                 "insert, update, delete, truncate, message, schema, separated by commas");
  if (!read(parsed, Id::database, filter.databases, parse_names)) return wrong(parsed, Id::database, kNames);
  if (!read(parsed, Id::table, filter.tables, parse_names)) return wrong(parsed, Id::table, kNames);
  if (!read(parsed, Id::column, filter.columns, parse_names)) return wrong(parsed, Id::column, kNames);
  if (!read(parsed, Id::xid, filter.xids, parse_xids))
    return wrong(parsed, Id::xid, "transaction IDs separated by commas");
  if (!read(parsed, Id::since, filter.since, parse_moment)) return wrong(parsed, Id::since, kTime);
  if (!read(parsed, Id::until, filter.until, parse_moment)) return wrong(parsed, Id::until, kTime);
  if (!read(parsed, Id::start, filter.start, parse_lsn)) return wrong(parsed, Id::start, kLsn);
  return {};
}

}  // namespace

std::expected<FeedArguments, std::string> read_feed_arguments(const ParsedOptions& parsed) {
  FeedArguments arguments;
  using Id = OptionId;
  if (auto filter = read_filter(parsed, arguments.filter); !filter)
    return std::unexpected(std::move(filter).error());
  if (!read(parsed, Id::format, arguments.format, parse_format))
    return wrong(parsed, Id::format, "walkit, wal2json or debezium");
  if (!read(parsed, Id::end, arguments.end, parse_lsn)) return wrong(parsed, Id::end, kLsn);
  if (!read(parsed, Id::timeline, arguments.timeline, parse_timeline))
    return wrong(parsed, Id::timeline, "a number from 1 on");
  if (!read(parsed, Id::timeout, arguments.timeout, parse_duration))
    return wrong(parsed, Id::timeout, "a duration such as 500ms or 5min");
  arguments.follow = parsed.has(Id::follow);
  if (const std::string* connection = parsed.find(Id::connection)) arguments.connection = *connection;
  if (arguments.connection && !arguments.follow)
    return std::unexpected("--connection says how far --follow may read: it goes with nothing else");
  arguments.keep_going = parsed.has(Id::keep_going);
  arguments.catalog = text_of(parsed, Id::catalog);
  arguments.sink = text_of(parsed, Id::sink, arguments.sink);
  arguments.state = text_of(parsed, Id::state);
  arguments.operands = parsed.operands;
  arguments.undo = parsed.has(Id::undo);
  if (arguments.undo && (parsed.has(Id::format) || parsed.has(Id::state) || arguments.follow))
    return std::unexpected("--undo writes SQL, once: neither --format, --state nor --follow goes with it");
  if (arguments.undo && !arguments.filter.columns.empty())
    return std::unexpected("--undo takes whole rows back: --column does not go with it");
  if (!read(parsed, Id::snapshot_every, arguments.snapshot_every_bytes, parse_size))
    return wrong(parsed, Id::snapshot_every, "a size such as 256MB");
  if (arguments.catalog.empty() && arguments.state.empty() && parsed.command == Command::feed)
    return std::unexpected(
        "--catalog is required: a base backup, a stopped server's data directory, or a connection string");
  if (auto kafka = read_kafka_arguments(parsed, arguments); !kafka)
    return std::unexpected(std::move(kafka).error());
  if (parsed.has(Id::repo)) {
    auto settings = read_archive_settings(parsed);
    if (!settings) return std::unexpected(std::move(settings).error());
    arguments.archive = *std::move(settings);
  }
  return arguments;
}

}  // namespace walkit
