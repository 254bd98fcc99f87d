#include "walreader/json_sink.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "tests/support/record_builder.h"
#include "tests/support/strict_json.h"
#include "walreader/bytes.h"

namespace walkit {
namespace {

using nlohmann::json;
using test::Bytes;
using test::bytes_of;

constexpr Lsn kLsn{0x1'0000'0028};

/// An object with what one function of a sink writes.
template <typename Call>
std::string written(Call call, Major major = kNewestMajor) {
  TextBuffer out;
  JsonSink sink(out, format_of(major));
  sink.begin_object({});
  call(sink);
  sink.end_object();
  EXPECT_EQ(test::json_complaint(out.view()), "") << out.view();
  return std::string(out.view());
}

std::string json_string(std::string_view text, bool valid = true) {
  TextBuffer out;
  EXPECT_EQ(append_json_string(out, bytes_of(text)), valid);
  EXPECT_EQ(test::json_complaint(out.view()), "") << out.view();
  return std::string(out.view());
}

json object_of(const Bytes& bytes, Major major = kNewestMajor) {
  const ByteSpan fragment = bytes;
  Record record;
  EXPECT_EQ(record.decode({&fragment, 1}, kLsn, kLsn + bytes.size(), TimelineId{2}, format_of(major)).fault,
            BodyFault::none);
  TextBuffer out;
  append_record_json(out, record);
  EXPECT_EQ(test::json_complaint(out.view()), "") << out.view();
  EXPECT_TRUE(out.view().ends_with("}\n"));
  return json::parse(out.view());
}

TEST(JsonSink, NumbersAreNumbers) {
  EXPECT_EQ(written([](JsonSink& s) { s.uint("off: ", "off", 5); }), R"({"off":5})");
  EXPECT_EQ(written([](JsonSink& s) { s.sint("", "n", std::numeric_limits<std::int64_t>::min()); }),
            R"({"n":-9223372036854775808})");
  EXPECT_EQ(written([](JsonSink& s) { s.hex("0x", "flags", 0x1F, 2); }), R"({"flags":31})");
  EXPECT_EQ(written([](JsonSink& s) { s.real("", "n", 0.5); }), R"({"n":0.5})");
}

TEST(JsonSink, NumbersThatJsonDoesNotHaveAreNull) {
  for (const double value :
       {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
        std::numeric_limits<double>::quiet_NaN()})
    EXPECT_EQ(written([&](JsonSink& s) { s.real("", "n", value); }), R"({"n":null})");
  EXPECT_EQ(json::parse(written([](JsonSink& s) { s.real("", "n", 1e300); }))["n"], 1e300);
}

TEST(JsonSink, LiteralTextIsLeftOut) {
  EXPECT_EQ(written([](JsonSink& s) { s.text("; "); }), "{}");
}

class OneName final : public RelationNames {
 public:
  const RelationName* of(const RelFileLocator& file) override {
    return file.relation == 9 ? &name_ : nullptr;
  }

 private:
  const RelationName name_{.database = "shop",
                           .schema = "public",
                           .name = "a\"b",
                           .kind = "sequence",
                           .table_schema = {},
                           .table = {},
                           .label = {},
                           .table_label = {}};
};

TEST(JsonSink, RelationsHaveTheirNamesWhereThereAreSome) {
  OneName names;
  const auto object = [&](Oid relation) {
    TextBuffer out;
    JsonSink sink(out, format_of(Major::pg15), &names);
    sink.begin_object({});
    sink.relation("", "rel", {1663, 5, relation});
    sink.end_object();
    return std::string(out.view());
  };
  EXPECT_EQ(object(9),
            R"({"rel":{"tablespace":1663,"database":5,"relation":9,"name":{"database":"shop",)"
            R"("schema":"public","name":"a\"b","kind":"sequence","table_schema":null,"table":null}}})");
  EXPECT_EQ(object(8), R"({"rel":{"tablespace":1663,"database":5,"relation":8,"name":null}})");
}

