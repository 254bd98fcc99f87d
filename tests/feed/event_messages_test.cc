#include "feed/event_messages.h"

#include <gtest/gtest.h>

#include "tests/feed/made_changes.h"

namespace walkit {
namespace {

struct Taken {
  EventStream stream;
  std::string table, key, value, id;
};

class Messages final : public MessageSink {
 public:
  std::expected<void, std::string> message(const EventMessage& message) override {
    taken.push_back({message.stream, message.table == nullptr ? "" : message.table->name,
                     std::string(message.key), std::string(message.value), std::string(message.id)});
    if (taken.size() == refused) return std::unexpected("refused");
    return {};
  }
  std::expected<void, std::string> complete(Lsn before) override {
    ended.emplace_back(before, taken.size());
    return {};
  }

  std::vector<Taken> taken;
  std::vector<std::pair<Lsn, std::size_t>> ended;  // and behind how many messages
  std::size_t refused = 0;
};

TransactionInfo transaction() {
  TransactionInfo info;
  info.system_identifier = 7;
  info.timeline = TimelineId{2};
  info.xid = 730;
  info.commit_lsn = Lsn{0x1F0};
  info.commit_end = Lsn{0x200};
  info.database_name = "shop";
  return info;
}

Change change_of(ChangeKind kind, std::optional<RowValues> old_row, std::optional<RowValues> new_row) {
  Change change = test::insert(test::table("t"), 730, {});
  change.kind = kind;
  change.old_row = std::move(old_row);
  change.new_row = std::move(new_row);
  return change;
}

class EventMessagesTest : public testing::Test {
 protected:
  void send(FeedFormat format, const std::vector<Change>& changes) {
    EventMessages events(format, sink);
    const TransactionInfo info = transaction();
    EXPECT_TRUE(events.begin(info));
    for (std::size_t i = 0; i < changes.size(); ++i) EXPECT_TRUE(events.change(info, changes[i], i));
    EXPECT_TRUE(events.commit(info));
    EXPECT_TRUE(events.finish());
  }

