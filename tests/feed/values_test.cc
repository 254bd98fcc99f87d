#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "feed/tuple.h"
#include "feed/value_renderer.h"
#include "tests/feed/values_dump_support.h"
#include "tests/support/fixtures.h"

namespace walkit::test {
namespace {

constexpr Oid kInt4 = 23, kText = 25, kRegclass = 2205, kNumeric = 1700, kJsonb = 3802, kFloat8 = 701,
              kInterval = 1186;
constexpr Storage kVarlena = {.length = -1, .align = 'i', .by_value = false};

/// With a header of one byte.
std::vector<std::byte> short_varlena(std::string_view content) {
  std::vector<std::byte> stored = {static_cast<std::byte>((content.size() + 1) << 1 | 1)};
  for (const char c : content) stored.push_back(static_cast<std::byte>(c));
  return stored;
}

/// With a header of four bytes.
std::vector<std::byte> long_varlena(ByteSpan content) {
  const auto header = static_cast<std::uint32_t>((content.size() + 4) << 2);
  std::vector<std::byte> stored(4);
  std::memcpy(stored.data(), &header, 4);
  stored.insert(stored.end(), content.begin(), content.end());
  return stored;
}

class ValuesTest : public testing::Test {
 protected:
  Unavailable render(Oid type, const Storage& storage, ByteSpan stored, Major major = Major::pg15) {
    text.clear();
    ValueRenderer renderer(major, types, decoder, nullptr);
    return renderer.render(type, storage, stored, text);
  }

