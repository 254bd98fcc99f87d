#include "segments/digest.h"

#include <gtest/gtest.h>

#include "tests/segments/test_files.h"

namespace walkit {
namespace {

ByteSpan bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

// What xxh128sum and xxh64sum -H3 print.
TEST(Digest, IsThatOfTheReferenceProgram) {
  EXPECT_EQ(digest_of({}).hex(), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(checksum64({}), 0x2d06800538d394c2U);
  EXPECT_EQ(digest_of(bytes_of("a")).hex(), "a96faf705af16834e6c632b61e964e1f");
  EXPECT_EQ(checksum64(bytes_of("a")), 0xe6c632b61e964e1fU);
}

TEST(Digest, PiecesOfAnySizeGiveTheSame) {
  const Bytes all = pattern(100'003);
  for (const std::size_t step : {1UL, 7UL, 255UL, 4096UL, 99'999UL}) {
    Digester digester;
    for (ByteSpan rest = all; !rest.empty(); rest = rest.subspan(std::min(step, rest.size()))) {
      digester.update(rest.first(std::min(step, rest.size())));
      digester.update({});
    }
    EXPECT_EQ(digester.value(), digest_of(all)) << step;
  }
}

TEST(Digest, TheValueMayBeAskedForInBetween) {
  Digester digester;
  EXPECT_EQ(digester.value(), digest_of({}));
  digester.update(bytes_of("abc"));
  EXPECT_EQ(digester.value(), digest_of(bytes_of("abc")));
  Digester moved = std::move(digester);
  moved.update(bytes_of("def"));
  EXPECT_EQ(moved.value(), digest_of(bytes_of("abcdef")));
}

TEST(Digest, HexIsReadBackExactly) {
  const Digest digest{.high = 0x0123456789ABCDEF, .low = 0x00000000000000FE};
  EXPECT_EQ(digest.hex(), "0123456789abcdef00000000000000fe");
  EXPECT_EQ(Digest::from_hex(digest.hex()), digest);
  for (const char* wrong : {"", "0123456789abcdef00000000000000f", "0123456789abcdef00000000000000fe0",
                            "0123456789ABCDEF00000000000000FE", "0123456789abcdef0000000000000 fe",
                            "0123456789abcdef-000000000000001", "0x23456789abcdef00000000000000fe"})
    EXPECT_FALSE(Digest::from_hex(wrong)) << wrong;
}

}  // namespace
}  // namespace walkit
