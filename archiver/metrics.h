// What pushing has done so far, as a text file for Prometheus (node_exporter's textfile collector). A push is
// a process for each call of the server, so the file itself carries the counters from one to the next.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "archiver/archive_file.h"

namespace walkit {

struct LastArchived {
  std::string name;         ///< of the segment
  Lsn end;                  ///< where its records end
  std::int64_t unix_s = 0;  ///< when it was archived

  bool operator==(const LastArchived&) const = default;
};

/// What waits in pg_wal to be archived.
struct Backlog {
  std::uint64_t segments = 0;
  std::uint64_t bytes = 0;

  bool operator==(const Backlog&) const = default;
};

enum class PushFailure : std::uint8_t {
  io,
  unreachable,
  denied,
  no_space,
  timeout,
  no_repository,
  wrong_place,
  bad_input,
  conflict,
  damaged_archive,
};
inline constexpr std::size_t kPushFailures = 10;

PushFailure failure_of(const ArchiveError& error);

/// Of one call, or of all calls so far. A value.
struct Metrics {
  std::optional<LastArchived> last;  ///< nullopt: none, as far as this call knows
  std::optional<Backlog> backlog;    ///< nullopt: not counted
  std::uint64_t files = 0;           ///< archived
  std::uint64_t plain_bytes = 0;     ///< before compression
  std::uint64_t stored_bytes = 0;    ///< after
  std::uint64_t damaged_segments = 0;
  StageSeconds seconds;
  std::array<std::uint64_t, kPushFailures> failures{};  ///< by PushFailure

  void count(PushFailure failure) { ++failures[static_cast<std::size_t>(failure)]; }
  /// Adds what a later call did.
  Metrics& operator+=(const Metrics& later);
};

/// The text format of Prometheus, every series labelled with the cluster's name.
std::string render_metrics(const Metrics& metrics, std::string_view cluster);

/// Takes apart exactly what render_metrics() makes; nullopt for anything else, be it a space more.
std::optional<Metrics> parse_metrics(std::string_view text, std::string_view cluster);

/// Adds one call to the file, under a lock on `path`.lock, and replaces it by a rename, readable by
/// everybody. Counters begin at zero if the file is not there or not sound. It is not synced: after a crash
/// of the machine counters may begin anew, which Prometheus expects. Waits for another push a second at most.
/// The error is one line, and no reason for a push to fail.
std::expected<void, std::string> update_metrics_file(const std::string& path, std::string_view cluster,
                                                     const Metrics& call);

}  // namespace walkit
