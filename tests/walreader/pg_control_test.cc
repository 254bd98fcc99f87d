#include "walreader/pg_control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "tests/support/byte_writer.h"
#include "tests/support/fixtures.h"
#include "walreader/crc32c.h"
#include "walreader/read_error.h"

namespace walkit {
namespace {

using test::Bytes;
using testing::HasSubstr;

/// The beginning of a real pg_control, and what the real pg_controldata prints for it.
struct ControlFixture {
  Bytes file;
  std::map<std::string, std::string> printed;
};

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

ControlFixture load_control(Major major) {
  const std::string path = std::string(WALKIT_FIXTURES_DIR "/pg_control/") + test::directory_name(major);
  ControlFixture fixture;
  fixture.file = test::bytes_of(read_file(path));
  std::istringstream lines(read_file(path + ".txt"));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(':');
    const std::size_t value = line.find_first_not_of(' ', colon + 1);
    if (value != std::string::npos) fixture.printed[line.substr(0, colon)] = line.substr(value);
  }
  return fixture;
}

/// As pg_controldata calls the states, in the order of ClusterState.
const char* state_name(ClusterState state) {
  constexpr const char* kNames[] = {"starting up",   "shut down",         "shut down in recovery",
                                    "shutting down", "in crash recovery", "in archive recovery",
                                    "in production"};
  return kNames[static_cast<std::size_t>(state)];
}

/// As pg_controldata prints it in UTC.
std::string time_text(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y", &parts)};
}

std::size_t crc_offset(Major major) { return major >= Major::pg18 ? 292 : 288; }

void reseal(Bytes& file, Major major) {
  Crc32c crc;
  crc.update(ByteSpan(file).first(crc_offset(major)));
  test::store_le(file, crc_offset(major), crc.value());
}

std::string error_of(ByteSpan file) {
  const auto control = parse_pg_control(file);
  return control ? "none" : control.error();
}

class PgControlOf : public testing::TestWithParam<Major> {
 protected:
  ControlFixture fixture_ = load_control(GetParam());
};

TEST_P(PgControlOf, FieldsAreWhatPgControldataPrints) {
  const auto control = parse_pg_control(fixture_.file);
  ASSERT_TRUE(control) << control.error();
  auto& printed = fixture_.printed;
  EXPECT_EQ(std::to_string(control->control_version), printed["pg_control version number"]);
  EXPECT_EQ(std::to_string(control->catalog_version), printed["Catalog version number"]);
  EXPECT_EQ(control->major, static_cast<int>(GetParam()));
  EXPECT_EQ(std::to_string(control->system_identifier), printed["Database system identifier"]);
  EXPECT_EQ(state_name(control->state), printed["Database cluster state"]);
  EXPECT_EQ(to_string(control->checkpoint), printed["Latest checkpoint location"]);
  EXPECT_EQ(to_string(control->redo), printed["Latest checkpoint's REDO location"]);
  EXPECT_EQ(std::to_string(control->timeline.value), printed["Latest checkpoint's TimeLineID"]);
  EXPECT_EQ("0:" + std::to_string(control->next_xid), printed["Latest checkpoint's NextXID"]);
  EXPECT_EQ(std::to_string(control->next_multixact), printed["Latest checkpoint's NextMultiXactId"]);
  EXPECT_EQ(control->full_page_writes ? "on" : "off", printed["Latest checkpoint's full_page_writes"]);
  EXPECT_EQ(time_text(control->checkpoint_time), printed["Time of latest checkpoint"]);
  EXPECT_EQ(std::to_string(control->oldest_active_xid), printed["Latest checkpoint's oldestActiveXID"]);
  EXPECT_EQ(to_string(control->minimum_recovery_point), printed["Minimum recovery ending location"]);
  EXPECT_EQ(std::to_string(control->minimum_recovery_timeline.value),
            printed["Min recovery ending loc's timeline"]);
  EXPECT_EQ(std::to_string(control->segment_size_bytes), printed["Bytes per WAL segment"]);
}

TEST_P(PgControlOf, EveryFlippedBitIsAnError) {
  Bytes& file = fixture_.file;
  const std::size_t size = crc_offset(GetParam()) + 4;
  for (std::size_t bit = 0; bit < size * 8; ++bit) {
    file[bit / 8] ^= std::byte{1} << bit % 8;
    EXPECT_FALSE(parse_pg_control(file)) << "bit " << bit;
    file[bit / 8] ^= std::byte{1} << bit % 8;
  }
  EXPECT_TRUE(parse_pg_control(file));
}

TEST_P(PgControlOf, AFileCutShortIsAnError) {
  const std::size_t size = crc_offset(GetParam()) + 4;
  for (std::size_t length = 0; length < size; ++length)
    EXPECT_THAT(error_of(ByteSpan(fixture_.file).first(length)), HasSubstr("only " + std::to_string(length)));
  EXPECT_TRUE(parse_pg_control(ByteSpan(fixture_.file).first(size)));
}

INSTANTIATE_TEST_SUITE_P(Majors, PgControlOf, testing::ValuesIn(test::all_majors()),
                         [](const auto& major) { return test::directory_name(major.param); });

TEST(PgControl, ValuesThatMakeNoSenseAreErrorsWhateverTheCrc) {
  const auto with = [](std::size_t offset, std::uint32_t value) {
    Bytes file = load_control(Major::pg17).file;
    test::store_le(file, offset, value);
    reseal(file, Major::pg17);
    return error_of(file);
  };
  EXPECT_EQ(with(16, 6), "none");
  EXPECT_EQ(with(16, 7), "its cluster state 7 is unknown");
  EXPECT_EQ(with(12, 202511051), "its catalog version 202511051 is of no PostgreSQL from 13 to 18");
  EXPECT_EQ(with(8, 1201), "its format version 1201 is of no PostgreSQL from 13 to 18");
  EXPECT_EQ(with(8, 0), "its format version 0 is of no PostgreSQL from 13 to 18");
  EXPECT_EQ(with(228, 3 << 20), "its segment size 3145728 is invalid");
  EXPECT_EQ(with(228, 0), "its segment size 0 is invalid");
}

TEST(PgControl, AnotherByteOrderIsToldApart) {
  Bytes file = load_control(Major::pg17).file;
  std::ranges::reverse(file.begin() + 8, file.begin() + 12);
  EXPECT_EQ(error_of(file), "it was written by a machine of another byte order");
}

}  // namespace
}  // namespace walkit
