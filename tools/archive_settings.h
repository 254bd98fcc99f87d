// What the options of the archiving commands mean: typed values out of a command line, the environment and
// the configuration file.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "archiver/directory_store.h"
#include "segments/compress.h"
#include "tools/program_options.h"
#include "walreader/segment_name.h"

namespace walkit {

enum class OnCorrupt : std::uint8_t { warn, fail };
enum class OnConflict : std::uint8_t { fail, variant };
enum class OnStandbyError : std::uint8_t { retry, stop };

/// What expire keeps: at most one is set.
struct Retention {
  std::optional<SegmentName> from;
  std::optional<std::chrono::days> days;
  std::optional<std::uint64_t> bytes;

  auto operator<=>(const Retention&) const = default;
};

/// A value. What a command has no option for has its default.
struct ArchiveSettings {
  std::string repo;  ///< empty if there is none, which only init and verify allow
  std::string cluster;
  std::optional<std::uint64_t> system_identifier;
  std::optional<std::string> spool;  ///< nullopt: nothing is remembered, nothing done ahead
  CodecChoice codec;
  FileModes modes;
  int jobs = 1;
  std::chrono::milliseconds timeout{};
  bool json = false;

  struct Push {
    std::uint32_t batch_segments = 0;
    std::uint64_t batch_bytes = 0;
    OnCorrupt on_corrupt = OnCorrupt::warn;
    OnConflict on_conflict = OnConflict::fail;
    bool mark_done = false;
    bool backfill = false;
    std::optional<std::string> metrics_file;
  } push;

  struct Get {
    std::uint32_t prefetch_segments = 0;
    std::uint64_t prefetch_bytes = 0;
    OnStandbyError on_standby_error = OnStandbyError::retry;
    bool allow_gap = false;
    bool partial = false;
  } get;

  struct Expire {
    Retention keep;
    bool dry_run = false;
    bool yes = false;
  } expire;

  bool upgrade = false;    ///< of init
  std::string connection;  ///< of check; empty for what libpq's own variables say

  /// Of dump and stats: which segments, by the times at which transactions ended in them.
  std::optional<PgTime> since, until;
};

/// Checks and converts the values. The error is one line that says where the wrong value was given.
std::expected<ArchiveSettings, std::string> read_archive_settings(const ParsedOptions& options);

/// What is wrong if there are options that choose from an archive (--since, --until) and none is named.
std::optional<std::string> missing_repo(const ParsedOptions& options);

}  // namespace walkit