TEST(JsonSink, LsnsXidsRelationsAndPaths) {
  EXPECT_EQ(written([](JsonSink& s) { s.lsn("", "redo", Lsn{0x5'0000'0ABC}); }), R"({"redo":"5/ABC"})");
  EXPECT_EQ(written([](JsonSink& s) { s.full_xid("", "xid", (std::uint64_t{3} << 32) | 7); }),
            R"({"xid":{"epoch":3,"xid":7}})");
  EXPECT_EQ(written([](JsonSink& s) { s.relation("", "rel", {1663, 5, 9}); }),
            R"({"rel":{"tablespace":1663,"database":5,"relation":9}})");
  EXPECT_EQ(
      json::parse(written([](JsonSink& s) { s.path("", "file", {1663, 5, 9}, Fork::vm); }))["file"]["path"],
      "base/5/9_vm");
}

TEST(JsonSink, TimesAreIso8601InUtc) {
  const auto time = [](std::int64_t microseconds) {
    return json::parse(written([&](JsonSink& s) { s.time("", "at", PgTime{microseconds}); }))["at"];
  };
  EXPECT_EQ(time(0), "2000-01-01T00:00:00.000000Z");
  EXPECT_EQ(time(838'857'599'000'042), "2026-07-31T23:59:59.000042Z");
  EXPECT_EQ(time(-1), "1999-12-31T23:59:59.999999Z");
}

