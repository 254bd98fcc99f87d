#include "tools/quantities.h"

#include <gtest/gtest.h>

#include <limits>

#include "segments/iso_time.h"

namespace walkit {
namespace {

using std::chrono::milliseconds;

TEST(Quantities, SizesAreBytesOrHaveABinaryUnit) {
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("4096"), 4096u);
  EXPECT_EQ(parse_size("4096B"), 4096u);
  EXPECT_EQ(parse_size("16MiB"), 16u << 20);
  EXPECT_EQ(parse_size("16 MB"), 16u << 20);
  EXPECT_EQ(parse_size("64kB"), 64u << 10);
  EXPECT_EQ(parse_size("1GiB"), std::uint64_t{1} << 30);
  EXPECT_EQ(parse_size("3TiB"), std::uint64_t{3} << 40);
  EXPECT_EQ(parse_size("9223372036854775807"),
            static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
}

TEST(Quantities, WhatIsNoSizeIsRefused) {
  for (const char* text :
       {"", " ", "MiB", "-1", "+1", "1.5GiB", "16 MiB ", " 16MiB", "16mib", "16Mi", "16M", "0x10", "1e3",
        "16MiBs", "9223372036854775808", "18446744073709551616", "8388608TiB", "99999999999999999999GiB"})
    EXPECT_FALSE(parse_size(text)) << '"' << text << '"';
  EXPECT_EQ(parse_size("8388607TiB"), std::uint64_t{8388607} << 40) << "the largest that fits";
}

TEST(Quantities, DurationsAreSecondsOrHaveAUnit) {
  EXPECT_EQ(parse_duration("0"), milliseconds(0));
  EXPECT_EQ(parse_duration("60"), milliseconds(60'000));
  EXPECT_EQ(parse_duration("500ms"), milliseconds(500));
  EXPECT_EQ(parse_duration("60s"), milliseconds(60'000));
  EXPECT_EQ(parse_duration("5min"), milliseconds(300'000));
  EXPECT_EQ(parse_duration("2 h"), milliseconds(7'200'000));
  EXPECT_EQ(parse_duration("365d"), milliseconds(std::chrono::days(365)));
}

TEST(Quantities, WhatIsNoDurationIsRefused) {
  for (const char* text :
       {"", "s", "-1s", "1m", "1.5s", "60S", "1s ", "366d", "8761h", "99999999999999999999ms", "infinite"})
    EXPECT_FALSE(parse_duration(text)) << '"' << text << '"';
}

TEST(Quantities, FileModesAreOctalAndSafe) {
  EXPECT_EQ(parse_file_mode("0640"), mode_t{0640});
  EXPECT_EQ(parse_file_mode("600"), mode_t{0600});
  EXPECT_EQ(parse_file_mode("0664"), mode_t{0664});
  EXPECT_EQ(parse_file_mode("644"), mode_t{0644});
  for (const char* text : {"", "0", "640x", "0o640", "00640", "64", "888", "-640", "1640", "0642", "0666",
                           "0750", "0040", "0400", "u=rw"})
    EXPECT_FALSE(parse_file_mode(text)) << '"' << text << '"';
}

TEST(Quantities, DirectoriesAreSearchableByWhomFilesAreReadableBy) {
  EXPECT_EQ(directory_mode(0600), mode_t{0700});
  EXPECT_EQ(directory_mode(0640), mode_t{0750});
  EXPECT_EQ(directory_mode(0660), mode_t{0770});
  EXPECT_EQ(directory_mode(0644), mode_t{0755});
}

TEST(Quantities, GroupsHaveANameOrANumber) {
  EXPECT_EQ(find_group("root"), gid_t{0});
  EXPECT_EQ(find_group("12345"), gid_t{12345});
  for (const char* name : {"", "no such group", "-1", "4294967295", "4294967296"})
    EXPECT_FALSE(find_group(name)) << '"' << name << '"';
}

TEST(Quantities, MomentsMayLeaveOutTheirEnd) {
  for (const std::string_view text :
       {"2026-11-23T04:30:00.000000Z", "2026-11-23 04:30", "2026-11-23T04:30Z", "2026-11-23 04:30:00 UTC",
        "2026-11-23 04:30:00.0", "2026-11-23 04:30:00.000000+00", "2026-11-23 06:30+02",
        "2026-11-22T23:15:00-0515", "2026-11-23 10:00+05:30"}) {
    ASSERT_TRUE(parse_moment(text)) << text;
    EXPECT_EQ(iso_time(*parse_moment(text)), "2026-11-23T04:30:00.000000Z") << text;
  }
  EXPECT_EQ(iso_time(*parse_moment("2026-11-23")), "2026-11-23T00:00:00.000000Z");
  EXPECT_EQ(iso_time(*parse_moment("2026-11-23 04:30:15.25")), "2026-11-23T04:30:15.250000Z");
  for (const std::string_view text :
       {"", "2026", "2026-11-2", "2026-11-23 ", "2026-11-23 04", "2026-11-23 04:3", "2026-11-23 04:30:15.",
        "2026-13-01", "2026-02-30", "2026-11-23 24:00", "2026-11-23_04:30", "2026-11-23 04:30:15.1234567",
        "2026-11-23 04:30+1", "2026-11-23 04:30+16", "2026-11-23 04:30+01:60", "2026-11-23 04:30 +01",
        "2026-11-23+01", "Z"})
    EXPECT_FALSE(parse_moment(text)) << text;
}

}  // namespace
}  // namespace walkit
