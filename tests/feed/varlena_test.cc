#include "feed/varlena.h"

#include <gtest/gtest.h>

#include "feed/text_decoder.h"
#include "tests/feed/values_dump_support.h"

namespace walkit::test {
namespace {

std::expected<std::string, Unavailable> value_of(std::string_view hex, ToastSource* toast = nullptr) {
  DetoastBuffers buffers;
  const std::vector<std::byte> stored = from_hex(hex);
  const std::expected<ByteSpan, Unavailable> value = detoast(stored, toast, buffers);
  if (!value) return std::unexpected(value.error());
  return std::string(as_text(*value));
}

// Values 0x4001 in relation 0x4002: of 3 bytes, stored as it is; of 80, compressed into 16.
const char* const kPlainPointer =
    "0112"
    "07000000"
    "03000000"
    "01400000"
    "02400000";
const char* const kCompressedPointer =
    "0112"
    "54000000"
    "10000000"
    "01400000"
    "02400000";

TEST(Varlena, SizeIsThatOfItsHeader) {
  EXPECT_EQ(varlena_size(from_hex("076162")), 3U);
  EXPECT_EQ(varlena_size(from_hex("07616263")), 3U);
  EXPECT_EQ(varlena_size(from_hex("0716")), 0U);
  EXPECT_EQ(varlena_size(from_hex("1800000061620000")), 6U);
  EXPECT_EQ(varlena_size(from_hex("180000")), 0U);
  EXPECT_EQ(varlena_size(from_hex("0c000000")), 0U) << "less than its own header";
  EXPECT_EQ(varlena_size(from_hex(kPlainPointer)), 18U);
  EXPECT_EQ(varlena_size(from_hex("0101")), 0U) << "a pointer that exists in memory only";
  EXPECT_EQ(varlena_size({}), 0U);
}

TEST(Varlena, PlainValuesAreBehindTheirHeader) {
  EXPECT_EQ(value_of("076162"), "ab");
  EXPECT_EQ(value_of("180000006162"), "ab");
  EXPECT_EQ(value_of("03"), "");
}

TEST(Varlena, DamagedCompressionIsRefusedBeforeMemoryIsTaken) {
  // 1 GiB out of 2 bytes; a method that does not exist; a size that does not match.
  for (const char* bad : {"2a000000"
                          "ffffff3f"
                          "0061",
                          "2a000000"
                          "05000080"
                          "0061",
                          "2a000000"
                          "05000000"
                          "0061"})
    EXPECT_EQ(value_of(bad), std::unexpected(Unavailable::type_unrendered)) << bad;
}

TEST(Varlena, PglzIsDecompressed) {
  // "a", then 19 bytes from one byte back
  EXPECT_EQ(value_of("36000000"
                     "14000000"
                     "02"
                     "61"
                     "0f0101"),
            std::string(20, 'a'));
}

class OneValue final : public ToastSource {
 public:
  explicit OneValue(std::vector<std::byte> chunks) : chunks_(std::move(chunks)) {}
  std::expected<void, Unavailable> fetch(const ToastPointer& pointer,
                                         std::vector<std::byte>& chunks) override {
    asked_for = pointer;
    chunks = chunks_;
    return {};
  }
  ToastPointer asked_for;

 private:
  std::vector<std::byte> chunks_;
};

TEST(Varlena, PointersNameRelationAndValue) {
  const auto pointer = toast_pointer(from_hex(kCompressedPointer));
  ASSERT_TRUE(pointer);
  EXPECT_EQ(pointer->raw_size, 0x50U);
  EXPECT_EQ(pointer->stored_size, 0x10U);
  EXPECT_EQ(pointer->value_id, 0x4001U);
  EXPECT_EQ(pointer->toast_relation, 0x4002U);
  EXPECT_TRUE(pointer->compressed());
  EXPECT_FALSE(toast_pointer(from_hex("076162")));
  EXPECT_FALSE(toast_pointer(from_hex("0112")));
}

TEST(Varlena, ChunksThatAreNotAsLongAsThePointerSaysAreRefused) {
  OneValue two_bytes(from_hex("6162"));
  EXPECT_EQ(value_of("0112"
                     "06000000"
                     "02000000"
                     "01400000"
                     "02400000",
                     &two_bytes),
            "ab");
  EXPECT_EQ(two_bytes.asked_for.value_id, 0x4001U);
  EXPECT_EQ(value_of(kPlainPointer, &two_bytes), std::unexpected(Unavailable::type_unrendered));
}

TEST(Varlena, CompressedChunksGiveTheRawSize) {
  OneValue compressed(
      from_hex("14000000"
               "02"
               "61"
               "0f0101"));
  EXPECT_EQ(value_of("0112"
                     "18000000"
                     "09000000"
                     "01400000"
                     "02400000",
                     &compressed),
            std::string(20, 'a'));
  EXPECT_EQ(value_of("0112"
                     "19000000"
                     "09000000"
                     "01400000"
                     "02400000",
                     &compressed),
            std::unexpected(Unavailable::type_unrendered));
}

}  // namespace
}  // namespace walkit::test
