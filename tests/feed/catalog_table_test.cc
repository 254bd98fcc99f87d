#include "feed/catalog_table.h"

#include <gtest/gtest.h>

namespace walkit {
namespace {

using Table = CatalogTable<NamespaceRow>;
constexpr Oid kOid = 2200;

/// Sees only what is committed, or what `xid` did.
auto own(Xid xid) {
  return [xid](Xid other) { return xid != 0 && other == xid; };
}

std::string newest(const Table& table) {
  const NamespaceRow* row = table.newest(kOid);
  return row == nullptr ? "" : row->name;
}
std::string seen(const Table& table, Xid xid) {
  const NamespaceRow* row = table.seen(kOid, own(xid));
  return row == nullptr ? "" : row->name;
}

Table committed(const std::string& name) {
  Table table;
  table.load({kOid, name}, 0, 0);
  return table;
}

TEST(CatalogTable, OthersSeeAChangeWhenItIsCommitted) {
  Table table = committed("old");
  EXPECT_TRUE(table.put({kOid, "new"}, 10));
  EXPECT_EQ(seen(table, 10), "new");
  EXPECT_EQ(seen(table, 11), "old");
  EXPECT_EQ(newest(table), "new");
  EXPECT_FALSE(table.settled(kOid));
  table.commit(kOid, 10);
  EXPECT_EQ(seen(table, 11), "new");
  EXPECT_TRUE(table.settled(kOid));
}

TEST(CatalogTable, WhatATransactionMadeOnlyItsFamilyAsksFor) {
  Table table;
  table.put({kOid, "made"}, 10);
  table.put({kOid, "renamed"}, 11);
  EXPECT_EQ(seen(table, 10), "renamed");
  EXPECT_EQ(seen(table, 12), "renamed");
}

TEST(CatalogTable, WhatWasRolledBackWasNot) {
  Table table = committed("old");
  table.put({kOid, "new"}, 10);
  table.put({kOid, "newer"}, 11);  // a subtransaction
  table.abort(kOid, 11);
  EXPECT_EQ(newest(table), "new");
  table.remove(kOid, 12);
  EXPECT_EQ(newest(table), "");
  table.abort(kOid, 12);
  EXPECT_EQ(newest(table), "new");
  table.abort(kOid, 10);
  EXPECT_EQ(newest(table), "old");
  EXPECT_TRUE(table.settled(kOid));
}

TEST(CatalogTable, ARemovedRowStaysForOthersUntilTheCommit) {
  Table table = committed("old");
  table.remove(kOid, 10);
  EXPECT_EQ(seen(table, 11), "old");
  EXPECT_EQ(newest(table), "");
  table.commit(kOid, 10);
  EXPECT_EQ(seen(table, 11), "");
}

TEST(CatalogTable, MadeAndRemovedByOneTransactionLeavesNothing) {
  Table table;
  table.put({kOid, "passing"}, 10);
  table.put({kOid, "passed"}, 10);
  table.remove(kOid, 10);
  EXPECT_EQ(newest(table), "");
  EXPECT_EQ(seen(table, 10), "");
  table.commit(kOid, 10);
  EXPECT_EQ(newest(table), "");
}

TEST(CatalogTable, ThatARowIsWhatItWasIsNoChange) {
  Table table = committed("old");
  EXPECT_FALSE(table.put({kOid, "old"}, 10));
  EXPECT_TRUE(table.settled(kOid));
}

TEST(CatalogTable, ARowThatFilesShowedAlreadyIsNotDoubled) {
  Table table;
  table.load({kOid, "late"}, 10, 0);  // the file was copied after the change whose record comes now
  table.put({kOid, "early"}, 10);
  table.put({kOid, "late"}, 10);
  table.commit(kOid, 10);
  EXPECT_EQ(newest(table), "late");
  EXPECT_TRUE(table.settled(kOid));
}

TEST(CatalogTable, LoadedVersionsMayComeInAnyOrder) {
  for (const bool new_first : {false, true}) {
    Table table;
    if (new_first) table.load({kOid, "new"}, 10, 0);
    table.load({kOid, "old"}, 0, 10);
    if (!new_first) table.load({kOid, "new"}, 10, 0);
    EXPECT_EQ(newest(table), "new");
    EXPECT_EQ(seen(table, 11), "old");
    table.abort(kOid, 10);
    EXPECT_EQ(newest(table), "old");
  }
}

}  // namespace
}  // namespace walkit
