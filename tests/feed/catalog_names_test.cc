#include "feed/catalog_names.h"

#include <gtest/gtest.h>

#include "tests/feed/catalog_rows.h"

namespace walkit {
namespace {

using test::Bytes;

constexpr Oid kDatabase = 5;
constexpr Oid kTablespace = 1663;
constexpr Oid kPublic = 2200;
constexpr Oid kToastNamespace = 99;
constexpr Oid kTable = 20000, kToast = 20001, kToastIndex = 20002, kIndex = 20003, kSequence = 20004;
constexpr Oid kClassFile = 1259, kNamespaceFile = 2615, kIndexFile = 2610;

RelFileLocator file(Oid filenode) { return {kTablespace, kDatabase, filenode}; }

ClassRow row(Oid oid, std::string name, char kind, Oid name_space = kPublic) {
  return {.oid = oid, .name = std::move(name), .name_space = name_space, .filenode = oid, .kind = kind};
}

/// A table with an index, a TOAST relation and a sequence.
class CatalogNamesTest : public testing::Test {
 protected:
  void SetUp() override {
    catalog_.load_database_row({.oid = kDatabase, .name = "shop", .encoding = 6, .tablespace = kTablespace},
                               0, 0);
    DatabaseCatalog& database = catalog_.add_database(kDatabase, kTablespace);
    for (const Oid oid : {kClassFile, kNamespaceFile, kIndexFile})
      database.classes.load(row(oid, "pg", 'r', kPgCatalogNamespace), 0, 0);
    database.namespaces.load({kPublic, "public"}, 0, 0);
    database.namespaces.load({kToastNamespace, "pg_toast"}, 0, 0);
    ClassRow table = row(kTable, "Items", 'r');
    table.toast = kToast;
    database.classes.load(table, 0, 0);
    database.classes.load(row(kToast, "pg_toast_20000", 't', kToastNamespace), 0, 0);
    database.classes.load(row(kToastIndex, "pg_toast_20000_index", 'i', kToastNamespace), 0, 0);
    database.classes.load(row(kIndex, "items_pkey", 'i'), 0, 0);
    database.classes.load(row(kSequence, "items_id_seq", 'S'), 0, 0);
    database.indexes.load({.index = kIndex, .relation = kTable, .key_columns = {}}, 0, 0);
    database.indexes.load({.index = kToastIndex, .relation = kToast, .key_columns = {}}, 0, 0);
    catalog_.loaded(database);
  }

  HeapChange change(HeapOperation operation, Oid catalog_file, Xid xid, const Bytes& old_tuple,
                    const Bytes& new_tuple) {
    HeapChange change;
    change.operation = operation;
    change.relation = file(catalog_file);
    change.xid = xid;
    change.old_tuple.bytes = old_tuple;
    change.new_tuple.bytes = new_tuple;
    return change;
  }
  void apply(const HeapChange& change) {
    former_.before(catalog_, change);
    catalog_.apply(change);
  }
  std::string label(Oid filenode, Xid asking = 0) {
    const auto found = find_name(catalog_, file(filenode), asking);
    return found ? found->name.label : "";
  }
  std::string former(Oid filenode) {
    const RelationName* name = former_.find(file(filenode));
    return name == nullptr ? "" : name->label;
  }

