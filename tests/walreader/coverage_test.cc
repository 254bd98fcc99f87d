// Which rows of the opcode tables no fixture covers. Each must be listed here with the reason, so that a row
// that somebody adds for a new major does not stay untried unnoticed.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <set>

#include "tests/support/fixtures.h"
#include "walreader/rmgr/rmgr.h"

namespace walkit {
namespace {

struct Uncovered {
  std::uint8_t rmid;
  std::uint8_t opcode;
  Major since;
  Major until;  ///< last major that has no fixture of it
  std::string_view reason;
};

using enum Major;
constexpr Uncovered kUncovered[] = {
    {0, 0x00, pg13, pg13, "PLACEHOLDER"},
};

bool is_excused(Major major, std::uint8_t rmid, std::uint8_t opcode) {
  return std::ranges::any_of(kUncovered, [&](const Uncovered& row) {
    return row.rmid == rmid && row.opcode == opcode && row.since <= major && major <= row.until;
  });
}

/// (rmid, info) of all records of a major's fixtures.
std::set<std::pair<std::uint8_t, std::uint8_t>> seen_in(Major major) {
  std::set<std::pair<std::uint8_t, std::uint8_t>> seen;
  for (const test::Fixture& fixture : test::fixtures_of(major)) {
    const test::LoadedFixture loaded = load(fixture);
    Reader reader(loaded.wal.geometry, *loaded.wal.format);
    reader.find(loaded.wal.start);
    drive(reader, loaded.wal, {},
          [&](const Record& record) { seen.emplace(record.rmid(), record.rmgr_info()); });
  }
  return seen;
}

TEST(FixtureCoverage, EveryRecordTypeHasAFixtureOrAReason) {
  for (const Major major : test::all_majors()) {
    const auto seen = seen_in(major);
    for (const Rmgr* rmgr : builtin_rmgrs()) {
      for (const RecordType& type : rmgr->types) {
        if (major < type.since || major > type.until) continue;
        const std::uint8_t mask = type.name.empty() ? rmgr->describe_mask : rmgr->name_mask;
        const bool covered = std::ranges::any_of(seen, [&](const auto& record) {
          return record.first == rmgr->id && (record.second & mask) == type.opcode;
        });
        if (covered) continue;
        std::cout << "no fixture: " << test::directory_name(major) << " " << rmgr->name << "/" << type.name << "\n";
        EXPECT_TRUE(is_excused(major, rmgr->id, type.opcode))
            << test::directory_name(major) << " " << rmgr->name << "/" << type.name << " (0x" << std::hex
            << int{type.opcode} << "): add a fixture, or say here why there can be none";
      }
    }
  }
}

TEST(FixtureCoverage, NothingIsExcusedThatHasAFixture) {
  for (const Major major : test::all_majors()) {
    const auto seen = seen_in(major);
    for (const Uncovered& row : kUncovered) {
      if (row.since <= major && major <= row.until) {
        EXPECT_FALSE(seen.contains({row.rmid, row.opcode}))
            << test::directory_name(major) << " " << rmgr_name(row.rmid) << " " << int{row.opcode};
      }
    }
  }
}

}  // namespace
}  // namespace walkit
