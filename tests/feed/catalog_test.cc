#include "feed/catalog.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/feed/catalog_rows.h"

namespace walkit {
namespace {

using test::Bytes;

constexpr Oid kDatabase = 5;
constexpr Oid kTablespace = 1663;
constexpr Oid kPublic = 2200;
constexpr Oid kTable = 20000;
constexpr Oid kClassFile = 1259, kAttributeFile = 1249, kNamespaceFile = 2615;

RelFileLocator file(Oid filenode) { return {kTablespace, kDatabase, filenode}; }

ClassRow table_row(Oid filenode = kTable, std::string name = "items") {
  return {.oid = kTable, .name = std::move(name), .name_space = kPublic, .filenode = filenode, .columns = 1};
}

/// A database with pg_class, pg_attribute, pg_namespace, a schema, and a table of one column.
class CatalogTest : public testing::Test {
 protected:
  void SetUp() override {
    catalog_.load_database_row({.oid = kDatabase, .name = "shop", .encoding = 6, .tablespace = kTablespace},
                               0, 0);
    DatabaseCatalog& database = catalog_.add_database(kDatabase, kTablespace);
    database.map = RelationMap({{1259, kClassFile}, {1249, kAttributeFile}});
    for (const auto& [oid, filenode] : {std::pair{1259U, 0U}, {1249U, 0U}, {2615U, kNamespaceFile}})
      database.classes.load(
          {.oid = oid, .name = "pg", .name_space = kPgCatalogNamespace, .filenode = filenode}, 0, 0);
    database.namespaces.load({kPublic, "public"}, 0, 0);
    database.namespaces.load({kPgCatalogNamespace, "pg_catalog"}, 0, 0);
    database.classes.load(table_row(), 0, 0);
    database.attributes.load(*AttributeRow::read(test::attribute_tuple(kTable, 1, "id"), Major::pg15), 0, 0);
    catalog_.loaded(database);
  }

  CatalogEffect change(HeapOperation operation, Oid catalog_file, Xid xid, const Bytes& tuple) {
    HeapChange change;
    change.operation = operation;
    change.relation = file(catalog_file);
    change.xid = xid;
    change.new_tuple.bytes = operation == HeapOperation::remove ? ByteSpan() : ByteSpan(tuple);
    change.old_tuple.bytes = operation == HeapOperation::insert ? ByteSpan() : ByteSpan(tuple);
    return catalog_.apply(change);
  }
  CatalogEffect put_class(Xid xid, const ClassRow& row, Oid class_file = kClassFile) {
    return change(HeapOperation::update, class_file, xid, test::class_tuple(row));
  }
  void remove_class(Xid xid, const ClassRow& row, Oid class_file = kClassFile) {
    change(HeapOperation::remove, class_file, xid, test::class_tuple(row));
  }
  CatalogCommit commit(Xid xid) { return catalog_.commit({&xid, 1}); }
  void abort(Xid xid) { catalog_.abort({&xid, 1}); }
  std::string name_at(Oid filenode, Xid asking = 0) {
    const SchemaRef schema = catalog_.schema(file(filenode), asking);
    return schema == nullptr ? "" : schema->schema + "." + schema->name;
  }

