#include "tools/kafka_address.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace walkit {
namespace {

namespace fs = std::filesystem;

TEST(KafkaAddress, IsBrokersAndAPrefix) {
  EXPECT_EQ(parse_kafka_address("kafka://a:9092,b.example:19092,[::1]:1/shop.eu"),
            (KafkaAddress{"a:9092,b.example:19092,[::1]:1", "shop.eu"}));
  EXPECT_TRUE(names_kafka("kafka://"));
  EXPECT_FALSE(names_kafka("kafka"));
}

TEST(KafkaAddress, NothingIsGuessed) {
  for (const char* text : {"kafka://", "kafka://a:9092", "kafka://a:9092/", "kafka://a/shop",
                           "kafka://:9092/shop", "kafka://a:0/shop", "kafka://a:65536/shop",
                           "kafka://a:9092,/shop", "kafka://a:9092/shop/eu", "kafka://a:9092/sh op", "file"})
    EXPECT_FALSE(parse_kafka_address(text)) << text;
}

class KafkaPropertiesTest : public testing::Test {
 protected:
  void SetUp() override {
    file = fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
  }
  void TearDown() override { fs::remove(file); }
  std::expected<KafkaProperties, std::string> read(std::string_view text, fs::perms permissions) {
    fs::remove(file);
    std::ofstream(file) << text;
    fs::permissions(file, permissions);
    return read_kafka_properties(file);
  }
  static constexpr fs::perms kOwner = fs::perms::owner_read | fs::perms::owner_write;

  std::string file;
};

TEST_F(KafkaPropertiesTest, AreLinesOfNameAndValue) {
  const auto read_back = read("# secret\n\n sasl.password = a=b #c \nlinger.ms=5\n debug=", kOwner);
  ASSERT_TRUE(read_back) << read_back.error();
  EXPECT_EQ(*read_back, (KafkaProperties{{"sasl.password", "a=b #c"}, {"linger.ms", "5"}, {"debug", ""}}));
  EXPECT_EQ(read("", kOwner).value(), KafkaProperties{});
}

TEST_F(KafkaPropertiesTest, ErrorsNameTheLineAndNotWhatIsInIt) {
  for (const char* text : {"a=b\nhunter2\n", "a=b\n=hunter2", "\n [hunter2]"}) {
    const auto refused = read(text, kOwner);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error(), file + ":2: this is not name=value");
  }
}

TEST_F(KafkaPropertiesTest, AFileThatEverybodyReadsIsRefused) {
  EXPECT_TRUE(read("a=b", kOwner | fs::perms::group_read));
  const auto refused = read("a=b", kOwner | fs::perms::others_read);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("may be read by everybody (mode 0604)"), std::string::npos)
      << refused.error();
  EXPECT_FALSE(read("a=b", kOwner | fs::perms::group_write));
  fs::remove(file);
  EXPECT_FALSE(read_kafka_properties(file));
}

}  // namespace
}  // namespace walkit
