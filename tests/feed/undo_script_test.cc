#include "feed/undo_script.h"

#include <gtest/gtest.h>

#include "tests/feed/made_changes.h"
#include "tests/feed/spill_memory.h"

namespace walkit {
namespace {

class Text final : public LineSink {
 public:
  std::expected<void, std::string> write(std::string_view lines, std::size_t, Lsn) override {
    text += lines;
    return {};
  }
  std::string text;
};

TransactionInfo transaction(Xid xid, Oid database = 5) {
  TransactionInfo info;
  info.xid = xid;
  info.commit_lsn = Lsn{0x1000 * xid};
  info.commit_time = PgTime{657'158'400'123'456};
  info.database = database;
  info.database_name = "db" + std::to_string(database);
  return info;
}

struct Script {
  test::SpillMemory store;
  Text sink;
  UndoScript undo{store, sink};

  void add(const TransactionInfo& info, const std::vector<Change>& changes) {
    EXPECT_TRUE(undo.begin(info));
    std::uint64_t ordinal = 0;
    for (const Change& change : changes) EXPECT_TRUE(undo.change(info, change, ordinal++));
    EXPECT_TRUE(undo.commit(info));
  }
  /// What comes after the settings.
  std::string statements() {
    EXPECT_TRUE(undo.finish());
    return sink.text.substr(sink.text.find("\n\n") + 2);
  }
};

Change truncation() {
  Change change = test::insert(test::table("t"), 2, {});
  change.kind = ChangeKind::truncate;
  return change;
}

TEST(UndoScript, TheNewestComesFirst) {
  Script script;
  const SchemaRef schema = test::table("t");
  script.add(transaction(1), {test::insert(schema, 1, {"1", "x"}), test::insert(schema, 1, {"2", "x"})});
  script.add(transaction(2), {test::insert(schema, 2, {"3", "x"})});
  EXPECT_EQ(script.statements(), R"(-- transaction 2, committed at 0/2000, 2020-10-28T00:00:00.123456Z
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
DELETE FROM ONLY public.t WHERE id = '3';
COMMIT;

-- transaction 1, committed at 0/1000, 2020-10-28T00:00:00.123456Z
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
DELETE FROM ONLY public.t WHERE id = '2';
DELETE FROM ONLY public.t WHERE id = '1';
COMMIT;

)");
  EXPECT_TRUE(
      script.sink.text.starts_with("-- takes back 2 transactions of database \"db5\", newest first\n"));
  EXPECT_TRUE(script.undo.left_out().empty());
}

TEST(UndoScript, WhatExceedsMemoryComesBackInItsPlace) {
  Script script;
  const SchemaRef schema = test::table("t");
  constexpr int kRows = 60'000;
  std::vector<Change> changes;
  for (int i = 0; i < kRows; ++i) changes.push_back(test::insert(schema, 1, {std::to_string(i), "x"}));
  // One statement that is larger than what is kept in memory.
  const std::string note(3'000'000, 'y');
  Change large = test::insert(schema, 1, {});
  large.kind = ChangeKind::remove;
  large.new_row.reset();
  large.old_row = test::row({"7", note});
  changes.push_back(large);
  std::string expected =
      "INSERT INTO public.t (id, note) OVERRIDING SYSTEM VALUE VALUES ('7', '" + note + "');\n";
  for (int i = kRows; i-- > 0;)
    expected += "DELETE FROM ONLY public.t WHERE id = '" + std::to_string(i) + "';\n";
  script.add(transaction(1), changes);
  std::string statements = script.statements();
  statements.erase(0, statements.find("DEFERRED;\n") + 10);
  EXPECT_TRUE(statements == expected + "COMMIT;\n\n");
  EXPECT_GT(script.store.written_bytes, 5'000'000U);
  EXPECT_EQ(script.store.discarded_bytes, script.store.written_bytes);
}

TEST(UndoScript, WhatCannotBeTakenBackIsSaidInItsPlace) {
  Script script;
  const SchemaRef schema = test::table("a\nb");
  Change lost = truncation();
  lost.schema = schema;
  script.add(transaction(2),
             {test::insert(schema, 2, {"1", "x"}), lost, lost, test::insert(schema, 2, {"2", "x"})});
  const std::string statements = script.statements();
  const std::string comment =
      "-- not taken back: TRUNCATE of public.\"a b\" at 0/1000: the rows of a truncated table are not in "
      "WAL\n";
  EXPECT_NE(statements.find("id = '2';\n" + comment + comment + "DELETE FROM"), std::string::npos)
      << statements;
  ASSERT_EQ(script.undo.left_out().size(), 1U);
  EXPECT_EQ(script.undo.left_out().begin()->second, 2U);
  EXPECT_NE(script.sink.text.find("-- not taken back, 2 times: TRUNCATE"), std::string::npos);
}

TEST(UndoScript, GapsMessagesAndWhatWasNotReadAreSaid) {
  Script script;
  TransactionInfo partial = transaction(1);
  partial.partial = true;
  script.add(partial, {test::insert(test::table("t"), 1, {"1", "x"})});
  Change message;
  message.kind = ChangeKind::message;
  EXPECT_TRUE(script.undo.message(transaction(0), message));
  EXPECT_TRUE(script.undo.gap(Lsn{0x5000}, {}, "missing WAL"));
  const std::string statements = script.statements();
  EXPECT_TRUE(statements.starts_with("-- not taken back: what follows at 0/5000: missing WAL\n"))
      << statements;
  EXPECT_NE(statements.find("-- not taken back: what transaction 1 did before reading began"),
            std::string::npos);
  EXPECT_EQ(script.undo.left_out().size(), 3U);
}

TEST(UndoScript, OneDatabaseOnly) {
  Script script;
  script.add(transaction(1, 5), {});
  const auto begun = script.undo.begin(transaction(2, 6));
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error(), "these transactions are of the databases \"db5\" and \"db6\": choose one");
}

TEST(UndoScript, NothingChosenDoesNothing) {
  Script script;
  EXPECT_EQ(script.statements(), "");
  EXPECT_TRUE(script.sink.text.starts_with("-- no transaction was chosen\n"));
}

}  // namespace
}  // namespace walkit
