#include "feed/io/kafka_sink.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/feed/made_changes.h"

namespace walkit {
namespace {

namespace fs = std::filesystem;

/// What the sink's broker, which the sink owns, did and shall do.
struct Script {
  std::vector<std::string> topics;
  std::vector<std::uint64_t> under_way;
  bool flushes = true;  ///< flush() delivers what is under way
  std::string opening_error, error;
  DeliveryListener* listener = nullptr;

  void deliver(std::size_t index) {
    listener->delivered(under_way[index]);
    under_way.erase(under_way.begin() + static_cast<std::ptrdiff_t>(index));
  }
};

class FakeBroker final : public MessageBroker {
 public:
  explicit FakeBroker(Script& script) : script_(script) {}

  Result open(const BrokerSettings&, DeliveryListener& listener) override {
    script_.listener = &listener;
    return script_.opening_error.empty() ? Result{} : std::unexpected(script_.opening_error);
  }
  Result send(const OutgoingMessage& message, std::uint64_t ticket) override {
    script_.topics.emplace_back(message.topic);
    script_.under_way.push_back(ticket);
    return poll();
  }
  Result poll() override { return script_.error.empty() ? Result{} : std::unexpected(script_.error); }
  Result flush() override {
    while (script_.flushes && !script_.under_way.empty()) script_.deliver(0);
    return poll();
  }

 private:
  Script& script_;
};

class KafkaSinkTest : public testing::Test {
 protected:
  void SetUp() override {
    path = fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove(path);
  }
  void TearDown() override { fs::remove(path); }

  std::unique_ptr<KafkaSink> open(const FeedState& state) {
    auto sink =
        KafkaSink::open(std::make_unique<FakeBroker>(script), {}, TopicNames("shop", true), path, state);
    EXPECT_TRUE(sink) << sink.error();
    return *std::move(sink);
  }
  Lsn saved() const { return read_feed_state(path).value().value().position; }
  static EventMessage event() { return {.stream = EventStream::transaction, .value = "{}"}; }

  std::string path;
  Script script;
};

TEST_F(KafkaSinkTest, ThePositionIsBehindWhatWasAcknowledgedWhole) {
  const auto sink = open({7, Lsn{10}, 0});
  EXPECT_EQ(saved(), Lsn{10});
  EXPECT_TRUE(sink->synced());
  ASSERT_TRUE(sink->message(event()));
  ASSERT_TRUE(sink->complete(Lsn{100}));
  ASSERT_TRUE(sink->message(event()));
  ASSERT_TRUE(sink->complete(Lsn{200}));
  EXPECT_FALSE(sink->synced());
  script.deliver(1);  // of the second transaction
  script.flushes = false;
  ASSERT_TRUE(sink->sync());
  EXPECT_EQ(saved(), Lsn{10});
  script.flushes = true;
  ASSERT_TRUE(sink->sync());
  EXPECT_EQ(saved(), Lsn{200});
  EXPECT_EQ(sink->position(), Lsn{200});
  EXPECT_TRUE(sink->synced());
}

TEST_F(KafkaSinkTest, ThePositionIsSavedWhileMessagesGoOn) {
  const auto sink = open({7, {}, 0});
  ASSERT_TRUE(sink->message(event()));
  ASSERT_TRUE(sink->complete(Lsn{100}));
  script.deliver(0);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  ASSERT_TRUE(sink->message(event()));
  EXPECT_EQ(saved(), Lsn{100});
}

TEST_F(KafkaSinkTest, AnErrorEndsItAndKeepsWhatWasAcknowledged) {
  const auto sink = open({7, {}, 0});
  ASSERT_TRUE(sink->message(event()));
  ASSERT_TRUE(sink->complete(Lsn{100}));
  ASSERT_TRUE(sink->message(event()));
  script.deliver(0);
  script.error = "no";
  const auto refused = sink->complete(Lsn{200});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), "no");
  EXPECT_EQ(saved(), Lsn{100});
}

TEST_F(KafkaSinkTest, NoStateIsMadeWhereNoBrokerIs) {
  script.opening_error = "nobody there";
  const auto sink =
      KafkaSink::open(std::make_unique<FakeBroker>(script), {}, TopicNames("shop", true), path, {7, {}, 0});
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error(), "nobody there");
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(KafkaSinkTest, WithoutAStateFileNothingIsKept) {
  auto sink = KafkaSink::open(std::make_unique<FakeBroker>(script), {}, TopicNames("shop", true), "", {});
  ASSERT_TRUE(sink);
  ASSERT_TRUE((*sink)->message(event()));
  ASSERT_TRUE((*sink)->complete(Lsn{100}));
  ASSERT_TRUE((*sink)->sync());
  EXPECT_EQ((*sink)->position(), Lsn{100});
  EXPECT_EQ(script.topics, std::vector<std::string>{"shop.transaction"});
}

TEST(TopicNames, AreDebeziumsWithTheDatabase) {
  RelationSchema table = *test::table(
      "Gr\xC3\xB6\xC3\x9F"
      "e \xF0\x9F\x90\x98");
  table.database_name = "my-shop";
  table.schema = "o.d_d";
  const EventMessage row{.table = &table};
  EXPECT_EQ(TopicNames("p", true).of(row), "p.my-shop.o.d_d.Gr__e___");
  EXPECT_EQ(TopicNames("p", false).of(row), "p.o.d_d.Gr__e___");
  EXPECT_EQ(TopicNames("p", true).of({.stream = EventStream::transaction}), "p.transaction");
  EXPECT_EQ(TopicNames("p", true).of({.stream = EventStream::message}), "p.message");
}

TEST(TopicNames, PrefixesAreOfLegalCharactersAndLeaveRoom) {
  EXPECT_TRUE(is_topic_prefix("a.B_c-9"));
  EXPECT_TRUE(is_topic_prefix(std::string(57, 'x')));
  for (const std::string& text :
       {std::string(), std::string(58, 'x'), std::string("a b"), std::string("a/b")})
    EXPECT_FALSE(is_topic_prefix(text)) << text;
}

}  // namespace
}  // namespace walkit
