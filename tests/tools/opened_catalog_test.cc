#include "tools/opened_catalog.h"

#include <gtest/gtest.h>

namespace walkit {
namespace {

TEST(OpenedCatalog, ConnectionsAreToldFromPaths) {
  for (const char* connection :
       {"host=db1 user=walkit", "dbname=", "postgres://db1/shop", "postgresql:///?host=/run/postgresql"})
    EXPECT_TRUE(is_connection(connection)) << connection;
  for (const char* path : {"", "backup", "/backup", "/backup/day=1", "./day=1", "../x=y", "postgres:/x"})
    EXPECT_FALSE(is_connection(path)) << path;
}

TEST(OpenedCatalog, ADirectoryThatIsNoneIsNamed) {
  const auto opened = open_catalog(WALKIT_SOURCE_DIR "/tests/day=1");
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().contains("tests/day=1")) << opened.error();
}

}  // namespace
}  // namespace walkit
