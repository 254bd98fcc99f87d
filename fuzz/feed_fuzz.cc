// The feed with records of any contents in any order: no error but of the catalogs, and whatever it tells is
// valid JSON in each format.
#include <nlohmann/json.hpp>

#include "feed/feed_decoder.h"
#include "feed/line_format.h"
#include "feed/undo_script.h"
#include "fuzz/feed_input.h"
#include "fuzz/require.h"
#include "tests/feed/spill_memory.h"

namespace walkit::fuzz {
namespace {

using Result = std::expected<void, std::string>;

constexpr std::size_t kTransactionBytes = 2048;  // so that some are spilled

/// Of transactions that ended before the start.
class SmallLog final : public TransactionLog {
 public:
  std::expected<XidFate, std::string> fate(Xid xid) override { return static_cast<XidFate>(xid % 4); }
  std::expected<Xid, std::string> updater(Xid multixact) override { return multixact; }
};

class Decoders final : public TextDecoders {
 public:
  const TextDecoder& of(std::int32_t) override { return utf8_; }

 private:
  Utf8Decoder utf8_;
};

class JsonLines final : public LineSink {
 public:
  Result write(std::string_view lines, std::size_t complete_bytes, Lsn) override {
    require(complete_bytes <= lines.size(), "complete events are among what is written");
    for (std::size_t end; !lines.empty(); lines.remove_prefix(end + 1)) {
      end = lines.find('\n');
      require(end != std::string_view::npos, "lines are whole");
      const std::string_view line = lines.substr(0, end);
      const bool valid = nlohmann::json::accept(line);
      if (!valid) std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
      require(valid, "a line is valid JSON");
    }
    return {};
  }
};

class TextLines final : public LineSink {
 public:
  Result write(std::string_view lines, std::size_t, Lsn) override {
    require(is_utf8(lines), "a script is UTF-8");
    return {};
  }
};

/// Gives each event to all formats and to a script, which ends where a transaction is of another database.
class AllSinks final : public EventSink {
 public:
  Result begin(const TransactionInfo& info) override {
    return all([&](EventSink& sink) { return sink.begin(info); });
  }
  Result change(const TransactionInfo& info, const Change& change, std::uint64_t ordinal) override {
    return all([&](EventSink& sink) { return sink.change(info, change, ordinal); });
  }
  Result commit(const TransactionInfo& info) override {
    return all([&](EventSink& sink) { return sink.commit(info); });
  }
  Result message(const TransactionInfo& info, const Change& change) override {
    return all([&](EventSink& sink) { return sink.message(info, change); });
  }
  Result gap(Lsn from, Lsn to, std::string_view reason) override {
    return all([&](EventSink& sink) { return sink.gap(from, to, reason); });
  }
  Result finish() override {
    return all([&](EventSink& sink) { return sink.finish(); });
  }

 private:
  template <class Call>
  Result all(Call&& call) {
    for (const auto& format : formats_) require(call(*format).has_value(), "lines are taken");
    scripted_ = scripted_ && call(script_).has_value();
    return {};
  }

