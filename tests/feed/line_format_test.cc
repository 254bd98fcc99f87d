// What wal2json is compared with was printed by wal2json 2.5 on PostgreSQL 15: pg_logical_slot_peek_changes()
// with format-version 2, over INSERT, UPDATE and DELETE of tables like these.
#include "feed/line_format.h"

#include <gtest/gtest.h>

#include "tests/feed/made_changes.h"
#include "tests/support/strict_json.h"

namespace walkit {
namespace {

class Lines final : public LineSink {
 public:
  std::expected<void, std::string> write(std::string_view lines, std::size_t complete_bytes,
                                         Lsn complete_before) override {
    text += lines;
    complete = complete_before;
    EXPECT_EQ(complete_bytes, complete_before.valid() ? lines.size() : 0);
    return {};
  }
  std::string text;
  Lsn complete;
};

TransactionInfo transaction() {
  TransactionInfo info;
  info.system_identifier = 7000000000000000001;
  info.timeline = TimelineId{2};
  info.xid = 730;
  info.first_lsn = Lsn{0x1000000};
  info.commit_lsn = Lsn{0x100001568};
  info.commit_end = Lsn{0x100001598};
  info.commit_time = PgTime{657'158'400'123'456};
  info.database_name = "shop";
  return info;
}

Change update(const SchemaRef& schema, std::optional<RowValues> old_row, RowValues new_row) {
  Change change = test::insert(schema, 730, {});
  change.kind = ChangeKind::update;
  change.old_row = std::move(old_row);
  change.new_row = std::move(new_row);
  return change;
}

Change remove(const SchemaRef& schema, RowValues old_row) {
  Change change = test::insert(schema, 730, {});
  change.kind = ChangeKind::remove;
  change.old_row = std::move(old_row);
  change.new_row.reset();
  return change;
}

std::string printed(FeedFormat format, const std::vector<Change>& changes) {
  Lines lines;
  const auto events = make_line_format(format, lines);
  const TransactionInfo info = transaction();
  EXPECT_TRUE(events->begin(info));
  std::uint64_t ordinal = 0;
  for (const Change& change : changes) EXPECT_TRUE(events->change(info, change, ordinal++));
  EXPECT_TRUE(events->commit(info));
  EXPECT_TRUE(events->flush());
  EXPECT_EQ(lines.complete, info.commit_end);
  for (std::size_t start = 0; start < lines.text.size();) {
    const std::size_t end = lines.text.find('\n', start);
    EXPECT_EQ(test::json_complaint(lines.text.substr(start, end - start)), "");
    start = end + 1;
  }
  return lines.text;
}

// Only the lines between begin and commit, where the format has these.
std::string middle(FeedFormat format, const std::vector<Change>& changes) {
  std::string text = printed(format, changes);
  text.erase(0, text.find('\n') + 1);
  text.pop_back();
  text.erase(text.rfind('\n') + 1);
  return text;
}

// public.v (b bool, by bytea, f float8, n numeric, j jsonb).
SchemaRef values_table() {
  auto schema = std::make_shared<RelationSchema>();
  schema->schema = "public";
  schema->name = "v";
  schema->columns = {test::column(1, "b", 16, "boolean"), test::column(2, "by", 17, "bytea"),
                     test::column(3, "f", 701, "double precision"),
                     test::column(4, "n", 1700, "numeric(10,2)"), test::column(5, "j", 3802, "jsonb")};
  return schema;
}

SchemaRef with_identity(ReplicaIdentity identity) {
  auto schema = std::make_shared<RelationSchema>(*test::table("t"));
  schema->replica_identity = identity;
  return schema;
}

TEST(Wal2jsonFormat, InsertsAreAsWal2jsonPrintsThem) {
  const Change change = test::insert(values_table(), 730, {"t", "\\x00ff", "1.5", "12.30", R"({"a": 1})"});
  EXPECT_EQ(
      printed(FeedFormat::wal2json, {change}),
      "{\"action\":\"B\"}\n"
      R"~({"action":"I","schema":"public","table":"v","columns":[{"name":"b","type":"boolean","value":true},)~"
      R"~({"name":"by","type":"bytea","value":"00ff"},{"name":"f","type":"double precision","value":1.5},)~"
      R"~({"name":"n","type":"numeric(10,2)","value":12.30},{"name":"j","type":"jsonb","value":"{\"a\": 1}"}]})~"
      "\n{\"action\":\"C\"}\n");
}

TEST(Wal2jsonFormat, NotANumberIsNull) {
  const Change change =
      test::insert(values_table(), 730, {"f", "\\x", "-Infinity", "NaN", "a\"\\ \xC3\xBC\n\t\x01/"});
  EXPECT_EQ(
      middle(FeedFormat::wal2json, {change}),
      R"~({"action":"I","schema":"public","table":"v","columns":[{"name":"b","type":"boolean","value":false},)~"
      R"~({"name":"by","type":"bytea","value":""},{"name":"f","type":"double precision","value":null},)~"
      R"~({"name":"n","type":"numeric(10,2)","value":null},)~"
      "{\"name\":\"j\",\"type\":\"jsonb\",\"value\":\"a\\\"\\\\ \xC3\xBC\\n\\t\\u0001/\"}]}\n");
}

