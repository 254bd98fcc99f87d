#include "feed/io/iconv_decoder.h"

#include <gtest/gtest.h>

#include "tests/feed/values_dump_support.h"

namespace walkit::test {
namespace {

struct Sample {
  std::int32_t encoding;
  const char* bytes;
  const char* utf8;  ///< "" if the server has no such character
};

// select encode(convert('\x...', pg_encoding_to_char(encoding), 'UTF8'), 'hex') on PostgreSQL 15
constexpr Sample kSamples[] = {
    {1, "a4a2c6fccbdc", "e38182e697a5e69cac"},  // EUC_JP
    {1, "a1c1", "efbd9e"},
    {1, "8eb1", "efbdb1"},
    {2, "c4e3bac3", "e4bda0e5a5bd"},  // EUC_CN
    {3, "b0a1", "eab080"},            // EUC_KR
    {4, "c4e3", "e4b8ad"},            // EUC_TW
    {5, "a1b1a1ef", "e280bec2a5"},    // EUC_JIS_2004
    {8, "e4f6", "c3a4c3b6"},          // LATIN1
    {16, "a4", "e282ac"},             // LATIN9
    {19, "41cc", "41cc80"},           // WIN1258: the accent stays on its own
    {22, "c1", "d0b0"},               // KOI8R
    {24, "8081", ""},                 // WIN1252
    {29, "a3", "c581"},               // WIN1250
};

TEST(IconvDecoder, ConvertsAsTheServerDoes) {
  for (const Sample& sample : kSamples) {
    const auto decoder = open_decoder(sample.encoding);
    ASSERT_TRUE(decoder) << decoder.error();
    const std::vector<std::byte> bytes = from_hex(sample.bytes);
    const std::vector<std::byte> utf8 = from_hex(sample.utf8);
    std::string out = "before ";
    EXPECT_EQ((*decoder)->decode(as_text(bytes), out), !utf8.empty()) << sample.bytes;
    EXPECT_EQ(out, "before " + std::string(as_text(utf8))) << sample.encoding << " " << sample.bytes;
  }
}

TEST(IconvDecoder, KeepsAsciiInEveryEncoding) {
  std::string ascii;
  for (char c = 1; c < 127; ++c) ascii += c;
  for (std::int32_t encoding = 0; encoding <= 34; ++encoding) {
    const auto decoder = open_decoder(encoding);
    if (!decoder) {
      EXPECT_EQ(decoder.error(), "could not convert encoding MULE_INTERNAL to UTF8 on this system");
      continue;
    }
    std::string out;
    EXPECT_TRUE((*decoder)->decode(ascii, out)) << encoding;
    EXPECT_EQ(out, ascii) << encoding;
  }
}

TEST(IconvDecoder, RefusesHalfACharacter) {
  const auto decoder = open_decoder(1);
  ASSERT_TRUE(decoder);
  std::string out = "before";
  EXPECT_FALSE((*decoder)->decode("a\xA4", out));
  EXPECT_EQ(out, "before");
  EXPECT_TRUE((*decoder)->decode("\xA4\xA2", out)) << "nothing is left over from the failure";
  EXPECT_EQ(out, "before\xE3\x81\x82");
}

TEST(IconvDecoder, RefusesUnknownEncodings) {
  EXPECT_EQ(open_decoder(-1).error(), "there is no server encoding -1");
  EXPECT_EQ(open_decoder(35).error(), "there is no server encoding 35");
}

}  // namespace
}  // namespace walkit::test