  JsonLines json_;
  TextLines text_;
  test::SpillMemory spill_;
  std::unique_ptr<LineFormat> formats_[3] = {make_walkit_format(json_), make_wal2json_format(json_),
                                             make_debezium_format(json_)};
  UndoScript script_{spill_, text_};
  bool scripted_ = true;
};

constexpr Storage kInt{.length = 4, .align = 'i', .by_value = true};
constexpr Storage kVarlena{.length = -1, .align = 'i', .by_value = false};

const TypeRow kTypes[] = {
    {.oid = 23, .name = "int4", .name_space = 11, .storage = kInt},
    {.oid = 25, .name = "text", .name_space = 11, .storage = kVarlena},
    {.oid = 1700, .name = "numeric", .name_space = 11, .storage = kVarlena},
    {.oid = 1007, .name = "_int4", .name_space = 11, .storage = kVarlena, .element = 23},
    {.oid = 3802, .name = "jsonb", .name_space = 11, .storage = kVarlena},
    {.oid = 3904, .name = "int4range", .name_space = 11, .storage = kVarlena, .kind = 'r'},
    {.oid = 16400, .name = "mood", .name_space = 2200, .storage = kInt, .kind = 'e'},
    {.oid = 16402, .name = "pair", .name_space = 2200, .storage = kVarlena, .kind = 'c', .relation = 16404},
    {.oid = 16406, .name = "short", .name_space = 2200, .storage = kVarlena, .kind = 'd', .base = 25},
};

/// One table with a column of each type, its TOAST relation and index, what a rewrite fills, and the
/// catalogs.
void fill(DatabaseCatalog& database) {
  const auto relation = [&](Oid oid, const char* name, char kind, Oid name_space) -> ClassRow {
    return {.oid = oid, .name = name, .name_space = name_space, .filenode = oid, .kind = kind};
  };
  for (const RelFileLocator& file : kFuzzRelations)
    if (file.relation < kFirstNormalOid) database.classes.load(relation(file.relation, "pg", 'r', 11), 0, 0);
  constexpr auto kColumns = static_cast<std::int16_t>(std::size(kTypes));
  for (const Oid oid : {kFuzzTable, kFuzzTransient, Oid{16404}}) {
    ClassRow table = relation(oid, "t", oid == 16404 ? 'c' : 'r', 2200);
    table.columns = oid == 16404 ? std::int16_t{2} : kColumns;
    table.toast = oid == kFuzzTable ? kFuzzToast : 0;
    table.rewrite_of = oid == kFuzzTransient ? kFuzzTable : 0;
    for (AttributeNumber number = 1; number <= table.columns; ++number) {
      const TypeRow& type = kTypes[number - 1];
      Column column{
          .number = number, .name = type.name, .type = type.oid, .storage = type.storage, .missing = {}};
      // Where a tuple lacks the last one, it is this.
      if (number == kColumns) column.missing = test::bytes_of("\aab");
      database.attributes.load({oid, std::move(column)}, 0, 0);
    }
    database.classes.load(std::move(table), 0, 0);
  }
  database.classes.load(relation(kFuzzToast, "pg_toast", 't', 99), 0, 0);
  database.classes.load(relation(kFuzzIndex, "t_pkey", 'i', 2200), 0, 0);
  for (const TypeRow& type : kTypes) database.types.load(type, 0, 0);
  database.namespaces.load({11, "pg_catalog"}, 0, 0);
  database.namespaces.load({2200, "public"}, 0, 0);
  database.namespaces.load({99, "pg_toast"}, 0, 0);
  database.enums.load({16401, "sad"}, 0, 0);
  database.ranges.load({.range = 3904, .subtype = 23}, 0, 0);
  database.indexes.load({.index = kFuzzIndex,
                         .relation = kFuzzTable,
                         .primary = true,
                         .replica_identity = true,
                         .key_columns = {1}},
                        0, 0);
}

void check(const FeedInput& input) {
  if (input.records.empty()) return;
  Catalog catalog(input.major);
  catalog.set_map(0, RelationMap({{kPgDatabase, kPgDatabase}}));
  catalog.load_database_row(
      {.oid = kFuzzDatabase, .name = "shop", .encoding = 6, .tablespace = kFuzzTablespace}, 0, 0);
  DatabaseCatalog& database = catalog.add_database(kFuzzDatabase, kFuzzTablespace);
  fill(database);
  catalog.loaded(database);

  test::SpillMemory page_store, change_store;
  PageTable pages(page_store, nullptr, PageTable::kMinFrames);
  TransactionBuffer buffer(change_store, kTransactionBytes);
  SmallLog log;
  Decoders decoders;
  AllSinks sinks;
  FeedDecoder decoder(
      {.catalog = catalog, .pages = pages, .log = log, .buffer = buffer, .decoders = decoders, .sink = sinks},
      {}, 1);
  Record record;
  Lsn at{0x1000028};
  for (const std::uint8_t index : input.order) {
    const test::Bytes bytes = test::record_bytes(input.records[index % input.records.size()], input.major);
    const ByteSpan fragment = bytes;
    const Lsn end = at + (bytes.size() + 7) / 8 * 8;
    if (record.decode({&fragment, 1}, at, end, TimelineId{1}, format_of(input.major)).fault ==
        BodyFault::none) {
      const Result applied = decoder.apply(record);
      if (!applied) {
        require(applied.error().find('\n') == std::string::npos, "an error is one line");
        break;
      }
    }
    at = end;
  }
  require(sinks.finish().has_value(), "the end is taken");
}

}  // namespace
}  // namespace walkit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace walkit;
  constexpr std::size_t kLargest = std::size_t{1} << 15;
  if (size > kLargest) return 0;
  fuzz::check(fuzz::parse_feed_input(std::as_bytes(std::span(data, size))));
  return 0;
}
