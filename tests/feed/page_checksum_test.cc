#include "feed/page_checksum.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/support/byte_writer.h"
#include "tests/support/fixtures.h"

namespace walkit {
namespace {

using Page = std::array<std::byte, kRelationBlockSize>;

/// fixtures/pages: pages of clusters made with initdb --data-checksums, named by major, relation and block.
Page page_of(const std::string& name) {
  Page page{};
  std::ranges::copy(test::bytes_of(test::read_fixture("pages/" + name)), page.begin());
  return page;
}

TEST(PageChecksum, IsThatOfTheServer) {
  for (const auto& [name, block] : {std::pair{"pg15-1249-3", 3U}, {"pg18-2610-1", 1U}, {"pg18-3541-0", 0U}}) {
    Page page = page_of(name);
    EXPECT_TRUE(has_right_checksum(page, block)) << name;
    EXPECT_FALSE(has_right_checksum(page, block + 1)) << name;
  }
}

// It has 16 bits, so that one change in 65536 passes.
TEST(PageChecksum, AByteThatChangesShows) {
  Page page = page_of("pg18-2610-1");
  int missed = 0;
  for (std::byte& byte : page) {
    byte ^= std::byte{0x10};
    missed += has_right_checksum(page, 1);
    byte ^= std::byte{0x10};
  }
  EXPECT_LE(missed, 3);
}

TEST(PageChecksum, AnUnusedPageHasNone) {
  Page page{};
  EXPECT_TRUE(has_right_checksum(page, 7));
}

}  // namespace
}  // namespace walkit
