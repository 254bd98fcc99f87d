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
/// No program that prints 14's WAL was at hand when most fixtures were made; these come from an earlier
/// workload.
constexpr std::string_view kSameRow = "the same row of the table is covered in another major";
constexpr Uncovered kUncovered[] = {
    {0, 0x20, pg13, pg18, "nothing in the server writes it"},  // XLOG/NOOP
    {3, 0x10, pg13, pg18,
     "takes a million transactions: only whole files of pg_xact are dropped"},  // CLOG/TRUNCATE
    {10, 0xC0, pg13, pg18,
     "a HOT update's page holds the old row, so it is never new"},         // Heap/HOT_UPDATE+INIT
    {18, 0x20, pg13, pg13, "13 can write it, but no caller asks for it"},  // CommitTs/SETTS
    {17, 0x20, pg13, pg13, kSameRow},                                      // BRIN/UPDATE
    {17, 0x20, pg14, pg14, kSameRow},                                      // BRIN/UPDATE
    {17, 0xA0, pg14, pg14, kSameRow},                                      // BRIN/UPDATE+INIT
    {3, 0x00, pg14, pg14, kSameRow},                                       // CLOG/ZEROPAGE
    {18, 0x10, pg14, pg14, kSameRow},                                      // CommitTs/TRUNCATE
    {13, 0x10, pg14, pg14, kSameRow},                                      // Gin/CREATE_PTREE
    {13, 0x50, pg14, pg14, kSameRow},                                      // Gin/DELETE_PAGE
    {13, 0x90, pg14, pg14, kSameRow},                                      // Gin/VACUUM_DATA_LEAF_PAGE
    {14, 0x70, pg14, pg14, kSameRow},                                      // Gist/ASSIGN_LSN
    {12, 0x30, pg14, pg14, kSameRow},                                      // Hash/ADD_OVFL_PAGE
    {12, 0x40, pg14, pg14, kSameRow},                                      // Hash/SPLIT_ALLOCATE_PAGE
    {12, 0x50, pg14, pg14, kSameRow},                                      // Hash/SPLIT_PAGE
    {12, 0x60, pg14, pg14, kSameRow},                                      // Hash/SPLIT_COMPLETE
    {12, 0x70, pg14, pg14, kSameRow},                                      // Hash/MOVE_PAGE_CONTENTS
    {12, 0x80, pg14, pg14, kSameRow},                                      // Hash/SQUEEZE_PAGE
    {12, 0xA0, pg14, pg14, kSameRow},                                      // Hash/SPLIT_CLEANUP
    {6, 0x00, pg14, pg14, kSameRow},                                       // MultiXact/ZERO_OFF_PAGE
    {6, 0x30, pg14, pg14, kSameRow},                                       // MultiXact/TRUNCATE_ID
    {0, 0x90, pg14, pg14, kSameRow},                                       // XLOG/END_OF_RECOVERY
    {0, 0xD0, pg14, pg14, kSameRow},                                       // XLOG/OVERWRITE_CONTRECORD
};

const Uncovered* excuse_of(Major major, std::uint8_t rmid, std::uint8_t opcode) {
  for (const Uncovered& row : kUncovered)
    if (row.rmid == rmid && row.opcode == opcode && row.since <= major && major <= row.until) return &row;
  return nullptr;
}

/// (rmid, info) of all records of a major's fixtures.
using Seen = std::set<std::pair<std::uint8_t, std::uint8_t>>;

Seen seen_in(Major major) {
  Seen seen;
  for (const test::Fixture& fixture : test::fixtures_of(major)) {
    const test::LoadedFixture loaded = load(fixture);
    Reader reader(loaded.wal.geometry, *loaded.wal.format);
    reader.find(loaded.wal.start);
    test::drive(reader, loaded.wal, {},
                [&](const Record& record) { seen.emplace(record.rmid(), record.rmgr_info()); });
  }
  return seen;
}

class FixtureCoverage : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (const Major major : test::all_majors()) seen().push_back(seen_in(major));
  }
  static void TearDownTestSuite() { seen().clear(); }

  static bool is_covered(Major major, const Rmgr& rmgr, const RecordType& type) {
    const std::uint8_t mask = type.name.empty() ? rmgr.describe_mask : rmgr.name_mask;
    return std::ranges::any_of(seen()[static_cast<std::size_t>(index_of(major))], [&](const auto& record) {
      return record.first == rmgr.id && (record.second & mask) == type.opcode;
    });
  }
  static bool is_covered_in_any_major(const Rmgr& rmgr, const RecordType& type) {
    return std::ranges::any_of(test::all_majors(), [&](Major major) {
      return type.since <= major && major <= type.until && is_covered(major, rmgr, type);
    });
  }

 private:
  static std::vector<Seen>& seen() {
    static std::vector<Seen> by_major;
    return by_major;
  }
};

TEST_F(FixtureCoverage, EveryRecordTypeHasAFixtureOrAReason) {
  for (const Major major : test::all_majors()) {
    for (const Rmgr* rmgr : builtin_rmgrs()) {
      for (const RecordType& type : rmgr->types) {
        if (major < type.since || major > type.until || is_covered(major, *rmgr, type)) continue;
        const std::string name =
            test::directory_name(major) + " " + std::string(rmgr->name) + "/" + std::string(type.name);
        const Uncovered* excuse = excuse_of(major, rmgr->id, type.opcode);
        ASSERT_NE(excuse, nullptr) << name << ": add a fixture, or say in kUncovered why there can be none";
        std::cout << "no fixture: " << name << ": " << excuse->reason << "\n";
        EXPECT_TRUE(excuse->reason != kSameRow || is_covered_in_any_major(*rmgr, type)) << name;
      }
    }
  }
}

TEST_F(FixtureCoverage, NothingIsExcusedThatHasAFixture) {
  for (const Rmgr* rmgr : builtin_rmgrs()) {
    for (const RecordType& type : rmgr->types) {
      for (const Major major : test::all_majors()) {
        if (major < type.since || major > type.until || !excuse_of(major, rmgr->id, type.opcode)) continue;
        EXPECT_FALSE(is_covered(major, *rmgr, type))
            << test::directory_name(major) << " " << rmgr->name << "/" << type.name;
      }
    }
  }
}

}  // namespace
}  // namespace walkit