  Catalog catalog_{Major::pg15};
  FormerNames former_;
};

TEST_F(CatalogNamesTest, EachRelationSaysWhoseItIs) {
  EXPECT_EQ(label(kTable), R"(shop: public."Items")");
  EXPECT_EQ(label(kIndex), R"(shop: index public.items_pkey of public."Items")");
  EXPECT_EQ(label(kToast), R"(shop: toast of public."Items")");
  EXPECT_EQ(label(kToastIndex), R"(shop: toast index of public."Items")");
  EXPECT_EQ(label(kSequence), "shop: sequence public.items_id_seq");
  EXPECT_EQ(label(29999), "");
}

TEST_F(CatalogNamesTest, TheTableIsThatOfItsIndexesAndToast) {
  for (const Oid oid : {kTable, kIndex, kToast, kToastIndex}) {
    const auto found = find_name(catalog_, file(oid), 0);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->name.table, "Items");
    EXPECT_EQ(found->name.table_schema, "public");
    EXPECT_EQ(found->name.table_label, R"(shop: public."Items")");
  }
  const auto sequence = find_name(catalog_, file(kSequence), 0);
  ASSERT_TRUE(sequence);
  EXPECT_EQ(sequence->name.table, "");
  EXPECT_EQ(sequence->name.table_label, "shop: sequence public.items_id_seq");
}

TEST_F(CatalogNamesTest, AToastRelationIsKnownByItsNameBeforeItsOwnerTells) {
  const ClassRow toast = row(30001, "pg_toast_20003", 't', kToastNamespace);
  apply(change(HeapOperation::insert, kClassFile, 7, {}, test::class_tuple(toast)));
  EXPECT_EQ(label(30001, 7), "shop: toast of public.items_pkey");
}

TEST_F(CatalogNamesTest, WhatTakesATablesPlaceHasItsName) {
  ClassRow transient = row(30000, "pg_temp_20000", 'r');
  transient.rewrite_of = kTable;
  apply(change(HeapOperation::insert, kClassFile, 7, {}, test::class_tuple(transient)));
  EXPECT_EQ(label(30000, 7), R"(shop: public."Items")");
}

TEST_F(CatalogNamesTest, AFileThatATableLeftKeepsItsName) {
  const ClassRow table = row(kTable, "Items", 'r');
  ClassRow truncated = table;
  truncated.filenode = 30000;
  apply(change(HeapOperation::update, kClassFile, 7, test::class_tuple(table), test::class_tuple(truncated)));
  EXPECT_EQ(label(kTable), "");
  EXPECT_EQ(former(kTable), R"(shop: public."Items")");
  EXPECT_EQ(label(30000), R"(shop: public."Items")");
}

TEST_F(CatalogNamesTest, ALabelIsOneLine) {
  apply(change(HeapOperation::insert, kClassFile, 7, {}, test::class_tuple(row(30000, "a\nb", 'r'))));
  EXPECT_EQ(label(30000), R"(shop: public."a?b")");
  EXPECT_EQ(find_name(catalog_, file(30000), 0)->name.name, "a\nb");
}

TEST_F(CatalogNamesTest, ARowThatKeepsItsFileLeavesNothing) {
  ClassRow renamed = row(kTable, "renamed", 'r');
  apply(change(HeapOperation::update, kClassFile, 7, test::class_tuple(row(kTable, "Items", 'r')),
               test::class_tuple(renamed)));
  EXPECT_EQ(label(kTable), "shop: public.renamed");
  EXPECT_EQ(former(kTable), "");
}

TEST_F(CatalogNamesTest, ADroppedIndexStaysThatOfItsTable) {
  apply(change(HeapOperation::remove, kIndexFile, 7, test::index_tuple(kIndex, kTable), {}));
  apply(change(HeapOperation::remove, kClassFile, 7, test::class_tuple(row(kIndex, "items_pkey", 'i')), {}));
  EXPECT_EQ(label(kIndex), "");
  EXPECT_EQ(former(kIndex), R"(shop: index public.items_pkey of public."Items")");
}

TEST_F(CatalogNamesTest, AFileOfATransactionThatIsRolledBackKeepsItsName) {
  apply(change(HeapOperation::insert, kClassFile, 7, {}, test::class_tuple(row(30000, "made", 'r'))));
  const Xid xid = 7;
  former_.before_abort(catalog_, {&xid, 1});
  catalog_.abort({&xid, 1});
  EXPECT_EQ(label(30000), "");
  EXPECT_EQ(former(30000), "shop: public.made");
}

TEST_F(CatalogNamesTest, ASchemasNewNameIsItsTransactionsUntilItCommits) {
  apply(change(HeapOperation::update, kNamespaceFile, 7, test::namespace_tuple(kPublic, "public"),
               test::namespace_tuple(kPublic, "later")));
  EXPECT_EQ(label(kTable, 7), R"(shop: later."Items")");
  EXPECT_EQ(label(kTable, 8), R"(shop: public."Items")");
  EXPECT_FALSE(find_name(catalog_, file(kTable), 8)->settled);
  const Xid xid = 7;
  catalog_.commit({&xid, 1});
  EXPECT_EQ(label(kTable, 8), R"(shop: later."Items")");
  EXPECT_TRUE(find_name(catalog_, file(kTable), 8)->settled);
}

}  // namespace
}  // namespace walkit
