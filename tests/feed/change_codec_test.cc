#include "feed/change_codec.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/feed/made_changes.h"

namespace walkit {
namespace {

Change full_change() {
  Change change = test::insert(test::table("t"), 730, {"1", ""});
  change.kind = ChangeKind::update;
  change.relation = {1663, 5, 16384};
  change.cascade = true;
  change.doubt = 731;
  change.new_row->values[1].null = true;
  change.old_row = test::row({"1", "DEAD"});
  change.old_row->key_only = true;
  change.old_row->values[1].unavailable = Unavailable::type_unrendered;
  return change;
}

std::string encoded(const Change& change, SchemaNumbers& numbers) {
  std::string bytes;
  const std::uint32_t old_schema = numbers.hold(change.old_schema);
  encode_change(change, numbers.hold(change.schema), old_schema, bytes);
  return bytes;
}

TEST(ChangeCodec, GivesBackWhatItWasGiven) {
  SchemaNumbers numbers;
  const Change change = full_change();
  Change copy = test::insert(nullptr, 1, {"left", "over", "values"});
  copy.content = "left over";
  const std::string bytes = encoded(change, numbers);
  ASSERT_TRUE(decode_change(std::as_bytes(std::span(bytes)), numbers, copy));
  EXPECT_EQ(copy.kind, change.kind);
  EXPECT_EQ(copy.lsn, change.lsn);
  EXPECT_EQ(copy.xid, change.xid);
  EXPECT_EQ(copy.schema, change.schema);
  EXPECT_EQ(copy.old_schema, nullptr);
  EXPECT_EQ(copy.relation, change.relation);
  EXPECT_TRUE(copy.cascade);
  EXPECT_EQ(copy.doubt, 731U);
  EXPECT_FALSE(copy.restart_identity);
  EXPECT_EQ(copy.new_row->values, change.new_row->values);
  EXPECT_FALSE(copy.new_row->key_only);
  EXPECT_EQ(copy.old_row->values, change.old_row->values);
  EXPECT_TRUE(copy.old_row->key_only);
  EXPECT_EQ(copy.content, "");
}

TEST(ChangeCodec, MessagesAreAnyBytes) {
  SchemaNumbers numbers;
  Change change;
  change.kind = ChangeKind::message;
  change.prefix = "p";
  change.content = std::string("\0\xFF", 2);
  change.transactional = false;
  Change copy;
  const std::string bytes = encoded(change, numbers);
  ASSERT_TRUE(decode_change(std::as_bytes(std::span(bytes)), numbers, copy));
  EXPECT_EQ(copy.prefix, "p");
  EXPECT_EQ(copy.content, change.content);
  EXPECT_FALSE(copy.transactional);
}

TEST(ChangeCodec, DamagedBytesAreRefusedOrHarmless) {
  SchemaNumbers numbers;
  const std::string good = encoded(full_change(), numbers);
  Change copy;
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(decode_change(std::as_bytes(std::span(good).first(size)), numbers, copy)) << size;
  std::mt19937 random(1);
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bad = good;
    bad[random() % bad.size()] = static_cast<char>(random());
    refused += decode_change(std::as_bytes(std::span(bad)), numbers, copy) ? 0 : 1;
  }
  EXPECT_GT(refused, 0);
}

TEST(SchemaNumbers, LiveAsLongAsTheyAreHeld) {
  SchemaNumbers numbers;
  SchemaRef schema = test::table("t");
  const std::weak_ptr<const RelationSchema> watched = schema;
  const std::uint32_t number = numbers.hold(schema);
  EXPECT_EQ(numbers.hold(schema), number);
  EXPECT_EQ(numbers.find(schema.get()), number);
  schema = nullptr;
  numbers.release(number);
  EXPECT_NE(numbers.schema(number), nullptr);
  numbers.release(number);
  EXPECT_EQ(numbers.schema(number), nullptr);
  EXPECT_TRUE(watched.expired());
  EXPECT_EQ(numbers.hold(test::table("u")), number);  // used again
  EXPECT_EQ(numbers.hold(nullptr), SchemaNumbers::kNone);
}

}  // namespace
}  // namespace walkit
