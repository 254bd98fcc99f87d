#include "walreader/record_counts.h"

#include <gtest/gtest.h>

#include "tests/support/record_builder.h"

namespace walkit {
namespace {

using test::Bytes;

/// Counts one record of these parts.
void count(RecordCounts& counts, const test::RecordParts& parts) {
  const Bytes bytes = test::record_bytes(parts);
  const ByteSpan fragment = bytes;
  Record record;
  ASSERT_EQ(record.decode({&fragment, 1}, Lsn{40}, Lsn{80}, TimelineId{1}, format_of(kNewestMajor)).fault,
            BodyFault::none);
  counts.add(record);
}

std::string table(const RecordCounts& counts, CountsBy by) {
  TextBuffer out;
  append_counts_table(out, counts, by, kNewestMajor);
  return std::string(out.view());
}

test::RecordParts of_type(std::uint8_t rmid, std::uint8_t info) {
  return {.rmid = rmid, .info = info, .main_data = Bytes(6)};  // 32 bytes
}

TEST(RecordCounts, ImagesAreCountedApart) {
  RecordCounts counts;
  test::RecordParts parts{.rmid = 0, .info = 0xB0};
  parts.blocks.push_back({.id = 0, .image = test::StoredImage{.payload = Bytes(kRelationBlockSize)}});
  count(counts, parts);
  count(counts, of_type(0, 0xB0));
  const Volume& volume = counts.of(0, 0xB);
  EXPECT_EQ(volume.records, 2u);
  EXPECT_EQ(volume.image_bytes, kRelationBlockSize);
  EXPECT_EQ(volume.record_bytes, 24 + 4 + 5 + 16 + 32u);
  EXPECT_EQ(counts.of_rmgr(0).total_bytes(), counts.total().total_bytes());
}

TEST(RecordCounts, TransactionTypesLeaveOutTheXinfoBit) {
  RecordCounts counts;
  count(counts, of_type(1, 0x80));
  count(counts, of_type(1, 0x00));
  count(counts, of_type(10, 0x80));
  EXPECT_EQ(counts.of(1, 0).records, 2u);
  EXPECT_EQ(counts.of(10, 8).records, 1u);
}

TEST(RecordCounts, Add) {
  RecordCounts a, b;
  count(a, of_type(10, 0));
  count(b, of_type(10, 0));
  count(b, of_type(200, 0x30));
  a += b;
  EXPECT_EQ(a.of_rmgr(10).records, 2u);
  EXPECT_EQ(a.of_rmgr(200).records, 1u);
  EXPECT_EQ(a.total().records, 3u);
}

TEST(RecordCounts, TableByRmgrListsAllBuiltinOnes) {
  RecordCounts counts;
  count(counts, of_type(10, 0));
  const std::string without_custom = table(counts, CountsBy::rmgr);
  EXPECT_NE(without_custom.find("\nLogicalMessage "), std::string::npos);
  EXPECT_EQ(without_custom.find("custom"), std::string::npos);
  count(counts, of_type(200, 0x30));
  EXPECT_NE(
      table(counts, CountsBy::rmgr)
          .find("\ncustom200                                      1 ( 50.00)                   32 ( 50.00)  "
                "                  0 (  0.00)                   32 ( 50.00)\n"),
      std::string::npos);
}

TEST(RecordCounts, TableByTypeListsWhatWasSeen) {
  RecordCounts counts;
  count(counts, of_type(10, 0x80));
  count(counts, of_type(10, 0x90));
  count(counts, of_type(200, 0x30));
  const std::string text = table(counts, CountsBy::record_type);
  EXPECT_NE(text.find("\nHeap/INSERT+INIT "), std::string::npos);
  EXPECT_NE(text.find("\nHeap/UNKNOWN (90) "), std::string::npos);
  EXPECT_NE(text.find("\ncustom200/UNKNOWN (30) "), std::string::npos);
  EXPECT_EQ(text.find("Btree"), std::string::npos);
}

TEST(RecordCounts, TableOfNothingDividesByNothing) {
  const std::string text = table(RecordCounts(), CountsBy::record_type);
  EXPECT_EQ(
      text,
      "Type                                           N      (%)          Record size      (%)             "
      "FPI "
      "size      (%)        Combined size      (%)\n"
      "----                                           -      ---          -----------      ---             "
      "--------      ---        -------------      ---\n"
      "                                        --------                      --------                      "
      "--------                      --------\n"
      "Total                                          0                             0 [0.00%]                "
      "  "
      "   0 [0.00%]                     0 [100%]\n");
}

}  // namespace
}  // namespace walkit
