#include "live/flush_position.h"

#include <gtest/gtest.h>

#include "tests/live/fake_server.h"

namespace walkit {
namespace {

using test::FakeServer;
using Kind = ServerError::Kind;

constexpr std::uint64_t kIdentifier = 7711274509949272182U;

FlushPosition position_of(std::unique_ptr<Server> server) {
  return {ServerConnection(std::move(server), "host=here", std::chrono::seconds(1)), kIdentifier};
}

TEST(FlushPosition, IsWhatTheServerSays) {
  auto server = std::make_unique<FakeServer>();
  server->answer("pg_current_wal_flush_lsn", {{"5033164800", std::to_string(kIdentifier)}});
  EXPECT_EQ(position_of(std::move(server)).now(), Lsn{5033164800});
}

TEST(FlushPosition, IsRefusedFromAnotherServer) {
  auto server = std::make_unique<FakeServer>();
  server->answer("pg_current_wal_flush_lsn", {{"5033164800", "-2"}});
  const auto now = position_of(std::move(server)).now();
  ASSERT_FALSE(now);
  EXPECT_EQ(
      now.error(),
      "the server that answers has the system identifier 18446744073709551614, not 7711274509949272182");
}

TEST(FlushPosition, IsUnknownWhileAStandbyHasReplayedNothing) {
  auto server = std::make_unique<FakeServer>();
  server->answer("pg_current_wal_flush_lsn", {{std::nullopt, std::to_string(kIdentifier)}});
  EXPECT_FALSE(position_of(std::move(server)).now());
}

// Counts connections; each is good for one question.
class RestartingServer final : public Server {
 public:
  explicit RestartingServer(int& connections) : connections_(connections) {}
  ServerResult<void> connect(const std::string&, Deadline) override {
    ++connections_;
    fresh_ = true;
    return {};
  }
  ServerResult<std::vector<Row>> query(const std::string&, Deadline) override {
    if (!std::exchange(fresh_, false))
      return std::unexpected(ServerError{Kind::connection, "it is gone", "Start it."});
    return std::vector<Row>{{"1", std::to_string(kIdentifier)}};
  }

 private:
  int& connections_;
  bool fresh_ = false;
};

TEST(FlushPosition, IsAskedOverANewConnectionAfterTheOldOneBroke) {
  int connections = 0;
  FlushPosition position = position_of(std::make_unique<RestartingServer>(connections));
  EXPECT_EQ(position.now(), Lsn{1});
  EXPECT_EQ(position.now().error(), "it is gone (Start it.)");
  EXPECT_EQ(position.now(), Lsn{1});
  EXPECT_EQ(connections, 2);
}

}  // namespace
}  // namespace walkit
