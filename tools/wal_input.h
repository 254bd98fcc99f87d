// From arguments to WAL: which source, from where to where.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "segments/directory_source.h"
#include "segments/ordered_decode.h"
#include "segments/page_probe.h"
#include "tools/messages.h"
#include "tools/timeline_choice.h"
#include "walreader/history.h"

namespace walkit {

/// A directory or repository, to be asked again while it grows. Errors are one line.
struct WalPlace {
  /// Its segments along a history, without those that are being written under another name (.partial).
  std::function<std::unique_ptr<WalSource>(const TimelineHistory&)> open;
  HistoryReader history;
  /// The segments that have WAL of a history, in any order.
  std::function<std::expected<std::vector<SegmentNo>, std::string>(const TimelineHistory&)> segments;
  bool live = false;  ///< a server's own pg_wal: a segment that is there need not be whole
};

/// An opened source and the part of it that was asked for.
struct WalInput {
  std::unique_ptr<WalSource> source;
  const WalFormat* format = nullptr;  ///< nullptr: pages of no major walkit knows
  DecodeRange range{};
  bool ends_with_file =
      false;         ///< the source is a file or pipe, so that where it ends at a segment's end, all is read
  Lsn written_to{};  ///< a server has written at least this much; zero: unknown
  ProbeVerdict verdict = ProbeVerdict::wal;
  std::optional<TimelineHistory> history;  ///< that a directory or repository is read along
  std::string directory;                   ///< that segments are read from; empty: from elsewhere
  std::optional<WalPlace> place;           ///< of all of a directory or repository
  std::uint64_t system_identifier = 0;     ///< whose WAL it is, as far as that is known
};

/// What the command line says about the input.
struct InputRequest {
  std::vector<std::string> operands;  ///< STARTSEG and ENDSEG, or one directory, file or "-"
  std::optional<std::string> path;
  std::optional<TimelineId> timeline;
  std::optional<TimelinePoint> origin{};  ///< only timelines that descend from here
  Lsn start{};
  Lsn end{};
  int jobs = 1;
  bool follow = false;         ///< a directory's WAL goes on beyond its last segment
  bool drop_in = false;        ///< only what pg_waldump reads: no directories, no standard input
  bool fixed_dialect = false;  ///< the words of messages do not change with the WAL that is found
};

/// Finds the input as pg_waldump does (pg_waldump.c, main and identify_target_directory), and what it cannot
/// find: compressed segments, directories, standard input. Says what is wrong, in pg_waldump's words, and
/// returns nullopt.
std::optional<WalInput> open_wal_input(const InputRequest& request, Messages& messages);

/// How a parallel decode with `jobs` threads wants segments to be held.
DirectoryOptions decoding_options(int jobs);

/// --start and --end within the first and the last of consecutive segments, or where those begin and end.
/// Says so and returns nullopt if they lie elsewhere; `name` is what the user called the segment.
std::optional<Lsn> start_within(const InputRequest& request, SegmentNo first, const std::string& name,
                                const Geometry& geometry, const Messages& messages);
std::optional<Lsn> end_within(const InputRequest& request, SegmentNo last, const std::string& name,
                              const Geometry& geometry, const Messages& messages);

/// Whether all was read: the source is one file, and that ends with a segment.
bool ended_with_file(const WalInput& input, const DecodeResult& result);

/// Whose WAL the segment is that `at` lies in, as its first page says.
std::expected<std::uint64_t, SourceError> system_identifier_at(WalSource& source, Lsn at);

/// Why the source could not be read, in the words of pg_waldump `major`.
std::string source_error_text(const SourceError& error, const WalInput& input, Major major);

/// Whether `directory` can be opened; -p is checked before anything is created or read.
std::optional<int> directory_error(const std::string& directory);

}  // namespace walkit
