// The real WAL in fixtures/ and what the pg_waldump of its major prints for it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/support/read_all.h"
#include "walreader/version.h"

namespace walkit::test {

/// One segment file of a server.
struct Fixture {
  Major major;
  std::string name;  ///< 24 digits
  std::string path;  ///< of the compressed segment

  /// What `pg_waldump` prints when its only argument is this segment; nullopt if there is no such file.
  /// `form` is one of "txt", "bkp.txt", "stats.txt", "stats-record.txt".
  std::optional<std::string> expected(const std::string& form) const;
};

/// A fixture's bytes, and what its long header says of them. Moving keeps `wal` valid, copying would not.
struct LoadedFixture {
  LoadedFixture() = default;
  LoadedFixture(LoadedFixture&&) = default;
  LoadedFixture& operator=(LoadedFixture&&) = default;

  Bytes bytes;
  WalInMemory wal;
};

/// All fixtures of a major, by name. The environment variable WALKIT_FIXTURES names another directory than
/// the project's own, to run the same tests over more WAL.
std::vector<Fixture> fixtures_of(Major major);

/// The decompressed segment.
LoadedFixture load(const Fixture& fixture);

/// What fixtures/NAME.zst holds; empty if there is no such file.
std::string read_fixture(const std::string& name);

/// All supported majors, oldest first.
std::vector<Major> all_majors();

/// "pg17", as the directories are called.
std::string directory_name(Major major);

}  // namespace walkit::test
