// The decoder over real WAL: what it prints is byte for byte what the pg_waldump of that major printed.
#include "tests/support/fixtures.h"

#include <gtest/gtest.h>

#include <cctype>
#include <set>
#include <sstream>

#include "tests/support/strict_json.h"
#include "tests/support/utc.h"
#include "walreader/image.h"
#include "walreader/json_sink.h"
#include "walreader/record_counts.h"
#include "walreader/text_sink.h"

namespace walkit {
namespace {

using test::Fixture;
using test::LoadedFixture;

class Fixtures : public ::testing::TestWithParam<Major> {
 protected:
  /// Calls `check(fixture, loaded)` for each fixture of the major.
  template <typename Check>
  static void for_each(Check check) {
    const auto fixtures = test::fixtures_of(GetParam());
    ASSERT_FALSE(fixtures.empty()) << "no fixtures of this major";
    for (const Fixture& fixture : fixtures) {
      SCOPED_TRACE(fixture.path);
      const LoadedFixture loaded = load(fixture);
      ASSERT_NE(loaded.wal.format, nullptr) << "cannot be decompressed";
      check(fixture, loaded);
    }
  }

  template <typename Handle>
  static void for_each_record(const LoadedFixture& loaded, Handle handle) {
    Reader reader(loaded.wal.geometry, *loaded.wal.format);
    reader.find(loaded.wal.start);
    drive(reader, loaded.wal, {}, handle);
  }
};

/// The first lines that differ, as a message; whole dumps are too long to look at.
std::string difference(const std::string& expected, const std::string& actual) {
  std::istringstream a(expected), b(actual);
  std::string expected_line, actual_line;
  for (int number = 1;; ++number) {
    const bool more_expected = static_cast<bool>(std::getline(a, expected_line));
    const bool more_actual = static_cast<bool>(std::getline(b, actual_line));
    if (!more_expected && !more_actual) return {};
    if (more_expected != more_actual || expected_line != actual_line)
      return "line " + std::to_string(number) + "\nexpected: " + (more_expected ? expected_line : "(end)") +
             "\nactual:   " + (more_actual ? actual_line : "(end)");
  }
}

void expect_same(const std::optional<std::string>& expected, std::string_view actual) {
  ASSERT_TRUE(expected) << "the expected output is missing";
  EXPECT_TRUE(*expected == actual) << difference(*expected, std::string(actual));
}

std::string dump(const LoadedFixture& loaded, BlockDetails details) {
  test::UtcTime utc;
  TextBuffer out;
  Reader reader(loaded.wal.geometry, *loaded.wal.format);
  reader.find(loaded.wal.start);
  drive(reader, loaded.wal, {}, [&](const Record& record) { append_record(out, record, details, utc); });
  return std::string(out.view());
}

TEST_P(Fixtures, TextIsThatOfPgWaldump) {
  for_each([](const Fixture& fixture, const LoadedFixture& loaded) {
    expect_same(fixture.expected("txt"), dump(loaded, BlockDetails::brief));
  });
}

TEST_P(Fixtures, BlockDetailsAreThoseOfPgWaldump) {
  for_each([](const Fixture& fixture, const LoadedFixture& loaded) {
    expect_same(fixture.expected("bkp.txt"), dump(loaded, BlockDetails::full));
  });
}

TEST_P(Fixtures, StatisticsAreThoseOfPgWaldump) {
  for_each([](const Fixture& fixture, const LoadedFixture& loaded) {
    RecordCounts counts;
    Lsn first, end;
    for_each_record(loaded, [&](const Record& record) {
      counts.add(record);
      if (!first.valid()) first = record.lsn();
      end = record.end();
    });
    TextBuffer by_rmgr, by_type;
    if (fixture.major >= Major::pg15) {
      const std::string title =
          "WAL statistics between " + to_string(first) + " and " + to_string(end) + ":\n";
      by_rmgr.append(title);
      by_type.append(title);
    }
    append_counts_table(by_rmgr, counts, CountsBy::rmgr, fixture.major);
    append_counts_table(by_type, counts, CountsBy::record_type, fixture.major);
    expect_same(fixture.expected("stats.txt"), by_rmgr.view());
    expect_same(fixture.expected("stats-record.txt"), by_type.view());
  });
}

TEST_P(Fixtures, ErrorIsThatOfPgWaldump) {
  for_each([](const Fixture& fixture, const LoadedFixture& loaded) {
    const test::ReadLog log = read_all(loaded.wal);
    std::string expected = "exit 0\n";
    if (log.end != ReadStatus::need_more) {
      const TimelineId timeline{
          static_cast<std::uint32_t>(std::stoul(fixture.name.substr(0, 8), nullptr, 16))};
      expected = (fixture.major < Major::pg15 ? "pg_waldump: fatal: " : "pg_waldump: error: ");
      expected += "error in WAL record at " + to_string(log.error.last_record) + ": " +
                  error_text(log.error, {fixture.major, loaded.wal.geometry, timeline}) + "\nexit 1\n";
    }
    expect_same(fixture.expected("err"), expected);
  });
}

TEST_P(Fixtures, ChunksMakeNoDifference) {
  bool bytes_tried = false;
  std::uint32_t seed = 1;
  for_each([&](const Fixture&, const LoadedFixture& loaded) {
    const test::ReadLog whole = read_all(loaded.wal);
    EXPECT_FALSE(whole.records.empty());
    const test::ReadLog random = read_all(loaded.wal, test::random_sizes(seed++));
    EXPECT_TRUE(whole == random) << to_string(whole) << "\n" << to_string(random);
    if (std::exchange(bytes_tried, true)) return;  // a million chunks are enough
    const test::ReadLog bytes = read_all(loaded.wal, test::single_bytes());
    EXPECT_TRUE(whole == bytes) << to_string(whole) << "\n" << to_string(bytes);
  });
}

TEST_P(Fixtures, ReadingCanStartAtAnyPage) {
  for_each([](const Fixture&, const LoadedFixture& loaded) {
    const test::ReadLog whole = read_all(loaded.wal);
    for (std::size_t page = 1; page < loaded.bytes.size() / loaded.wal.geometry.block_size_bytes;
         page += 13) {
      const Lsn start = loaded.wal.start + page * loaded.wal.geometry.block_size_bytes;
      Reader reader(loaded.wal.geometry, *loaded.wal.format);
      reader.find(start);
      std::vector<test::RecordPrint> rest;
      drive(reader, loaded.wal, {}, [&](const Record& record) { rest.push_back(test::print_of(record)); });
      const auto first = std::ranges::lower_bound(whole.records, start, {}, &test::RecordPrint::lsn);
      EXPECT_TRUE(std::ranges::equal(rest, std::ranges::subrange(first, whole.records.end()))) << page;
    }
  });
}

TEST_P(Fixtures, EveryImageCanBeRestored) {
  for_each([](const Fixture&, const LoadedFixture& loaded) {
    std::vector<std::byte> page(kRelationBlockSize);
    for_each_record(loaded, [&](const Record& record) {
      for (const BlockRef& block : record.blocks())
        if (block.has_image) {
          EXPECT_TRUE(restore_image(record, block, page)) << to_string(record.lsn());
        }
    });
  });
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The runs of letters and digits in a text, without leading zeros; those after 0x in decimal.
std::set<std::string> words_in(std::string_view text) {
  std::set<std::string> words;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && std::isalnum(static_cast<unsigned char>(text[end]))) ++end;
    std::string word(text.substr(i, end - i));
    if (word.starts_with("0x")) word = std::to_string(std::stoul(word.substr(2), nullptr, 16));
    if (!word.empty()) words.insert(word.substr(std::min(word.find_first_not_of('0'), word.size() - 1)));
    i = std::max(end, i + 1);
  }
  return words;
}

/// What can be compared of a record's line and of its JSON.
std::string comparable(std::string line) {
  // bytes are digits without spaces in JSON
  if (const std::size_t payload = line.find("payload ("); payload != std::string::npos)
    line.erase(payload, line.find(", blkref", payload) - payload);
  // times in JSON have letters between their numbers
  for (char& c : line) c = c == 'T' || c == 'Z' ? ' ' : c;
  return line;
}

TEST_P(Fixtures, JsonIsValidAndHasEveryNumberOfTheText) {
  for_each([](const Fixture&, const LoadedFixture& loaded) {
    test::UtcTime utc;
    int reported = 0;
    for_each_record(loaded, [&](const Record& record) {
      TextBuffer json, text;
      append_record_json(json, record);
      append_record(text, record, BlockDetails::full, utc);
      const std::string complaint = test::json_complaint(json.view());
      if (!complaint.empty() && reported++ < 3) ADD_FAILURE() << complaint << "\n" << json.view();
      const std::set<std::string> known = words_in(comparable(std::string(json.view())));
      for (const std::string& word : words_in(comparable(std::string(text.view()))))
        if (is_digit(word[0]) && !known.contains(word) && reported++ < 3)
          ADD_FAILURE() << word << " is missing\n" << text.view() << json.view();
    });
  });
}

INSTANTIATE_TEST_SUITE_P(Majors, Fixtures, ::testing::ValuesIn(test::all_majors()),
                         [](const auto& test_case) { return test::directory_name(test_case.param); });

}  // namespace
}  // namespace walkit
