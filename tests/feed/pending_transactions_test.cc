#include "feed/io/pending_transactions.h"

#include <gtest/gtest.h>

namespace walkit {
namespace {

TEST(PendingTransactions, ATransactionCountsWhenAllOfItIsDelivered) {
  PendingTransactions pending;
  const auto one = pending.sent();
  const auto two = pending.sent();
  pending.delivered(one);
  pending.ended(Lsn{100});
  EXPECT_FALSE(pending.position().valid());
  pending.delivered(two);
  EXPECT_EQ(pending.position(), Lsn{100});
}

TEST(PendingTransactions, NoneCountsBeforeThoseBeforeIt) {
  PendingTransactions pending;
  const auto first = pending.sent();
  pending.ended(Lsn{100});
  const auto second = pending.sent();
  pending.ended(Lsn{200});
  const auto third = pending.sent();
  pending.delivered(second);
  pending.delivered(third);
  EXPECT_FALSE(pending.position().valid());
  pending.delivered(first);
  EXPECT_EQ(pending.position(), Lsn{200});
  pending.ended(Lsn{300});
  EXPECT_EQ(pending.position(), Lsn{300});
}

TEST(PendingTransactions, OneThatIsStillBeingSentDoesNotCount) {
  PendingTransactions pending;
  pending.delivered(pending.sent());
  EXPECT_FALSE(pending.position().valid());
  const auto more = pending.sent();
  pending.ended(Lsn{100});
  EXPECT_FALSE(pending.position().valid());
  pending.delivered(more);
  EXPECT_EQ(pending.position(), Lsn{100});
}

TEST(PendingTransactions, OnesWithoutMessagesCountAsThoseBeforeThem) {
  PendingTransactions pending;
  pending.ended(Lsn{50});
  EXPECT_EQ(pending.position(), Lsn{50});
  const auto message = pending.sent();
  pending.ended(Lsn{100});
  for (std::uint64_t end = 101; end <= 1'000'000; ++end) pending.ended(Lsn{end});  // takes no memory
  EXPECT_EQ(pending.position(), Lsn{50});
  pending.delivered(message);
  EXPECT_EQ(pending.position(), Lsn{1'000'000});
  pending.delivered(pending.sent());
  pending.ended(Lsn{1'000'100});
  EXPECT_EQ(pending.position(), Lsn{1'000'100});
}

}  // namespace
}  // namespace walkit
