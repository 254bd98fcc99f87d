// The command line of `walkit stats`.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "tools/archive_settings.h"
#include "tools/program_options.h"
#include "tools/stats_report.h"
#include "walreader/types.h"

namespace walkit {

struct StatsArguments {
  StatsChoice choice;
  bool json = false;
  int jobs = 1;
  Lsn start{};
  Lsn end{};
  std::optional<TimelineId> timeline;
  std::vector<std::string> operands;
  std::string catalog;                     ///< empty: relations have no names
  std::optional<ArchiveSettings> archive;  ///< --repo: read from there instead of from files
};

/// What is wrong with the command line.
struct UsageError {
  std::string text;  ///< one line
  std::string hint;  ///< empty: where help is
};

/// Checks the values.
std::expected<StatsArguments, UsageError> read_stats_arguments(const ParsedOptions& parsed);

}  // namespace walkit
