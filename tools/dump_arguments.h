// The command line of `walkit dump`, parsed as pg_waldump parses its own: by getopt_long, with its order of
// checks and its messages (bin/pg_waldump/pg_waldump.c, main).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/archive_settings.h"
#include "tools/messages.h"
#include "tools/record_filter.h"
#include "walreader/text_sink.h"
#include "walreader/types.h"

namespace walkit {

enum class DumpFormat : std::uint8_t { text, json };
enum class StatsMode : std::uint8_t { off, by_rmgr, by_record };

struct DumpArguments {
  bool drop_in = false;  ///< started under the name pg_waldump: not a letter more than it prints
  BlockDetails details = BlockDetails::brief;
  bool follow = false;
  bool quiet = false;
  bool keep_going = false;
  DumpFormat format = DumpFormat::text;
  StatsMode stats = StatsMode::off;
  std::int32_t limit = 0;  ///< 0 or less: none
  Lsn start{};
  Lsn end{};
  std::optional<TimelineId> timeline;
  std::optional<std::string> path;
  std::optional<std::string> save_fullpage;
  RecordFilter filter;
  int jobs = 1;
  std::optional<Major> pg_version;         ///< whose words to speak, whatever wrote the WAL
  std::string catalog;                     ///< empty: relations have no names
  std::optional<ArchiveSettings> archive;  ///< --repo: read from there instead of from files
  std::vector<std::string> operands;
};

/// Parsed arguments, or the exit status of a command line that is already answered (--help, a wrong option).
struct ParsedDump {
  std::optional<DumpArguments> arguments;
  int exit_status = 0;
};

/// `argv[0]` is the name that getopt's own messages begin with.
ParsedDump parse_dump_arguments(int argc, char** argv, bool drop_in, Messages& messages);

}  // namespace walkit
