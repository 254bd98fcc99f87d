#include "live/server_facts.h"

#include <gtest/gtest.h>

#include "tests/live/fake_server.h"

namespace walkit {
namespace {

using test::FakeServer;

constexpr Deadline kDeadline = Deadline::max();

FakeServer usual_server() {
  FakeServer server;
  server.answer("server_version_num", {{"150020", "15.20", "f", "\"Bob B\""}});
  server.answer("pg_settings", {{"archive_mode", "on"}, {"wal_segment_size", "1048576"}});
  server.answer("has_function_privilege", {{"t"}});
  server.answer("FROM pg_control_system", {{"7711274509949272182"}});
  return server;
}

ServerResult<ServerFacts> read_all(FakeServer& server) {
  auto facts = read_server_role(server, kDeadline);
  if (!facts) return facts;
  if (const auto read = read_server_settings(server, *facts, kDeadline); !read)
    return std::unexpected(read.error());
  return facts;
}

TEST(ServerFacts, AreWhatTheServerSays) {
  FakeServer server = usual_server();
  const auto facts = read_all(server);
  ASSERT_TRUE(facts) << facts.error().text;
  EXPECT_EQ(facts->major(), 15);
  EXPECT_EQ(facts->version, "15.20");
  EXPECT_FALSE(facts->is_standby);
  EXPECT_EQ(facts->user, "\"Bob B\"");
  ASSERT_NE(facts->setting("archive_mode"), nullptr);
  EXPECT_EQ(*facts->setting("archive_mode"), "on");
  EXPECT_EQ(facts->setting("data_directory"), nullptr);
  EXPECT_TRUE(facts->may_execute(kSwitchFunction));
  EXPECT_EQ(facts->identity(), (ClusterIdentity{7711274509949272182U, 15, 1U << 20}));
}

TEST(ServerFacts, FunctionsThatMayNotBeExecutedAreNotCalled) {
  FakeServer server = usual_server();
  server.answer("has_function_privilege('pg_control_system()'", {{"f"}});
  const auto facts = read_all(server);
  ASSERT_TRUE(facts) << facts.error().text;
  EXPECT_EQ(facts->refused_functions, std::vector<std::string>{kControlFunction});
  EXPECT_FALSE(facts->identity());
  for (const std::string& sql : server.asked) EXPECT_FALSE(sql.contains("FROM pg_control_system"));
}

TEST(ServerFacts, IdentifiersBeyondSignedIntegersComeNegative) {
  FakeServer server = usual_server();
  server.answer("FROM pg_control_system", {{"-1"}});
  EXPECT_EQ(read_all(server)->system_identifier, ~std::uint64_t{0});
}

TEST(ServerFacts, NoServersAnswersAreRefused) {
  const std::vector<std::pair<const char*, std::vector<Row>>> answers = {
      {"server_version_num", {}},
      {"server_version_num", {{"150020", "15.20", "f"}}},
      {"server_version_num", {{std::nullopt, "15.20", "f", "bob"}}},
      {"server_version_num", {{"15 beta", "15.20", "f", "bob"}}},
      {"pg_settings", {{"archive_mode"}}},
      {"pg_settings", {{std::nullopt, "on"}}},
      {"has_function_privilege", {}},
      {"FROM pg_control_system", {{"x"}}},
      {"FROM pg_control_system", {{"99999999999999999999"}}},
  };
  for (const auto& [part, rows] : answers) {
    FakeServer server = usual_server();
    server.answer(part, rows);
    EXPECT_FALSE(read_all(server)) << part;
  }
}

TEST(ServerFacts, ImpossibleSegmentSizesAreNoIdentity) {
  FakeServer server = usual_server();
  server.answer("pg_settings", {{"wal_segment_size", "1000000"}});
  EXPECT_FALSE(read_all(server)->identity());
}

TEST(ServerFacts, ABrokenConnectionIsAnError) {
  FakeServer server;
  const auto facts = read_all(server);
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().text, "server closed the connection");
}

}  // namespace
}  // namespace walkit