TEST(JsonSink, TimesBeyondTheCalendarAreMicroseconds) {
  for (const std::int64_t extreme :
       {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    const json value = json::parse(written([&](JsonSink& s) { s.time("", "at", PgTime{extreme}); }))["at"];
    EXPECT_EQ(value, extreme);
  }
}

TEST(JsonSink, ControlCharactersAndQuotesAreEscaped) {
  EXPECT_EQ(json_string("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(json::parse(json_string(std::string_view("\0\x01\n\x1F\x7F", 5))),
            std::string("\0\x01\n\x1F\x7F", 5));
}

TEST(JsonSink, Utf8IsKept) {
  for (const char* text : {"naïve", "語", "\xF0\x9F\x90\x98", "\xC2\x80", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"})
    EXPECT_EQ(json::parse(json_string(text)), text);
}

TEST(JsonSink, BytesThatAreNotUtf8BecomeReplacements) {
  const std::string replacement = "\xEF\xBF\xBD";
  for (const char* text : {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                           "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xE8\xAA", "\xC3"}) {
    std::string expected;
    for (std::size_t i = 0; i < std::string_view(text).size(); ++i) expected += replacement;
    EXPECT_EQ(json::parse(json_string(text, false)), expected);
  }
  EXPECT_EQ(json::parse(json_string("a\xE8z\xC3\xA9", false)), "a" + replacement + "z\xC3\xA9");
}

TEST(JsonSink, BytesThatAreNotUtf8AreAddedInHexadecimal) {
  EXPECT_EQ(written([](JsonSink& s) { s.string("", "gid", bytes_of("good")); }), R"({"gid":"good"})");
  EXPECT_EQ(written([](JsonSink& s) { s.string("", "gid", bytes_of("\xFF\x0A")); }),
            "{\"gid\":\"\xEF\xBF\xBD\\u000A\",\"gid_hex\":\"FF0A\"}");
}

TEST(JsonSink, OctetsAreHexadecimalDigits) {
  EXPECT_EQ(written([](JsonSink& s) { s.octets("", "payload", bytes_of("\x01\xAB")); }),
            R"({"payload":"01AB"})");
}

TEST(JsonSink, ArraysAndObjectsNest) {
  const std::string text = written([](JsonSink& s) {
    s.begin_array("", "plans");
    for (int i = 0; i < 2; ++i) {
      s.begin_object("", "");
      s.uint("", "xmax", 1);
      s.begin_array("", "offsets");
      s.uint("", "", 2);
      s.uint("", "", 3);
      s.end_array("]");
      s.end_object("}");
    }
    s.end_array("]");
    s.uint("", "n", 1);
  });
  EXPECT_EQ(text, R"({"plans":[{"xmax":1,"offsets":[2,3]},{"xmax":1,"offsets":[2,3]}],"n":1})");
}

TEST(JsonSink, WhatADescriptionLeftOpenCanBeClosed) {
  TextBuffer out;
  JsonSink sink(out, format_of(kNewestMajor));
  sink.begin_object({});
  const std::size_t depth = sink.depth();
  sink.begin_array("a");
  sink.begin_object({});
  sink.uint("b", 1);
  sink.close_to(depth);
  sink.uint("c", 2);
  sink.end_object();
  EXPECT_EQ(out.view(), R"({"a":[{"b":1}],"c":2})");
}

TEST(JsonSink, RecordHasAllThatItsLineHas) {
  test::RecordParts parts{.rmid = 0, .info = 0xB0, .xid = 9};
  parts.blocks.push_back({.id = 0,
                          .block = 3,
                          .image = test::StoredImage{.payload = Bytes(100),
                                                     .hole_offset = 40,
                                                     .hole_length = 1192,
                                                     .has_hole = true,
                                                     .compression = Compression::lz4}});
  parts.blocks.push_back({.id = 1, .fork = Fork::vm, .relation = std::nullopt, .data = bytes_of("x")});
  parts.origin = 4;
  parts.toplevel_xid = 8;
  const json record = object_of(test::record_bytes(parts));
  EXPECT_EQ(record["lsn"], "1/28");
  EXPECT_EQ(record["prev"], "0/0");
  EXPECT_EQ(record["timeline"], 2);
  EXPECT_EQ(record["rmgr"], "XLOG");
  EXPECT_EQ(record["type"], "FPI");
  EXPECT_EQ(record["xid"], 9);
  EXPECT_EQ(record["toplevel_xid"], 8);
  EXPECT_EQ(record["origin"], 4);
  EXPECT_EQ(record["total_bytes"].get<int>(), record["record_bytes"].get<int>() + 100);
  ASSERT_EQ(record["blocks"].size(), 2u);
  const json& image = record["blocks"][0]["image"];
  EXPECT_EQ(image["compression"], "lz4");
  EXPECT_EQ(image["bytes"], 100);
  EXPECT_EQ(image["bytes_saved"], 6900);
  EXPECT_EQ(image["hole_offset"], 40);
  EXPECT_EQ(image["hole_length"], 1192);
  EXPECT_EQ(image["apply"], true);
  EXPECT_EQ(record["blocks"][1]["fork"], "vm");
  EXPECT_EQ(record["blocks"][1]["relation"], 16384);
  EXPECT_FALSE(record["blocks"][1].contains("image"));
  EXPECT_FALSE(record.contains("malformed"));
}

TEST(JsonSink, UnknownTypesAreNull) {
  EXPECT_TRUE(object_of(test::raw_record(10, 0x90, {}))["type"].is_null());
  const json custom = object_of(test::raw_record(200, 0x30, {}));
  EXPECT_EQ(custom["rmgr"], "custom200");
  EXPECT_EQ(custom["rmid"], 200);
  EXPECT_EQ(custom["info"], 0x30);
}

TEST(JsonSink, MessagesInAnyEncodingAreValidJson) {
  const json record =
      object_of(test::record_bytes(test::logical_message("pr\xE9"
                                                         "fix",
                                                         bytes_of("x\xFFy"))));
  EXPECT_EQ(record["desc"]["prefix"],
            "pr\xEF\xBF\xBD"
            "fix");
  EXPECT_EQ(record["desc"]["prefix_hex"], "7072E9666978");
}

TEST(JsonSink, MalformedRecordsAreValidJsonAndSaySo) {
  // a message whose lengths promise more than there is
  test::RecordParts parts = test::logical_message("prefix", bytes_of("payload"));
  test::store_le(parts.main_data, 16, std::uint64_t{1} << 62);
  EXPECT_EQ(object_of(test::record_bytes(parts))["malformed"], true);
  // main data that ends anywhere
  for (std::size_t size = 0; size < 24; ++size) {
    test::RecordParts cut{.rmid = 0, .info = 0x10, .main_data = Bytes(size, std::byte{0x81})};
    EXPECT_EQ(object_of(test::record_bytes(cut))["malformed"], true) << size;
  }
}

}  // namespace
}  // namespace walkit