  Catalog catalog_{Major::pg15};
};

TEST_F(CatalogTest, WhatTakesASharedCatalogsPlaceLiesBesideIt) {
  const ClassRow transient{
      .oid = 30000, .name = "pg_temp_1262", .tablespace = kGlobalTablespace, .rewrite_of = kPgDatabase};
  EXPECT_EQ(catalog_.file_of(*catalog_.find_database(kDatabase), transient),
            (RelFileLocator{kGlobalTablespace, 0, 30000}));
}

TEST_F(CatalogTest, ARelationIsFoundByItsFile) {
  const SchemaRef schema = catalog_.schema(file(kTable), 0);
  ASSERT_NE(schema, nullptr);
  EXPECT_EQ(schema->database_name, "shop");
  EXPECT_EQ(schema->name, "items");
  ASSERT_EQ(schema->columns.size(), 1U);
  EXPECT_EQ(schema->columns[0].name, "id");
  EXPECT_EQ(catalog_.schema(file(kTable), 7), schema);
  EXPECT_EQ(catalog_.schema(file(9), 0), nullptr);
  EXPECT_EQ(catalog_.schema({kTablespace, 6, kTable}, 0), nullptr);
  EXPECT_TRUE(catalog_.schema(file(kClassFile), 0)->catalog);
}

TEST_F(CatalogTest, AnAddedColumnIsToldAtTheCommit) {
  ClassRow wider = table_row();
  wider.columns = 2;
  change(HeapOperation::insert, kAttributeFile, 10, test::attribute_tuple(kTable, 2, "price"));
  put_class(10, wider);
  EXPECT_EQ(catalog_.schema(file(kTable), 10)->columns.size(), 2U);
  const CatalogCommit done = commit(10);
  ASSERT_EQ(done.changes.size(), 1U);
  EXPECT_EQ(done.changes[0].before->columns.size(), 1U);
  EXPECT_EQ(done.changes[0].after->columns.size(), 2U);
  EXPECT_TRUE(commit(10).changes.empty());
}

TEST_F(CatalogTest, ARolledBackRenameIsUndoneAndNotTold) {
  const SchemaRef before = catalog_.schema(file(kTable), 0);
  put_class(10, table_row(kTable, "renamed"));
  EXPECT_EQ(name_at(kTable), "public.renamed");
  abort(10);
  EXPECT_EQ(catalog_.schema(file(kTable), 0)->name, before->name);
  EXPECT_TRUE(catalog_.open_transactions().empty());
  put_class(11, table_row(kTable, "again"));
  const CatalogCommit done = commit(11);
  ASSERT_EQ(done.changes.size(), 1U);
  EXPECT_EQ(done.changes[0].before->name, "items");
  EXPECT_EQ(done.changes[0].after->name, "again");
}

TEST_F(CatalogTest, ARenamedSchemaIsSeenByItsTransactionAlone) {
  change(HeapOperation::update, kNamespaceFile, 10, test::namespace_tuple(kPublic, "open"));
  catalog_.assign(12, 10);
  EXPECT_EQ(name_at(kTable, 10), "open.items");
  EXPECT_EQ(name_at(kTable, 11), "public.items");
  EXPECT_EQ(name_at(kTable, 12), "open.items");
  const CatalogCommit done = commit(10);
  ASSERT_EQ(done.changes.size(), 1U);
  EXPECT_EQ(done.changes[0].before->schema, "public");
  EXPECT_EQ(done.changes[0].after->schema, "open");
  EXPECT_EQ(name_at(kTable, 11), "open.items");
}

TEST_F(CatalogTest, WhoMayBeOfARenamersFamilyIsInDoubt) {
  change(HeapOperation::update, kNamespaceFile, 10, test::namespace_tuple(kPublic, "open"));
  for (int asked = 0; asked < 2; ++asked) {
    EXPECT_EQ(name_at(kTable, 11), "public.items");
    EXPECT_EQ(catalog_.take_doubt(), 10U);
    EXPECT_EQ(catalog_.take_doubt(), 0U);
  }
  EXPECT_EQ(name_at(kTable, 10), "open.items");
  EXPECT_EQ(catalog_.take_doubt(), 0U);
  catalog_.assign(10, 10);  // no subtransaction
  EXPECT_EQ(name_at(kTable, 12), "public.items");
  EXPECT_EQ(catalog_.take_doubt(), 0U);
}

TEST_F(CatalogTest, ACompositeTypesAttributesAreSeenByTheirTransactionAlone) {
  constexpr Oid kPair = 20010, kPairType = 20011;
  ClassRow pair{.oid = kPair, .name = "pair", .name_space = kPublic, .kind = 'c', .columns = 1};
  DatabaseCatalog& database = *catalog_.find_database(kDatabase);
  TypeRow type;
  type.oid = kPairType;
  type.name_space = kPublic;
  type.kind = 'c';
  type.relation = kPair;
  database.types.load(type, 0, 0);
  put_class(9, pair);
  change(HeapOperation::insert, kAttributeFile, 9, test::attribute_tuple(kPair, 1, "x"));
  commit(9);
  pair.columns = 2;
  put_class(10, pair);
  change(HeapOperation::update, kAttributeFile, 10, test::attribute_tuple(kPair, 1, "renamed"));
  change(HeapOperation::insert, kAttributeFile, 10, test::attribute_tuple(kPair, 2, "y"));
  const TypeInfo own = *catalog_.types(kDatabase, 10).type(kPairType);
  EXPECT_EQ(own.attributes, 2U);
  EXPECT_EQ(own.columns[0].name, "renamed");
  const TypeInfo others = *catalog_.types(kDatabase, 11).type(kPairType);
  EXPECT_EQ(others.attributes, 1U);
  EXPECT_EQ(others.columns.size(), 2U);  // should a value have it
  EXPECT_EQ(others.columns[0].name, "x");
  EXPECT_EQ(catalog_.take_doubt(), 10U);
  abort(10);
  EXPECT_EQ(catalog_.types(kDatabase, 10).type(kPairType)->columns.size(), 1U);
}

TEST_F(CatalogTest, DroppedAndCreatedRelationsHaveOneSide) {
  remove_class(10, table_row());
  EXPECT_EQ(name_at(kTable), "");
  const CatalogCommit dropped = commit(10);
  ASSERT_EQ(dropped.changes.size(), 1U);
  EXPECT_EQ(dropped.changes[0].after, nullptr);

  change(HeapOperation::insert, kClassFile, 11, test::class_tuple(table_row(30000)));
  const CatalogCommit created = commit(11);
  ASSERT_EQ(created.changes.size(), 1U);
  EXPECT_EQ(created.changes[0].before, nullptr);
  EXPECT_EQ(name_at(30000), "public.items");
}

TEST_F(CatalogTest, AFileOfNobodyMeansTruncate) {
  const CatalogEffect effect = put_class(10, table_row(30000));
  EXPECT_TRUE(effect.catalog);
  ASSERT_NE(effect.truncated, nullptr);
  EXPECT_EQ(effect.truncated->name, "items");
  EXPECT_EQ(name_at(30000), "public.items");
  EXPECT_TRUE(commit(10).changes.empty());
  EXPECT_EQ(name_at(kTable), "");
}

TEST_F(CatalogTest, ARewriteIsNoTruncate) {
  ClassRow transient = table_row(30000, "pg_temp_20000");
  transient.oid = 30000;
  transient.rewrite_of = kTable;
  change(HeapOperation::insert, kAttributeFile, 10, test::attribute_tuple(30000, 1, "id"));
  EXPECT_EQ(put_class(10, transient).truncated, nullptr);
  EXPECT_EQ(catalog_.schema(file(30000), 10)->rewrite_of, kTable);

  EXPECT_EQ(put_class(10, table_row(30000)).truncated, nullptr);  // they swap their files
  transient.filenode = kTable;
  EXPECT_EQ(put_class(10, transient).truncated, nullptr);
  EXPECT_EQ(name_at(30000), "public.items");
  remove_class(10, transient);
  change(HeapOperation::remove, kAttributeFile, 10, test::attribute_tuple(30000, 1, "id"));
  EXPECT_TRUE(commit(10).changes.empty());
  EXPECT_EQ(name_at(30000), "public.items");
  EXPECT_EQ(name_at(kTable), "");
}

TEST_F(CatalogTest, ARolledBackRewriteGivesTheFileBack) {
  ClassRow transient = table_row(30000, "pg_temp_20000");
  transient.oid = 30000;
  transient.rewrite_of = kTable;
  put_class(10, transient);
  put_class(10, table_row(30000));
  transient.filenode = kTable;
  put_class(10, transient);
  abort(10);
  EXPECT_EQ(name_at(kTable), "public.items");
  EXPECT_EQ(name_at(30000), "");
}

TEST_F(CatalogTest, ARewrittenPgClassIsFollowedIntoItsNewFile) {
  ClassRow transient = table_row(0, "pg_temp_1259");
  transient.oid = 31000;
  transient.name_space = kPgCatalogNamespace;
  transient.rewrite_of = 1259;
  put_class(10, transient);
  EXPECT_TRUE(catalog_.wants_pages(file(31000)));
  put_class(10, table_row(kTable, "renamed"), 31000);  // before the map says so
  EXPECT_EQ(name_at(kTable), "public.renamed");
  remove_class(10, transient, 31000);
  catalog_.set_map(kDatabase, RelationMap({{1259, 31000}, {1249, kAttributeFile}}));
  EXPECT_EQ(commit(10).changes.size(), 1U);
  put_class(11, table_row(kTable, "later"), 31000);
  EXPECT_EQ(name_at(kTable), "public.later");
  EXPECT_FALSE(put_class(12, table_row(kTable, "stale"), kClassFile).catalog);
}

TEST_F(CatalogTest, TemporaryRelationsAreNotTold) {
  ClassRow temporary = table_row(32000);
  temporary.oid = 32000;
  temporary.columns = 0;
  temporary.persistence = 't';
  put_class(10, temporary);
  EXPECT_TRUE(commit(10).changes.empty());
}

TEST_F(CatalogTest, AnUnreadableChangeLeavesNothingGuessed) {
  HeapChange unknown;
  unknown.operation = HeapOperation::remove;
  unknown.relation = file(kClassFile);
  unknown.old_tuple.gap = TupleGap::base_page_unknown;
  EXPECT_TRUE(catalog_.apply(unknown).unreadable);
  EXPECT_EQ(catalog_.schema(file(kTable), 0), nullptr);
  EXPECT_EQ(catalog_.types(kDatabase, 0).type(23), nullptr);
}

TEST_F(CatalogTest, AGapLeavesNoDatabaseAndTellsOfNoDrop) {
  put_class(10, table_row(kTable, "renamed"));
  catalog_.lose_all();
  EXPECT_EQ(catalog_.schema(file(kTable), 0), nullptr);
  EXPECT_TRUE(commit(10).changes.empty());
  catalog_.loaded(catalog_.add_database(6, kTablespace));
  EXPECT_FALSE(catalog_.find_database(6)->usable());
}

TEST_F(CatalogTest, ATableIsBeingChangedUntilTheTransactionEnds) {
  const SchemaRef schema = catalog_.schema(file(kTable), 0);
  EXPECT_FALSE(catalog_.being_changed(*schema));
  put_class(10, table_row(30000));
  EXPECT_TRUE(catalog_.being_changed(*schema));
  commit(10);
  EXPECT_FALSE(catalog_.being_changed(*schema));
  put_class(11, table_row(30001));
  abort(11);
  EXPECT_FALSE(catalog_.being_changed(*schema));
}

TEST_F(CatalogTest, DamagedTuplesAreRefusedWhole) {
  std::mt19937 random(4);
  const Bytes good = test::class_tuple(table_row());
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(ClassRow::read(ByteSpan(good).first(size), Major::pg15) && size < 24 + 132) << size;
  for (int i = 0; i < 20000; ++i) {
    Bytes bytes(random() % 400);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    if (bytes.size() > 22) bytes[22] = std::byte{24};
    const auto major = static_cast<Major>(13 + random() % 6);
    const auto row = AttributeRow::read(bytes, major);
    EXPECT_TRUE(!row || bytes.size() >= 100);
    const auto index = IndexRow::read(bytes, major);
    EXPECT_TRUE(!index || index->key_columns.size() * 2 + 72 <= bytes.size());
  }
}

}  // namespace
}  // namespace walkit
