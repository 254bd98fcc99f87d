// The command line of `walkit feed`.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "feed/feed_filter.h"
#include "feed/line_format.h"
#include "tools/archive_settings.h"
#include "tools/kafka_address.h"
#include "tools/program_options.h"

namespace walkit {

struct FeedArguments {
  std::string catalog;  ///< may be empty where there is a state
  FeedFilter filter;    ///< --start among it
  Lsn end;
  FeedFormat format = FeedFormat::walkit;
  bool undo = false;
  std::string sink = "-";
  std::optional<KafkaAddress> kafka;  ///< instead of `sink`
  KafkaProperties kafka_properties;
  std::string state;  ///< empty: none is kept
  std::uint64_t snapshot_every_bytes = std::uint64_t{256} << 20;
  std::vector<std::string> operands;
  std::optional<ArchiveSettings> archive;  ///< --repo: read from there instead of from files
  std::optional<TimelineId> timeline;
  bool follow = false;
  std::optional<std::string> connection;  ///< of the server that writes what is followed
  bool keep_going = false;
  std::chrono::milliseconds timeout{std::chrono::minutes(1)};  ///< for what is missing, with --follow
};

/// Checks the values. On error: one line.
std::expected<FeedArguments, std::string> read_feed_arguments(const ParsedOptions& parsed);

}  // namespace walkit