  DumpedTypes types;
  Utf8Decoder decoder;
  std::string text;
};

class ValuesOfServer : public testing::TestWithParam<Major> {};

TEST_P(ValuesOfServer, AreAllPrintedAsTheServerPrintsThem) {
  Dump dump = parse_dump(read_fixture("values/" + directory_name(GetParam()) + ".txt"));
  EXPECT_EQ(dump.major, GetParam());
  EXPECT_EQ(dump.tables.size(), 105U);
  const Comparison result = compare(dump);
  EXPECT_GT(result.values, 4000U);
  EXPECT_EQ(result.equal, result.values);
  EXPECT_EQ(result.differences, std::vector<std::string>());
}

INSTANTIATE_TEST_SUITE_P(Majors, ValuesOfServer, testing::Values(Major::pg15, Major::pg18),
                         [](const auto& test) { return directory_name(test.param); });

/// What every outcome must look like, whatever the bytes were.
void expect_honest(const ColumnValue& value) {
  EXPECT_TRUE(is_utf8(value.text));
  if (value.unavailable == Unavailable::none) return;
  EXPECT_EQ(value.text.find_first_not_of("0123456789abcdef"), std::string::npos) << value.text;
}

TEST(DamagedValues, OfAnyTypeArePrintedOrMarked) {
  Dump dump = parse_dump(read_fixture("values/pg18.txt"));
  const Utf8Decoder decoder;
  ValueRenderer renderer(dump.major, dump.types, decoder, &dump.toast);
  std::mt19937 random(20240601);
  std::vector<Datum> datums;
  std::vector<std::byte> damaged;
  ColumnValue value;
  std::size_t marked = 0, printed = 0;
  for (const DumpedTable& table : dump.tables) {
    for (const DumpedRow& row : table.rows) {
      for (int round = 0; round < 8; ++round) {
        const ByteSpan tuple = table.tuple(row.block, row.offset);
        damaged.assign(tuple.begin(), tuple.end());
        for (int i = 0; i <= round % 4; ++i) {
          const std::size_t at = kTupleHeaderSize + random() % (damaged.size() - kTupleHeaderSize);
          damaged[at] = static_cast<std::byte>(random());
        }
        if (round % 4 == 0) damaged.resize(damaged.size() - random() % (damaged.size() - kTupleHeaderSize));
        if (!deform_tuple(damaged, table.columns, datums)) continue;
        for (std::size_t i = 0; i < datums.size(); ++i) {
          renderer.render(table.columns[i], datums[i], value);
          expect_honest(value);
          (value.unavailable == Unavailable::none ? printed : marked) += 1;
        }
      }
    }
  }
  EXPECT_GT(printed, 1000U);
  EXPECT_GT(marked, 1000U);
}

TEST(RandomBytes, AsAnyTypeArePrintedOrMarked) {
  Dump dump = parse_dump(read_fixture("values/pg18.txt"));
  const Utf8Decoder decoder;
  ValueRenderer renderer(dump.major, dump.types, decoder, nullptr);
  std::mt19937 random(42);
  ColumnValue value;
  std::size_t rendered = 0;
  for (const auto& [oid, type] : dump.types.types) {
    for (int round = 0; round < 50; ++round) {
      std::vector<std::byte> content(random() % 100);
      // Small numbers get further than large ones.
      for (std::byte& byte : content)
        byte = static_cast<std::byte>(random() % 3 == 0 ? random() : random() % 3);
      const std::vector<std::byte> stored = type.storage.length == -1 ? long_varlena(content) : content;
      value.text.clear();
      value.unavailable = renderer.render(oid, type.storage, stored, value.text);
      expect_honest(value);
      ++rendered;
    }
  }
  EXPECT_GT(rendered, 10000U);
}

TEST_F(ValuesTest, WhatCannotBePrintedIsGivenInHexadecimal) {
  const Storage four = {.length = 4, .align = 'i', .by_value = true};
  EXPECT_EQ(render(kRegclass, four, from_hex("eb040000")), Unavailable::type_unrendered);
  EXPECT_EQ(text, "eb040000");
  const Oid of_an_extension = 16400;
  EXPECT_EQ(render(of_an_extension, kVarlena, short_varlena("abc")), Unavailable::type_unrendered);
  EXPECT_EQ(text, "616263");
  EXPECT_EQ(render(kInt4, four, from_hex("0102")), Unavailable::type_unrendered);
  EXPECT_EQ(text, "0102");
}

TEST_F(ValuesTest, TextThatIsNotInTheEncodingIsGivenInHexadecimal) {
  for (const char* bad :
       {"\xFF", "a\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE4\xBD", "\x80", "\xF0\x8F\xBF\xBF"})
    EXPECT_EQ(render(kText, kVarlena, short_varlena(bad)), Unavailable::encoding) << bad;
  EXPECT_EQ(render(kText, kVarlena, short_varlena("a\xFF")), Unavailable::encoding);
  EXPECT_EQ(text, "61ff");
  EXPECT_EQ(render(kText, kVarlena, short_varlena("\xF4\x8F\xBF\xBF\xEF\xBF\xBD")), Unavailable::none);
  EXPECT_EQ(text, "\xF4\x8F\xBF\xBF\xEF\xBF\xBD");
}

TEST_F(ValuesTest, AppendsToWhatIsThere) {
  text = "old";
  ValueRenderer renderer(Major::pg15, types, decoder, nullptr);
  EXPECT_EQ(renderer.render(kText, kVarlena, short_varlena(" new"), text), Unavailable::none);
  EXPECT_EQ(renderer.render(kText, kVarlena, short_varlena("\xFF"), text), Unavailable::encoding);
  EXPECT_EQ(text, "old newff");
}

TEST_F(ValuesTest, OutOfLineWithoutToastIsMarked) {
  const auto pointer = from_hex(
      "0112"
      "04100000"
      "00100000"
      "01400000"
      "02400000");
  EXPECT_EQ(render(kText, kVarlena, pointer), Unavailable::toast_unchanged);
  EXPECT_EQ(text, "");
}

// 17 took these bits for infinity; 16 prints what they are. As PostgreSQL 16 and 17 print 'infinity' dumped
// in binary.
TEST_F(ValuesTest, IntervalsAreInfiniteFrom17On) {
  const Storage storage = {.length = 16, .align = 'd', .by_value = false};
  const auto most = from_hex("ffffffffffffff7fffffff7fffffff7f");
  EXPECT_EQ(render(kInterval, storage, most, Major::pg17), Unavailable::none);
  EXPECT_EQ(text, "infinity");
  EXPECT_EQ(render(kInterval, storage, most, Major::pg16), Unavailable::none);
  EXPECT_EQ(text, "178956970 years 7 mons 2147483647 days 2562047788:00:54.775807");
}

TEST_F(ValuesTest, DeepJsonNeedsNoStack) {
  constexpr int kDepth = 100'000;
  std::vector<std::byte> bytes = from_hex("00000040");  // []
  std::vector<std::byte> outside_in;
  for (int level = kDepth; level > 0;
       --level) {  // an array of one, its entry a container with all that follows
    const auto length = static_cast<std::uint32_t>(4 + 8 * (level - 1));
    const std::uint32_t words[2] = {0x40000001, 0x50000000 | length};
    const auto* begin = reinterpret_cast<const std::byte*>(words);
    outside_in.insert(outside_in.end(), begin, begin + sizeof words);
  }
  outside_in.insert(outside_in.end(), bytes.begin(), bytes.end());
  EXPECT_EQ(render(kJsonb, kVarlena, long_varlena(outside_in)), Unavailable::none);
  EXPECT_EQ(text, std::string(kDepth + 1, '[') + std::string(kDepth + 1, ']'));
}

TEST_F(ValuesTest, QueriesThatContainThemselvesEnd) {
  constexpr Oid kTsquery = 3615;
  const auto query = [](const std::string& left) {  // 'a' & 'b', where the left operand is at that distance
    return long_varlena(
        from_hex("03000000"
                 "02020000" +
                 left +
                 "00000000"
                 "010000000000000001200000"
                 "010000000000000001000000"
                 "61006200"));
  };
  for (const char* left : {"00000000", "01000000", "03000000", "ffffffff"})
    EXPECT_EQ(render(kTsquery, kVarlena, query(left)), Unavailable::type_unrendered) << left;
  EXPECT_EQ(render(kTsquery, kVarlena, query("02000000")), Unavailable::none);
  EXPECT_EQ(text, "'a' & 'b'");
}

TEST_F(ValuesTest, TypesThatContainThemselvesEnd) {
  constexpr Oid kLoop = 20000;
  TypeInfo& loop = types.types[kLoop];
  loop.kind = TypeKind::domain;
  loop.base = kLoop;
  EXPECT_EQ(render(kLoop, kVarlena, short_varlena("x")), Unavailable::type_unrendered);
}

TEST_F(ValuesTest, NumericWithDigitsBeyondItsBaseIsMarked) {
  EXPECT_EQ(render(kNumeric, kVarlena, long_varlena(from_hex("00800f27"))), Unavailable::none);
  EXPECT_EQ(text, "9999");
  EXPECT_EQ(render(kNumeric, kVarlena, long_varlena(from_hex("00801027"))), Unavailable::type_unrendered);
  EXPECT_EQ(text, "00801027");
}

TEST_F(ValuesTest, NegativeZeroAndNanAreKept) {
  const Storage storage = {.length = 8, .align = 'd', .by_value = true};
  EXPECT_EQ(render(kFloat8, storage, from_hex("0000000000000080")), Unavailable::none);
  EXPECT_EQ(text, "-0");
  EXPECT_EQ(render(kFloat8, storage, from_hex("000000000000f8ff")), Unavailable::none);
  EXPECT_EQ(text, "NaN");
}

}  // namespace
}  // namespace walkit::test