  Messages sink;
};

TEST_F(EventMessagesTest, EachEventHasItsIdAndItsKey) {
  send(FeedFormat::walkit,
       {change_of(ChangeKind::insert, {}, test::row({"1", "x"})), change_of(ChangeKind::truncate, {}, {})});
  ASSERT_EQ(sink.taken.size(), 4u);
  EXPECT_EQ(sink.taken[0].stream, EventStream::transaction);
  EXPECT_EQ(sink.taken[0].id, "7/2/00000000000001F0/begin");
  EXPECT_EQ(sink.taken[0].key, "");
  EXPECT_EQ(sink.taken[1].stream, EventStream::table);
  EXPECT_EQ(sink.taken[1].table, "t");
  EXPECT_EQ(sink.taken[1].id, "7/2/00000000000001F0/0");
  EXPECT_EQ(sink.taken[1].key, R"({"id":1})");
  EXPECT_TRUE(sink.taken[1].value.starts_with(R"({"event":"insert")")) << sink.taken[1].value;
  EXPECT_TRUE(sink.taken[1].value.ends_with("}")) << sink.taken[1].value;
  EXPECT_EQ(sink.taken[2].table, "t");
  EXPECT_EQ(sink.taken[2].key, "");
  EXPECT_EQ(sink.taken[3].id, "7/2/00000000000001F0/commit");
  ASSERT_EQ(sink.ended.size(), 1u);
  EXPECT_EQ(sink.ended[0], std::pair(Lsn{0x200}, std::size_t{4}));
}

TEST_F(EventMessagesTest, AChangedKeyIsTheOldOneInOneEventAndBothInTwo) {
  const Change moved = change_of(ChangeKind::update, test::row({"1", "x"}), test::row({"2", "x"}));
  send(FeedFormat::walkit, {moved});
  EXPECT_EQ(sink.taken[1].key, R"({"id":1})");
  sink.taken.clear();
  send(FeedFormat::debezium, {moved});
  ASSERT_EQ(sink.taken.size(), 2u);
  EXPECT_EQ(sink.taken[0].key, R"({"id":1})");
  EXPECT_EQ(sink.taken[0].id, "7/2/00000000000001F0/0");
  EXPECT_EQ(sink.taken[1].key, R"({"id":2})");
  EXPECT_EQ(sink.taken[1].id, "7/2/00000000000001F0/0/1");
}

TEST_F(EventMessagesTest, AnUnknownOldKeyIsThatOfTheNewRow) {
  RowValues unknown;
  unknown.unavailable = Unavailable::base_page_unknown;
  send(FeedFormat::walkit, {change_of(ChangeKind::update, unknown, test::row({"2", "x"})),
                            change_of(ChangeKind::remove, unknown, {})});
  EXPECT_EQ(sink.taken[1].key, R"({"id":2})");
  EXPECT_EQ(sink.taken[2].key, "");
}

TEST_F(EventMessagesTest, WhatIsOfNoKnownTableGoesWithTransactions) {
  Change unknown = change_of(ChangeKind::insert, {}, {});
  unknown.schema = nullptr;
  send(FeedFormat::walkit, {unknown, change_of(ChangeKind::schema, {}, {})});
  EXPECT_EQ(sink.taken[1].stream, EventStream::transaction);
  EXPECT_EQ(sink.taken[2].stream, EventStream::transaction);
  EXPECT_EQ(sink.taken[2].id, "7/2/00000000000001F0/1");
}

TEST_F(EventMessagesTest, WhatAFormatHasNoEventForStillEnds) {
  send(FeedFormat::debezium, {change_of(ChangeKind::schema, {}, {})});
  EXPECT_TRUE(sink.taken.empty());
  ASSERT_EQ(sink.ended.size(), 1u);
  EXPECT_EQ(sink.ended[0].first, Lsn{0x200});
}

TEST_F(EventMessagesTest, MessagesAreKeyedByTheirPrefix) {
  Change message;
  message.kind = ChangeKind::message;
  message.lsn = Lsn{0x150};
  message.prefix = "a\"b";
  message.transactional = false;
  for (const FeedFormat format : {FeedFormat::walkit, FeedFormat::wal2json, FeedFormat::debezium}) {
    sink = {};
    EventMessages events(format, sink);
    ASSERT_TRUE(events.message(transaction(), message));
    ASSERT_EQ(sink.taken.size(), 1u);
    EXPECT_EQ(sink.taken[0].stream, EventStream::message);
    EXPECT_EQ(sink.taken[0].key, R"({"prefix":"a\"b"})");
    EXPECT_EQ(sink.taken[0].id, "7/2/0000000000000150/message");
    ASSERT_EQ(sink.ended.size(), 1u);
    EXPECT_EQ(sink.ended[0].first, Lsn{0x151});
  }
}

TEST_F(EventMessagesTest, AGapHasNoId) {
  EventMessages events(FeedFormat::walkit, sink);
  ASSERT_TRUE(events.gap(Lsn{1}, Lsn{2}, "missing WAL"));
  ASSERT_EQ(sink.taken.size(), 1u);
  EXPECT_EQ(sink.taken[0].stream, EventStream::transaction);
  EXPECT_EQ(sink.taken[0].id + sink.taken[0].key, "");
}

TEST_F(EventMessagesTest, TheSinksErrorsComeBack) {
  sink.refused = 2;
  EventMessages events(FeedFormat::walkit, sink);
  ASSERT_TRUE(events.begin(transaction()));
  const auto refused =
      events.change(transaction(), change_of(ChangeKind::insert, {}, test::row({"1", "x"})), 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), "refused");
}

TEST_F(EventMessagesTest, KeysAreInTheFormatsWords) {
  auto schema = std::make_shared<RelationSchema>(*test::table("t"));
  schema->columns = {test::column(1, "n", 1700, "numeric"), test::column(2, "b", 17, "bytea")};
  schema->primary_key = {1, 2};
  const Change change = test::insert(schema, 730, {"1.50", "\\x00ff"});
  for (const auto& [format, key] : {std::pair(FeedFormat::walkit, R"({"n":1.50,"b":"\\x00ff"})"),
                                    std::pair(FeedFormat::wal2json, R"({"n":1.50,"b":"00ff"})"),
                                    std::pair(FeedFormat::debezium, R"({"n":"1.50","b":"00ff"})")}) {
    sink = {};
    EventMessages events(format, sink);
    ASSERT_TRUE(events.change(transaction(), change, 0));
    ASSERT_EQ(sink.taken.size(), 1u);
    EXPECT_EQ(sink.taken[0].key, key);
  }
}

}  // namespace
}  // namespace walkit
