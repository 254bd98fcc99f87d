// The expected names were printed by quote_ident() of PostgreSQL 15.
#include "feed/identifier.h"

#include <gtest/gtest.h>

namespace walkit {
namespace {

std::string quoted(std::string_view name) {
  std::string out;
  append_identifier(out, name);
  return out;
}

TEST(Identifier, IsQuotedAsTheServerDoes) {
  EXPECT_EQ(quoted("a_1"), "a_1");
  EXPECT_EQ(quoted("_x"), "_x");
  EXPECT_EQ(quoted("1a"), "\"1a\"");
  EXPECT_EQ(quoted("Name"), "\"Name\"");
  EXPECT_EQ(quoted("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(quoted("a$b"), "\"a$b\"");
  EXPECT_EQ(quoted("\xC3\xA4"), "\"\xC3\xA4\"");
  EXPECT_EQ(quoted(""), "\"\"");
}

TEST(Identifier, KeywordsAreQuotedUnlessTheyAreFree) {
  EXPECT_EQ(quoted("order"), "\"order\"");
  EXPECT_EQ(quoted("user"), "\"user\"");
  EXPECT_EQ(quoted("values"), "\"values\"");
  EXPECT_EQ(quoted("left"), "\"left\"");
  EXPECT_EQ(quoted("name"), "name");
  EXPECT_EQ(quoted("key"), "key");
}

}  // namespace
}  // namespace walkit
