// That these statements do what they say on a real server: tests/integration/undo.sh.
#include "feed/undo_statement.h"

#include <gtest/gtest.h>

#include "tests/feed/made_changes.h"

namespace walkit {
namespace {

Change update(const SchemaRef& schema, RowValues before, RowValues after) {
  Change change = test::insert(schema, 730, {});
  change.kind = ChangeKind::update;
  change.old_row = std::move(before);
  change.new_row = std::move(after);
  return change;
}

Change remove(const SchemaRef& schema, RowValues before) {
  Change change = update(schema, std::move(before), {});
  change.kind = ChangeKind::remove;
  change.new_row.reset();
  return change;
}

// The statement, or why there is none.
std::string undone(const Change& change) {
  UndoStatements statements;
  std::string sql = "> ";
  const auto appended = statements.append(change, sql);
  if (!appended) {
    EXPECT_EQ(sql, "> ");
    return appended.error();
  }
  return sql.substr(2);
}

RowValues with_null(RowValues row, std::size_t place) {
  row.values[place] = {.null = true, .text = {}};
  return row;
}

RowValues without(RowValues row, std::size_t place, Unavailable reason) {
  row.values[place] = {.unavailable = reason, .text = {}};
  return row;
}

std::shared_ptr<RelationSchema> keyless() {
  auto schema = std::make_shared<RelationSchema>(*test::table("t"));
  schema->primary_key.clear();
  return schema;
}

TEST(UndoStatements, RowsAreFoundByTheirPrimaryKey) {
  const SchemaRef schema = test::table("t");
  EXPECT_EQ(undone(test::insert(schema, 730, {"1", "x"})), "DELETE FROM ONLY public.t WHERE id = '1';\n");
  EXPECT_EQ(undone(update(schema, test::row({"1", "x"}), test::row({"2", "x"}))),
            "UPDATE ONLY public.t SET id = '1' WHERE id = '2';\n");
}

TEST(UndoStatements, DeletedRowsComeBackWhole) {
  EXPECT_EQ(undone(remove(test::table("t"), with_null(test::row({"1", "x"}), 1))),
            "INSERT INTO public.t (id, note) OVERRIDING SYSTEM VALUE VALUES ('1', NULL);\n");
}

TEST(UndoStatements, LiteralsDoNotDependOnSettings) {
  EXPECT_EQ(undone(remove(test::table("t"), test::row({"1", "it's \\ a\nline"}))),
            "INSERT INTO public.t (id, note) OVERRIDING SYSTEM VALUE VALUES ('1', E'it''s \\\\ a\nline');\n");
}

TEST(UndoStatements, NamesAreQuotedWhereTheyMustBe) {
  auto schema = std::make_shared<RelationSchema>(*test::table("order"));
  schema->schema = "My \"own\"";
  schema->columns[0].name = "1st";
  EXPECT_EQ(undone(test::insert(schema, 730, {"1", "x"})),
            "DELETE FROM ONLY \"My \"\"own\"\"\".\"order\" WHERE \"1st\" = '1';\n");
}

TEST(UndoStatements, WithoutAKeyOneRowThatIsTheSameToTheLetterIsFound) {
  auto schema = keyless();
  schema->columns.push_back(test::column(3, "n", 1700, "numeric(10,2)"));
  EXPECT_EQ(undone(test::insert(schema, 730, {"1", "x", "1.00"})),
            "DELETE FROM ONLY public.t WHERE ctid = (SELECT ctid FROM ONLY public.t WHERE id = '1' AND "
            "note COLLATE \"C\" = 'x' AND n::text COLLATE \"C\" = '1.00'::numeric(10,2)::text LIMIT 1);\n");
  EXPECT_EQ(
      undone(update(keyless(), test::row({"1", "x"}), with_null(test::row({"1", ""}), 1))),
      "UPDATE ONLY public.t SET note = 'x' WHERE ctid = (SELECT ctid FROM ONLY public.t WHERE id = '1' AND "
      "note IS NULL LIMIT 1);\n");
}

TEST(UndoStatements, TheReplicaIdentitysIndexIsAKey) {
  auto schema = keyless();
  schema->identity_index = {2, 1};
  EXPECT_EQ(undone(test::insert(schema, 730, {"1", "x"})),
            "DELETE FROM ONLY public.t WHERE note = 'x' AND id = '1';\n");
}

TEST(UndoStatements, ADeferrableKeyTellsNoRowFromAnother) {
  auto schema = std::make_shared<RelationSchema>(*test::table("t"));
  schema->primary_key_deferrable = true;
  EXPECT_TRUE(undone(test::insert(schema, 730, {"1", "x"})).contains("ctid = (SELECT"));
}

TEST(UndoStatements, DroppedAndGeneratedColumnsAreLeftOut) {
  auto schema = keyless();
  schema->columns[0].dropped = true;
  schema->columns.push_back(test::column(3, "twice", 25, "text"));
  schema->columns[2].generated = true;
  EXPECT_EQ(undone(remove(schema, test::row({"", "x", "xx"}))),
            "INSERT INTO public.t (note) OVERRIDING SYSTEM VALUE VALUES ('x');\n");
  EXPECT_EQ(undone(update(schema, test::row({"", "x", "xx"}), test::row({"", "y", "yy"}))),
            "UPDATE ONLY public.t SET note = 'x' WHERE ctid = (SELECT ctid FROM ONLY public.t WHERE "
            "note COLLATE \"C\" = 'y' LIMIT 1);\n");
}

TEST(UndoStatements, ATableWithoutColumns) {
  auto schema = keyless();
  schema->columns.clear();
  EXPECT_EQ(undone(remove(schema, {})), "INSERT INTO public.t DEFAULT VALUES;\n");
  EXPECT_EQ(undone(test::insert(schema, 730, {})),
            "DELETE FROM ONLY public.t WHERE ctid = (SELECT ctid FROM ONLY public.t LIMIT 1);\n");
}

TEST(UndoStatements, WhatChangedNothingNeedsNothing) {
  const RowValues row = test::row({"1", "x"}), unknown = without(row, 1, Unavailable::toast_unchanged);
  EXPECT_EQ(undone(update(test::table("t"), row, row)), "");
  EXPECT_EQ(undone(update(test::table("t"), unknown, unknown)), "");
}

TEST(UndoStatements, WhatIsNotKnownIsNeverWritten) {
  const SchemaRef schema = test::table("t");
  const RowValues row = test::row({"1", "x"});
  RowValues unknown, key = row;
  unknown.unavailable = Unavailable::base_page_unknown;
  key.key_only = true;
  EXPECT_EQ(undone(remove(schema, unknown)), "the old row is not known (base_page_unknown)");
  EXPECT_EQ(undone(remove(schema, key)), "of the old row only the key is known");
  EXPECT_EQ(undone(update(schema, row, unknown)), "the new row is not known (base_page_unknown)");
  EXPECT_EQ(undone(remove(schema, test::row({"1"}))), "the old row is not known (schema_unknown)");
  EXPECT_EQ(undone(remove(schema, without(row, 1, Unavailable::type_unrendered))),
            "column \"note\" is not known (type_unrendered)");
  EXPECT_EQ(undone(update(schema, without(row, 1, Unavailable::encoding), row)),
            "column \"note\" is not known (encoding)");
  EXPECT_EQ(undone(update(keyless(), row, without(test::row({"2", ""}), 1, Unavailable::toast_unchanged))),
            "column \"note\" is not known (toast_unchanged)");
  EXPECT_EQ(undone(test::insert(nullptr, 730, {"1"})), "the table is not known (schema_unknown)");
}

TEST(UndoStatements, AnOldValueComesBackWhateverTookItsPlace) {
  EXPECT_EQ(undone(update(test::table("t"), test::row({"1", "x"}),
                          without(test::row({"1", ""}), 1, Unavailable::toast_unchanged))),
            "UPDATE ONLY public.t SET note = 'x' WHERE id = '1';\n");
}

TEST(UndoStatements, NoStatementTakesATruncateBack) {
  Change change = test::insert(test::table("t"), 730, {});
  change.kind = ChangeKind::truncate;
  EXPECT_EQ(undone(change), "the rows of a truncated table are not in WAL");
}

}  // namespace
}  // namespace walkit
