#include "feed/row_reader.h"

#include <gtest/gtest.h>

#include "tests/feed/spill_memory.h"
#include "tests/support/byte_writer.h"

namespace walkit {
namespace {

constexpr std::int32_t kUtf8 = 6, kOther = 8;

/// Of an encoding in which all text means "other".
class OtherDecoder final : public TextDecoder {
 public:
  bool decode(std::string_view, std::string& out) const override {
    out += "other";
    return true;
  }
};

class TwoDecoders final : public TextDecoders {
 public:
  const TextDecoder& of(std::int32_t encoding) override {
    return encoding == kUtf8 ? static_cast<const TextDecoder&>(utf8_) : other_;
  }

 private:
  Utf8Decoder utf8_;
  OtherDecoder other_;
};

TEST(RowReader, ADatabaseThatIsMadeAnewHasAnEncodingOfItsOwn) {
  constexpr Oid kDatabase = 50000, kText = 25;
  Catalog catalog(kNewestMajor);
  catalog.load_database_row({.oid = kDatabase, .name = "old", .encoding = kUtf8, .tablespace = 1663}, 0, 0);
  catalog.add_database(kDatabase, 1663);
  test::SpillMemory store;
  PageTable pages(store);
  ToastStore toast(pages, nullptr);
  TwoDecoders decoders;
  RowReader reader(catalog, decoders, toast);

  auto schema = std::make_shared<RelationSchema>();
  schema->database = kDatabase;
  schema->columns = {Column{.number = 1, .name = "t", .type = kText, .storage = {}, .missing = {}}};
  RelationView view;
  view.schema = schema;
  const test::Bytes tuple =
      test::ByteWriter().zeros(18).u16(1).u16(0x0800).u8(24).zeros(1).u8(0x07).text("\xC3\xA9").take();
  RowValues row;
  reader.read(view, {.bytes = tuple}, 1, {}, row);
  EXPECT_EQ(row.values.at(0).text, "\xC3\xA9");

  catalog.load_database_row({.oid = kDatabase, .name = "new", .encoding = kOther, .tablespace = 1663}, 9, 0);
  catalog.add_database(kDatabase, 1663);
  reader.read(view, {.bytes = tuple}, 1, {}, row);
  EXPECT_EQ(row.values.at(0).text, "other");
}

}  // namespace
}  // namespace walkit
