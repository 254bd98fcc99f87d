#include "feed/feed_filter.h"

#include <gtest/gtest.h>

namespace walkit {
namespace {

TEST(Matches, StarsStandForAnyCharacters) {
  EXPECT_TRUE(matches("public.t", "public.t"));
  EXPECT_FALSE(matches("public.t", "public.tt"));
  EXPECT_TRUE(matches("public.*", "public."));
  EXPECT_TRUE(matches("*.t", "public.t"));
  EXPECT_TRUE(matches("p*c.*_log", "public.a_log_log"));
  EXPECT_FALSE(matches("p*c.*_log", "public.a_logs"));
  EXPECT_TRUE(matches("**", ""));
  EXPECT_FALSE(matches("", "t"));
}

TEST(FeedFilter, EmptyWantsEverything) {
  const FeedFilter filter;
  EXPECT_TRUE(filter.wants_database("any"));
  EXPECT_TRUE(filter.wants_table("any", "table"));
  EXPECT_TRUE(filter.wants_operation(ChangeKind::remove));
  EXPECT_TRUE(filter.wants_commit({}));
}

TEST(FeedFilter, ATableWithoutASchemaIsOneOfAnySchema) {
  FeedFilter filter;
  filter.tables = {"item", "audit.*"};
  EXPECT_TRUE(filter.wants_table("public", "item"));
  EXPECT_TRUE(filter.wants_table("audit", "log"));
  EXPECT_FALSE(filter.wants_table("public", "items"));
}

TEST(FeedFilter, ColumnsByTheirNames) {
  FeedFilter filter;
  EXPECT_TRUE(filter.wants_column("any"));
  EXPECT_FALSE(filter.leaves_tables_out());
  filter.columns = {"price", "price_*"};
  EXPECT_TRUE(filter.wants_column("price_old"));
  EXPECT_FALSE(filter.wants_column("old_price"));
  EXPECT_TRUE(filter.leaves_tables_out());
}

TEST(FeedFilter, CommitsByXidTimeAndPosition) {
  TransactionInfo transaction;
  transaction.xid = 7;
  transaction.commit_time = PgTime{100};
  transaction.commit_lsn = Lsn{1000};
  FeedFilter filter;
  filter.xids = {6, 7};
  filter.since = PgTime{100};
  filter.until = PgTime{101};
  filter.start = Lsn{1000};
  EXPECT_TRUE(filter.wants_commit(transaction));
  const auto refuses = [&](auto change) {
    FeedFilter other = filter;
    change(other);
    return !other.wants_commit(transaction);
  };
  EXPECT_TRUE(refuses([](FeedFilter& other) { other.xids = {6}; }));
  EXPECT_TRUE(refuses([](FeedFilter& other) { other.since = PgTime{101}; }));
  EXPECT_TRUE(refuses([](FeedFilter& other) { other.until = PgTime{100}; }));
  EXPECT_TRUE(refuses([](FeedFilter& other) { other.start = Lsn{1001}; }));
}

}  // namespace
}  // namespace walkit
