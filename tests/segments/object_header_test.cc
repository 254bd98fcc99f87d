#include "segments/object_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/segments/test_files.h"
#include "tests/support/strict_json.h"
#include "walreader/bytes.h"

namespace walkit {
namespace {

using nlohmann::ordered_json;
using testing::HasSubstr;

ObjectHeader sample() {
  return {.name = "0000000100000A2F000000C3",
          .system_identifier = 7'711'223'839'007'937'362U,
          .major = 17,
          .segment_size_bytes = 16U << 20,
          .plain_size_bytes = 16U << 20,
          .plain_digest = {0x0123456789ABCDEF, 0xFEDCBA9876543210},
          .payload_size_bytes = 1'234'567,
          .payload_digest = {1, 2},
          .codec = {Codec::zstd, 3},
          .summary =
              SegmentSummary{.first = Lsn{0xA2FC3000028},
                             .last = Lsn{0xA2FC3FFFF10},
                             .end = Lsn{0xA2FC3FFFF90},
                             .records = 123'456,
                             .lowest_xid = 3,
                             .highest_xid = 4'294'967'295U,
                             .first_commit = PgTime{838'901'445'678'901},
                             .last_commit = PgTime{838'901'446'000'000},
                             .ending = SegmentEnding::corrupt,
                             .stopped_at = Lsn{0xA2FC3FFFF90},
                             .reason = "incorrect resource manager data checksum in record at A2F/C3FFFF90"},
          .damaged = true,
          .diverging = true,
          .archived_at_unix_ms = 1'785'586'245'678,
          .archived_by = "db1:/var/lib/postgresql/17/main"};
}

ObjectHeader history() {
  return {.name = "00000002.history",
          .system_identifier = 1,
          .plain_size_bytes = 41,
          .payload_size_bytes = 50,
          .codec = {Codec::zstd, 1},
          .summary = {},
          .archived_by = {}};
}

std::string_view text_of(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
Bytes bytes_of(std::string_view text) { return joined({std::as_bytes(std::span(text))}); }

std::string json_of(ByteSpan trailer) {
  return std::string(text_of(trailer.subspan(8, trailer.size() - 24)));
}

template <typename T>
void append(Bytes& to, T value) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  to.insert(to.end(), bytes.begin(), bytes.end());
}

/// The frame around any text, with the right checksum: put together by the description, not by the code.
Bytes trailer_of(std::string_view json) {
  Bytes frame;
  append(frame, std::uint32_t{0x184D2A57});
  append(frame, static_cast<std::uint32_t>(json.size() + 16));
  const Bytes text = bytes_of(json);
  frame.insert(frame.end(), text.begin(), text.end());
  append(frame, checksum64(frame));
  append(frame, static_cast<std::uint32_t>(json.size() + 24));
  return joined({frame, bytes_of("WKIT")});
}

std::string decode_error(std::string_view json) {
  const auto header = decode_trailer(trailer_of(json));
  return header ? "none" : header.error().text;
}

TEST(ObjectHeader, WhatIsWrittenIsReadBack) {
  for (const ObjectHeader& header : {sample(), history()}) {
    const auto trailer = decode_trailer(encode_trailer(header));
    ASSERT_TRUE(trailer) << trailer.error().text;
    EXPECT_EQ(*trailer, header);
    const auto sidecar = decode_sidecar(encode_sidecar(header));
    ASSERT_TRUE(sidecar) << sidecar.error().text;
    EXPECT_EQ(*sidecar, header);
  }
}

TEST(ObjectHeader, EveryEndingAndCodecIsReadBack) {
  for (const SegmentEnding ending :
       {SegmentEnding::full, SegmentEnding::end_of_wal, SegmentEnding::corrupt}) {
    for (const CodecChoice codec : {CodecChoice{Codec::none, 0}, {Codec::lz4, 12}, {Codec::zstd, 19}}) {
      ObjectHeader header = sample();
      header.summary->ending = ending;
      header.codec = codec;
      if (ending == SegmentEnding::full) {
        header.summary->stopped_at = {};
        header.summary->reason.clear();
      }
      const auto read = decode_trailer(encode_trailer(header));
      ASSERT_TRUE(read) << read.error().text;
      EXPECT_EQ(*read, header);
    }
  }
}

TEST(ObjectHeader, NumbersAtTheirLimitsAreReadBack) {
  ObjectHeader header = sample();
  header.system_identifier = header.plain_size_bytes = header.payload_size_bytes = UINT64_MAX;
  header.segment_size_bytes = 1U << 30;
  header.summary->records = UINT64_MAX;
  header.summary->first = header.summary->end = Lsn{UINT64_MAX};
  header.summary->lowest_xid = 0;
  const auto read = decode_trailer(encode_trailer(header));
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(*read, header);
}

TEST(ObjectHeader, JsonIsForPeopleAndProgramsToo) {
  const std::string trailer = json_of(encode_trailer(sample()));
  EXPECT_EQ(test::json_complaint(trailer), "");
  EXPECT_EQ(trailer,
            R"({"format":1,"name":"0000000100000A2F000000C3","system_identifier":"7711223839007937362",)"
            R"("major":17,"segment_size_bytes":16777216,"plain_size_bytes":16777216,)"
            R"("plain_xxh3_128":"0123456789abcdeffedcba9876543210","payload_size_bytes":1234567,)"
            R"("payload_xxh3_128":"00000000000000010000000000000002","codec":"zstd","level":3,)"
            R"("first_lsn":"A2F/C3000028","last_lsn":"A2F/C3FFFF10","end_lsn":"A2F/C3FFFF90",)"
            R"("records":123456,"lowest_xid":3,"highest_xid":4294967295,)"
            R"("first_commit_time":"2026-08-01T12:10:45.678901Z",)"
            R"("last_commit_time":"2026-08-01T12:10:46.000000Z","check":"corrupt",)"
            R"("check_stopped_at":"A2F/C3FFFF90",)"
            R"("check_reason":"incorrect resource manager data checksum in record at A2F/C3FFFF90",)"
            R"("damaged":true,"diverging":true,"archived_at":"2026-08-01T12:10:45.678Z",)"
            R"("archived_by":"db1:/var/lib/postgresql/17/main"})");

  const Bytes sidecar = encode_sidecar(sample());
  EXPECT_EQ(test::json_complaint(text_of(sidecar)), "");
  EXPECT_TRUE(text_of(sidecar).starts_with(trailer.substr(0, trailer.size() - 1)));
  EXPECT_TRUE(text_of(sidecar).ends_with("\"}\n"));
}

TEST(ObjectHeader, EveryFlippedBitOfATrailerIsAnError) {
  Bytes trailer = encode_trailer(sample());
  for (std::size_t bit = 0; bit < trailer.size() * 8; ++bit) {
    trailer[bit / 8] ^= std::byte{1} << bit % 8;
    EXPECT_FALSE(decode_trailer(trailer)) << "bit " << bit;
    trailer[bit / 8] ^= std::byte{1} << bit % 8;
  }
  EXPECT_TRUE(decode_trailer(trailer));
}

TEST(ObjectHeader, EveryFlippedBitOfASidecarIsAnError) {
  Bytes sidecar = encode_sidecar(sample());
  for (std::size_t bit = 0; bit < sidecar.size() * 8; ++bit) {
    sidecar[bit / 8] ^= std::byte{1} << bit % 8;
    EXPECT_FALSE(decode_sidecar(sidecar)) << "bit " << bit;
    sidecar[bit / 8] ^= std::byte{1} << bit % 8;
  }
  EXPECT_TRUE(decode_sidecar(sidecar));
}

TEST(ObjectHeader, EveryCutAndAnyAdditionIsAnError) {
  const Bytes trailer = encode_trailer(sample());
  const Bytes sidecar = encode_sidecar(sample());
  for (std::size_t size = 0; size < trailer.size(); ++size) {
    EXPECT_FALSE(decode_trailer(ByteSpan(trailer).first(size))) << size;
    EXPECT_FALSE(decode_trailer(ByteSpan(trailer).last(size))) << size;
  }
  for (std::size_t size = 0; size < sidecar.size(); ++size) {
    EXPECT_FALSE(decode_sidecar(ByteSpan(sidecar).first(size))) << size;
    EXPECT_FALSE(decode_sidecar(ByteSpan(sidecar).last(size))) << size;
  }
  EXPECT_FALSE(decode_trailer(joined({bytes_of("x"), trailer})));
  EXPECT_FALSE(decode_trailer(joined({trailer, bytes_of("x")})));
  EXPECT_FALSE(decode_sidecar(joined({sidecar, bytes_of("\n")})));
}

TEST(ObjectHeader, TrailerIsFoundAtTheEnd) {
  const Bytes trailer = encode_trailer(sample());
  EXPECT_LT(trailer.size(), kTrailerReadSize);
  const auto size = trailer_size(joined({pattern(3000), trailer}));
  ASSERT_TRUE(size) << size.error().text;
  EXPECT_EQ(*size, trailer.size());
  EXPECT_EQ(trailer_size(ByteSpan(trailer).last(8)), trailer.size());  // what is missing can be read then

  EXPECT_FALSE(trailer_size({}));
  EXPECT_FALSE(trailer_size(ByteSpan(trailer).last(7)));
  EXPECT_FALSE(trailer_size(ByteSpan(trailer).first(trailer.size() - 1)));
  for (const std::uint32_t length : {0U, 23U, static_cast<std::uint32_t>(kMaxTrailerSize) + 1, UINT32_MAX}) {
    Bytes end;
    append(end, length);
    EXPECT_FALSE(trailer_size(joined({pattern(100), end, bytes_of("WKIT")}))) << length;
  }
}

TEST(ObjectHeader, ProgramsPassOverTheTrailer) {
  const Bytes plain = pattern(300'000);
  const TempDirectory directory;
  for (const std::string program : {"zstd", "lz4"}) {
    const Bytes packed = compressed_by(program + " -q", plain);
    if (packed.empty()) GTEST_SKIP() << "no " << program;
    const std::string stored = directory.write("packed", joined({packed, encode_trailer(sample())}));
    ASSERT_TRUE(run(program + " -q -dc '" + stored + "' > '" + (directory / "plain") + "'"));
    EXPECT_TRUE(read_file(directory / "plain") == plain);
  }
}

TEST(ObjectHeader, NewerFormatsSaySo) {
  for (const ordered_json& json :
       {ordered_json{{"format", 2}}, ordered_json{{"format", 3}, {"all", "else"}}}) {
    const auto header = decode_trailer(trailer_of(json.dump()));
    ASSERT_FALSE(header);
    EXPECT_TRUE(header.error().newer);
    EXPECT_EQ(header.error().text,
              "its format is " + json["format"].dump() + ", this walkit reads formats up to 1");
  }
  const auto none = decode_trailer(trailer_of(R"({"format": 0})"));
  ASSERT_FALSE(none);
  EXPECT_FALSE(none.error().newer);
  EXPECT_THAT(none.error().text, HasSubstr("no valid \"format\""));
}

TEST(ObjectHeader, MembersOfLaterWalkitsInThisFormatArePassedOver) {
  auto json = ordered_json::parse(json_of(encode_trailer(sample())));
  json["more"] = "to come";
  const auto header = decode_trailer(trailer_of(json.dump()));
  ASSERT_TRUE(header) << header.error().text;
  EXPECT_EQ(*header, sample());
}

TEST(ObjectHeader, EachMemberIsNeededUnlessItMayNotApply) {
  const auto whole = ordered_json::parse(json_of(encode_trailer(sample())));
  const std::set<std::string> optional{"major",       "segment_size_bytes", "lowest_xid",
                                       "highest_xid", "first_commit_time",  "last_commit_time",
                                       "check"};  // without which there is no summary
  for (const auto& [key, value] : whole.items()) {
    ordered_json without = whole;
    without.erase(key);
    EXPECT_EQ(decode_error(without.dump()) == "none", optional.contains(key)) << key;
  }
}

TEST(ObjectHeader, WrongValuesNameTheirMember) {
  const auto whole = ordered_json::parse(json_of(encode_trailer(sample())));
  const auto wrong = [&](const std::string& key, const ordered_json& value) {
    ordered_json json = whole;
    json[key] = value;
    EXPECT_THAT(decode_error(json.dump()), HasSubstr("no valid \"" + key + "\"")) << value;
  };
  for (const auto& [key, value] : whole.items()) {
    wrong(key, nullptr);
    wrong(key, -1);
    wrong(key, 1.5);
    if (!value.is_string()) wrong(key, "1");
  }
  for (const char* text : {"", "x", "-1", "+1", " 1", "1 ", "0x1", "18446744073709551616"})
    wrong("system_identifier", text);
  for (const char* text : {"", "/", "1", "0/", "/0", "0/123456789", "G/0", "0/0 ", "-1/0", "0/0/0"}) {
    wrong("first_lsn", text);
    wrong("check_stopped_at", text);
  }
  for (const char* text : {"", "gzip", "ZSTD"}) wrong("codec", text);
  for (const int level : {0, 20}) wrong("level", level);
  wrong("check", "fine");
  wrong("plain_xxh3_128", "0123456789ABCDEFFEDCBA9876543210");
  wrong("archived_at", "2026-08-01T12:10:45.678901Z");
  wrong("first_commit_time", "2026-08-01");
  wrong("highest_xid", std::uint64_t{UINT32_MAX} + 1);
  wrong("major", std::uint64_t{INT32_MAX} + 1);
  for (const std::uint64_t size :
       {std::uint64_t{0}, std::uint64_t{3} << 20, std::uint64_t{2} << 30, UINT64_MAX})
    wrong("segment_size_bytes", size);
}

TEST(ObjectHeader, AnythingElseThanAFlatObjectIsRefused) {
  const std::string whole = json_of(encode_trailer(sample()));
  const std::string begun = whole.substr(0, whole.size() - 1);
  const std::string deep(30'000, '[');
  for (const std::string& json :
       {std::string(), std::string("{"), std::string("null"), std::string("1"), std::string("\"text\""),
        std::string("[1]"), std::string("{}{}"), whole + " 1", begun, begun + ",}", begun + ",\"x\":[]}",
        begun + ",\"x\":{}}", begun + ",\"format\":1}", begun + ",\"x\":1e999}", begun + ",\"x\":\"\xFF\"}",
        deep, begun + ",\"x\":" + deep, begun + ",\"x\":" + deep + std::string(deep.size(), ']') + "}"})
    EXPECT_EQ(decode_error(json), "its header is no JSON object of plain values") << json.substr(0, 60);
  EXPECT_THAT(decode_error("{}"), HasSubstr("no valid \"format\""));
  EXPECT_EQ(decode_error(" " + whole + "\n"), "none");
}

TEST(ObjectHeader, LongAndOddTextsStayWithinTheLimit) {
  ObjectHeader header = sample();
  header.archived_by = std::string(100'000, '\1');
  header.name = std::string(100'000, '"');
  header.summary->reason = std::string(100'000, '\xFF');
  const Bytes trailer = encode_trailer(header);
  EXPECT_LE(trailer.size(), kMaxTrailerSize);
  EXPECT_LE(encode_sidecar(header).size(), kMaxTrailerSize);
  const auto read = decode_trailer(trailer);
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_TRUE(header.archived_by.starts_with(read->archived_by));
  EXPECT_GE(read->archived_by.size(), 1000U);

  header.archived_by = "db1:/data/caf\xE9";  // as a directory made under Latin-1 is called
  const auto replaced = decode_sidecar(encode_sidecar(header));
  ASSERT_TRUE(replaced) << replaced.error().text;
  EXPECT_EQ(replaced->archived_by, "db1:/data/caf\xEF\xBF\xBD");
}

}  // namespace
}  // namespace walkit
