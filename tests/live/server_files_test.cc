#include "live/server_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/live/fake_server.h"

namespace walkit {
namespace {

using test::FakeServer;
using testing::ElementsAre;
using testing::HasSubstr;
using Kind = ServerError::Kind;

/// What the files ask and are told; the server belongs to them.
struct Asked {
  FakeServer* server = nullptr;
  ServerConnection connection;
};

Asked usual_server() {
  auto server = std::make_unique<FakeServer>();
  server->answer("has_function_privilege", {{"t", "bob", "shop"}});
  server->answer("full_page_writes", {{"t"}});
  server->answer("SELECT system_identifier", {{"77"}});
  FakeServer* const borrowed = server.get();
  return {borrowed, ServerConnection(std::move(server), "", std::chrono::seconds(1))};
}

std::string hex(std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += i % 2 == 0 ? "0a" : "ff";
  return text;
}

TEST(ServerFiles, MissingRightsComeAsWhatGrantsThem) {
  Asked asked = usual_server();
  asked.server->answer("has_function_privilege('pg_ls_dir(text, boolean, boolean)'",
                       {{"f", "\"Bob B\"", "shop"}});
  asked.server->answer("has_function_privilege('pg_stat_file(text, boolean)'", {{"f", "\"Bob B\"", "shop"}});
  const auto files = ServerFiles::open(std::move(asked.connection));
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().kind, Kind::refused);
  EXPECT_EQ(files.error().text, "\"Bob B\" may not read the server's files in database shop");
  EXPECT_EQ(files.error().hint,
            "As a superuser there: GRANT EXECUTE ON FUNCTION pg_ls_dir(text, boolean, boolean) TO \"Bob B\"; "
            "GRANT EXECUTE ON FUNCTION pg_stat_file(text, boolean) TO \"Bob B\";");
}

TEST(ServerFiles, AServerWithoutPageImagesIsRefused) {
  Asked asked = usual_server();
  asked.server->answer("full_page_writes", {{"f"}});
  const auto files = ServerFiles::open(std::move(asked.connection));
  ASSERT_FALSE(files);
  EXPECT_THAT(files.error().text, HasSubstr("full_page_writes is off"));
}

TEST(ServerFiles, APieceThatChangesWhileItIsReadIsReadAgain) {
  Asked asked = usual_server();
  FakeServer& server = *asked.server;
  int readings = 0;
  server.answer_with("encode(first", [&]() -> ServerResult<std::vector<Row>> {
    if (++readings < 3) return std::vector<Row>{{"f", std::nullopt, "77"}};
    return std::vector<Row>{{"f", "0aff", "77"}};
  });
  auto files = ServerFiles::open(std::move(asked.connection));
  ASSERT_TRUE(files);
  const auto bytes = (*files)->read("global/pg_control", 8192);
  ASSERT_TRUE(bytes && *bytes);
  EXPECT_THAT(**bytes, ElementsAre(std::byte{0x0a}, std::byte{0xff}));
  EXPECT_EQ(readings, 3);
}

TEST(ServerFiles, APieceThatNeverStaysTheSameIsAnError) {
  Asked asked = usual_server();
  asked.server->answer("encode(first", {{"f", std::nullopt, "77"}});
  auto files = ServerFiles::open(std::move(asked.connection));
  ASSERT_TRUE(files);
  EXPECT_EQ((*files)->read("a'b", 10).error(),
            "could not read file \"a'b\" of the server: it changed during each of 20 readings");
}

TEST(ServerFiles, FilesThatAreMissingOrShortEndAtOnce) {
  Asked asked = usual_server();
  asked.server->answer("'base/5/1'", {{"t", std::nullopt, "77"}});
  asked.server->answer("'base/5/2'", {{"f", "", "77"}});
  asked.server->answer("'base/5/2', 0,", {{"f", hex(100), "77"}});
  auto files = ServerFiles::open(std::move(asked.connection));
  ASSERT_TRUE(files);
  std::vector<std::byte> out(60);
  EXPECT_EQ((*files)->read_at("base/5/1", 0, out), false);
  EXPECT_EQ((*files)->read("base/5/1", 10), std::nullopt);
  EXPECT_EQ((*files)->read_at("base/5/2", 40, out), true);
  EXPECT_EQ(out[0], std::byte{0x0a});
  EXPECT_EQ(out[59], std::byte{0xff});
  EXPECT_EQ((*files)->read_at("base/5/2", 41, out), false);
  EXPECT_EQ((*files)->read_at("base/5/2", UINT64_C(1) << 40, out), false);
}

TEST(ServerFiles, APieceIsAskedForOnce) {
  Asked asked = usual_server();
  FakeServer& server = *asked.server;
  server.answer("encode(first", {{"f", hex(ServerFiles::kPieceBytes), "77"}});
  auto files = ServerFiles::open(std::move(asked.connection));
  ASSERT_TRUE(files);
  const std::size_t before = server.asked.size();
  std::vector<std::byte> out(8192);
  for (std::uint64_t block = 0; block < 256; ++block)
    ASSERT_EQ((*files)->read_at("base/5/1259", block * 8192, out), true);
  EXPECT_EQ(server.asked.size(), before + 2);
  EXPECT_THAT(server.asked.back(), HasSubstr("pg_read_binary_file('base/5/1259', 1048576, 1048576, true)"));
}

TEST(ServerFiles, AnswersThatAreNoBytesAreErrors) {
  for (const char* text : {"0", "0g", "0A", "000000"}) {
    Asked asked = usual_server();
    asked.server->answer("encode(first", {{"f", text, "77"}});
    auto files = ServerFiles::open(std::move(asked.connection));
    ASSERT_TRUE(files);
    EXPECT_THAT((*files)->read("x", 2).error(), HasSubstr("not its bytes")) << text;
  }
}

TEST(ServerFiles, AnotherServerIsNotRead) {
  Asked asked = usual_server();
  asked.server->answer("encode(first", {{"f", "0aff", "78"}});
  auto files = ServerFiles::open(std::move(asked.connection));
  ASSERT_TRUE(files);
  EXPECT_EQ((*files)->read("x", 2).error(),
            "could not read file \"x\" of the server: another server answers now");
}

TEST(ServerFiles, TheNextTransactionIsThatOfNow) {
  Asked asked = usual_server();
  asked.server->answer("pg_current_snapshot", {{"4294967290"}});
  auto files = ServerFiles::open(std::move(asked.connection));
  ASSERT_TRUE(files);
  EXPECT_TRUE((*files)->in_use());
  EXPECT_EQ((*files)->next_xid(7), Xid{4294967290});
}

}  // namespace
}  // namespace walkit