TEST(Wal2jsonFormat, IdentityIsOfTheOldRowOrOfTheNewOne) {
  RowValues key = test::row({"1", ""});
  key.key_only = true;
  EXPECT_EQ(
      middle(FeedFormat::wal2json,
             {update(test::table("t"), std::nullopt, test::row({"1", "x"})),
              update(test::table("t"), key, test::row({"3", "x"})), remove(test::table("t"), key)}),
      R"({"action":"U","schema":"public","table":"t","columns":[{"name":"id","type":"integer","value":1},)"
      R"({"name":"note","type":"text","value":"x"}],"identity":[{"name":"id","type":"integer","value":1}]}
{"action":"U","schema":"public","table":"t","columns":[{"name":"id","type":"integer","value":3},)"
      R"({"name":"note","type":"text","value":"x"}],"identity":[{"name":"id","type":"integer","value":1}]}
{"action":"D","schema":"public","table":"t","identity":[{"name":"id","type":"integer","value":1}]}
)");
}

TEST(Wal2jsonFormat, FullIdentityHasAllColumns) {
  RowValues old_row = test::row({"1", ""});
  old_row.values[1].null = true;
  EXPECT_EQ(
      middle(FeedFormat::wal2json, {remove(with_identity(ReplicaIdentity::full), old_row)}),
      R"({"action":"D","schema":"public","table":"t","identity":[{"name":"id","type":"integer","value":1},)"
      R"({"name":"note","type":"text","value":null}]}
)");
}

TEST(Wal2jsonFormat, UnknownColumnsAreLeftOut) {
  RowValues new_row = test::row({"1", ""});
  new_row.values[1].unavailable = Unavailable::toast_unchanged;
  EXPECT_EQ(
      middle(FeedFormat::wal2json, {update(test::table("t"), std::nullopt, new_row)}),
      R"({"action":"U","schema":"public","table":"t","columns":[{"name":"id","type":"integer","value":1}],)"
      R"("identity":[{"name":"id","type":"integer","value":1}]}
)");
}

TEST(WalkitFormat, AllOfATransaction) {
  RowValues new_row = test::row({"2", ""});
  new_row.values[1].unavailable = Unavailable::toast_unchanged;
  EXPECT_EQ(
      printed(FeedFormat::walkit, {update(test::table("t"), test::row({"1", "old"}), new_row)}),
      R"({"event":"begin","id":"7000000000000000001/2/0000000100001568/begin","xid":730,"commit_lsn":"1/1568",)"
      R"("commit_time":"2020-10-28T00:00:00.123456Z","database":"shop","timeline":2,"first_lsn":"0/1000000",)"
      R"("commit_end":"1/1598"}
{"event":"update","id":"7000000000000000001/2/0000000100001568/0","xid":730,"commit_lsn":"1/1568",)"
      R"("commit_time":"2020-10-28T00:00:00.123456Z","database":"shop","lsn":"0/1000","schema":"public","table":"t",)"
      R"("key":{"id":1},"old":{"id":1,"note":"old"},"new":{"id":2},"unavailable":{"note":"toast_unchanged"}}
{"event":"commit","id":"7000000000000000001/2/0000000100001568/commit","xid":730,"commit_lsn":"1/1568",)"
      R"("commit_time":"2020-10-28T00:00:00.123456Z","database":"shop"}
)");
}

TEST(WalkitFormat, NullNotANumberAndAbsenceAreNeverConfused) {
  Change change = test::insert(values_table(), 730, {"t", "", "NaN", "Infinity", "0A"});
  change.new_row->values[1].null = true;
  change.new_row->values[4].unavailable = Unavailable::type_unrendered;
  const std::string line = middle(FeedFormat::walkit, {change});
  EXPECT_NE(
      line.find(R"("new":{"b":true,"by":null,"f":"NaN","n":"Infinity","j":{"type":"jsonb","raw":"0A"}},)"
                R"("unavailable":{"j":"type_unrendered"}})"),
      std::string::npos)
      << line;
}

TEST(WalkitFormat, AnUnknownOldRowHasNoKey) {
  RowValues unknown;
  unknown.unavailable = Unavailable::base_page_unknown;
  const std::string line = middle(FeedFormat::walkit, {remove(test::table("t"), unknown)});
  EXPECT_NE(line.find(R"("table":"t","old":null,"old_unavailable":"base_page_unknown"})"), std::string::npos)
      << line;
}

TEST(WalkitFormat, MessagesThatAreNoTextAreHexadecimal) {
  Change change;
  change.kind = ChangeKind::message;
  change.prefix = "p";
  change.content = "\xFFz";
  const std::string line = middle(FeedFormat::walkit, {change});
  EXPECT_NE(line.find(R"("prefix":"p","content_hex":"ff7a"})"), std::string::npos) << line;
}

TEST(WalkitFormat, SchemaChangesNameBothSides) {
  Change change;
  change.kind = ChangeKind::schema;
  change.schema = test::table("renamed");
  change.old_schema = test::table("t");
  const std::string line = middle(FeedFormat::walkit, {change});
  EXPECT_NE(
      line.find(
          R"("schema":"public","table":"renamed","action":"alter","columns":[{"name":"id","type":"integer",)"
          R"("not_null":true},{"name":"note","type":"text"}],"old_schema":"public","old_table":"t",)"),
      std::string::npos)
      << line;
}

TEST(DebeziumFormat, TheEnvelope) {
  EXPECT_EQ(
      printed(FeedFormat::debezium, {remove(test::table("t"), test::row({"1", "x"}))}),
      R"({"before":{"id":1,"note":"x"},"after":null,"source":{"version":"2.7","connector":"postgresql",)"
      R"("name":"walkit","ts_ms":1603843200123,"ts_us":1603843200123456,"ts_ns":1603843200123456000,)"
      R"("snapshot":"false","db":"shop","sequence":"[null,\"4096\"]","schema":"public","table":"t","txId":730,)"
      R"("lsn":4096,"xmin":null},"transaction":{"id":"730:4294972776","total_order":1,)"
      R"("data_collection_order":1},"op":"d","ts_ms":1603843200123,"ts_us":1603843200123456,)"
      R"("ts_ns":1603843200123456000}
)");
}

TEST(DebeziumFormat, AChangedKeyIsADeleteAndACreate) {
  const std::string lines =
      printed(FeedFormat::debezium, {update(test::table("t"), test::row({"1", "x"}), test::row({"2", "x"})),
                                     update(test::table("t"), test::row({"2", "x"}), test::row({"2", "y"}))});
  EXPECT_EQ(std::ranges::count(lines, '\n'), 3);
  EXPECT_LT(lines.find(R"("op":"d")"), lines.find(R"("op":"c")"));
  EXPECT_LT(lines.find(R"("op":"c")"), lines.find(R"("op":"u")"));
  EXPECT_NE(lines.find(R"("total_order":3,"data_collection_order":3)"), std::string::npos) << lines;
}

TEST(DebeziumFormat, UnknownValuesHaveItsPlaceholder) {
  RowValues new_row = test::row({"1", ""});
  new_row.values[1].unavailable = Unavailable::toast_unchanged;
  const std::string lines = printed(FeedFormat::debezium, {update(test::table("t"), std::nullopt, new_row)});
  EXPECT_NE(lines.find(R"({"before":null,"after":{"id":1,"note":"__debezium_unavailable_value"},)"),
            std::string::npos)
      << lines;
}

std::string printed_gap(FeedFormat format, Lsn to) {
  Lines lines;
  const auto events = make_line_format(format, lines);
  EXPECT_TRUE(events->begin(transaction()));
  EXPECT_TRUE(events->commit(transaction()));
  EXPECT_TRUE(events->flush());
  lines.text.clear();
  EXPECT_TRUE(events->gap(Lsn{0x1540960}, to, "missing WAL"));
  EXPECT_EQ(lines.text, "");  // it waits to be flushed, and completes nothing
  lines.complete = {};
  EXPECT_TRUE(events->flush());
  EXPECT_FALSE(lines.complete.valid());
  return lines.text;
}

TEST(AllFormats, TellOfAGap) {
  EXPECT_EQ(printed_gap(FeedFormat::walkit, Lsn{0x2000028}),
            R"({"event":"gap","from":"0/1540960","to":"0/2000028","reason":"missing WAL"})"
            "\n");
  EXPECT_EQ(printed_gap(FeedFormat::wal2json, Lsn{0x2000028}),
            R"({"action":"M","transactional":false,"prefix":"walkit.gap","content":)"
            R"("{\"from\":\"0/1540960\",\"to\":\"0/2000028\",\"reason\":\"missing WAL\"}"})"
            "\n");
  EXPECT_NE(printed_gap(FeedFormat::wal2json, {}).find(R"("{\"from\":\"0/1540960\",\"reason\":)"),
            std::string::npos);
  const std::string debezium = printed_gap(FeedFormat::debezium, {});
  EXPECT_NE(debezium.find(R"("message":{"prefix":"walkit.gap","content":"eyJmcm9tIjoi)"), std::string::npos)
      << debezium;
  EXPECT_NE(debezium.find(R"("transaction":null,"op":"m","ts_ms":1603843200123,)"), std::string::npos)
      << debezium;
}

}  // namespace
}  // namespace walkit
