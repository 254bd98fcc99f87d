#include "feed/catalog_consistency.h"

#include <gtest/gtest.h>

namespace walkit {
namespace {

constexpr Storage kInt{.length = 4, .align = 'i', .by_value = true};

/// A table with a column and an index.
class CatalogConsistency : public testing::Test {
 protected:
  void SetUp() override {
    database_.namespaces.load({2200, "public"}, 0, 0);
    database_.types.load({.oid = 23, .name = "int4", .name_space = 2200, .storage = kInt}, 0, 0);
    database_.classes.load(table_, 0, 0);
    database_.classes.load({.oid = 3, .name = "t_pkey", .name_space = 2200, .kind = 'i'}, 0, 0);
    database_.attributes.load({2, column_}, 0, 0);
    database_.indexes.load({.index = 3, .relation = 2, .key_columns = {1}}, 0, 0);
  }
  std::string found() const { return contradiction(database_).value_or("none"); }
  void replace(ClassRow row) {
    database_.classes.forget(2);
    database_.classes.load(std::move(row), 0, 0);
  }

  ClassRow table_{.oid = 2, .name = "t", .name_space = 2200, .columns = 1};
  Column column_{.number = 1, .name = "id", .type = 23, .storage = kInt, .missing = {}};
  DatabaseCatalog database_;
};

TEST_F(CatalogConsistency, SoundCatalogsAgree) { EXPECT_EQ(found(), "none"); }

TEST_F(CatalogConsistency, AnIndexWithoutItsRow) {
  database_.indexes.forget(3);
  EXPECT_EQ(found(), "relation 3 (\"t_pkey\") has no row in pg_index");
}

TEST_F(CatalogConsistency, AColumnWithoutItsRow) {
  table_.columns = 2;
  replace(table_);
  EXPECT_EQ(found(), "column 2 of relation 2 (\"t\") has no row in pg_attribute");
}

TEST_F(CatalogConsistency, AColumnThatIsNotAsItsType) {
  database_.attributes.forget(AttributeRow::key_of(2, 1));
  column_.storage.length = 8;
  database_.attributes.load({2, column_}, 0, 0);
  EXPECT_EQ(found(), "column 1 of relation 2 (\"t\") does not look like its type");
}

TEST_F(CatalogConsistency, ADroppedColumnHasNoType) {
  database_.attributes.forget(AttributeRow::key_of(2, 1));
  column_.dropped = true;
  column_.type = 0;
  database_.attributes.load({2, column_}, 0, 0);
  EXPECT_EQ(found(), "none");
}

TEST_F(CatalogConsistency, KindsThatThereAreNot) {
  table_.kind = 'x';
  replace(table_);
  EXPECT_EQ(found(), "relation 2 (\"t\") is of no kind that there is");
}

TEST_F(CatalogConsistency, ATypeWithoutWhatItRefersTo) {
  database_.types.load({.oid = 24, .name = "span", .name_space = 2200, .storage = {}, .kind = 'r'}, 0, 0);
  EXPECT_EQ(found(), "type 24 (\"span\") has no row in pg_range");
}

}  // namespace
}  // namespace walkit
