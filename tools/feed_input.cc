#include "tools/feed_input.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>

#include "segments/segment_directory.h"
#include "tools/opened_catalog.h"
#include "tools/repository_input.h"
#include "walreader/page.h"

namespace walkit {
namespace {

// Whether the WAL at the directory's start is its server's.
std::expected<bool, SourceError> is_of_server(const DataDirectoryReader& directory, WalSource& source) {
  const Geometry geometry = source.geometry();
  std::array<std::byte, kLongPageHeaderSize> bytes;
  const Lsn start = geometry.segment_start(geometry.segment_of(directory.start()));
  for (std::size_t size = 0; size < bytes.size();) {
    const auto read = source.read_at(start + size, std::span(bytes).subspan(size));
    if (!read) return std::unexpected(read.error());
    size += *read;
  }
  return parse_page_header(bytes).system_identifier == directory.control().system_identifier;
}

// Of segments that were named one by one; without a history file nobody knows where the timeline began.
std::optional<TimelineHistory> history_beside(const WalInput& input) {
  const TimelineId timeline = input.source->timeline();
  if (input.directory.empty()) return {};
  auto history = SegmentDirectory(input.directory).read_history(timeline);
  if (!history || (history->spans().size() == 1 && timeline.value > 1)) return {};
  return *std::move(history);
}

// Of a running server the start is its last checkpoint, which is too old for what was removed since and can
// be too new for an archive.
void hint_about_start(const DataDirectoryReader& directory, const Messages& messages) {
  messages.hint(
      fmt::format("WAL is needed from {}, where the server's last checkpoint began. If it is gone, run "
                  "CHECKPOINT and start again; if it is not archived yet, run SELECT pg_switch_wal().",
                  to_string(directory.start())));
}

std::optional<WalInput> open_input(const InputRequest& request, const FeedArguments& arguments,
                                   Messages& messages) {
  return arguments.archive ? open_repository_input(*arguments.archive, request, messages)
                           : open_wal_input(request, messages);
}

// Named WAL is read as far as the server says it is written; if none is named, its own pg_wal.
std::optional<WalInput> open_server_input(const DataDirectoryReader& directory, InputRequest request,
                                          const FeedArguments& arguments, Messages& messages) {
  const std::uint64_t identifier = directory.control().system_identifier;
  const bool own = request.operands.empty() && !arguments.archive;
  if (own) {
    auto found = find_server_wal(arguments.catalog, identifier);
    if (!found) {
      messages.error(
          fmt::format("no WAL is named, and the server's own cannot be read here: {}", found.error()));
      messages.hint("Name an archive (--repo), a directory or files that have it.");
      return {};
    }
    request.operands = {*std::move(found)};
  }
  auto input = open_input(request, arguments, messages);
  if (!input || arguments.follow) return input;  // who follows asks the server again and again
  const auto written = server_wal_end(arguments.catalog, identifier);
  if (!written) {
    messages.error(written.error());
    return {};
  }
  Lsn& end = input->range.end;
  end = end.valid() ? std::min(end, *written) : *written;
  if (own) input->written_to = end;
  return input;
}

}  // namespace

std::string temporary_directory() {
  const char* directory = std::getenv("TMPDIR");
  return directory != nullptr && *directory != '\0' ? directory : "/tmp";
}

std::optional<WalInput> open_feed_input(const DataDirectoryReader& directory, const FeedArguments& arguments,
                                        Messages& messages) {
  InputRequest request{.operands = arguments.operands,
                       .path = std::nullopt,
                       .timeline = arguments.timeline,
                       .origin = TimelinePoint{directory.timeline(), directory.start()},
                       .start = directory.start(),
                       .end = arguments.end,
                       .jobs = 1,
                       .follow = arguments.follow,
                       .fixed_dialect = true};
  const bool running = is_connection(arguments.catalog);
  if (request.operands.empty() && !arguments.archive && !running)
    request.operands = {arguments.catalog + "/pg_wal"};
  auto input = running ? open_server_input(directory, request, arguments, messages)
                       : open_input(request, arguments, messages);
  if (!input) return {};
  if (input->format == nullptr || input->format->major != directory.major()) {
    messages.error(fmt::format("the WAL is not that of PostgreSQL {}, which \"{}\" belongs to",
                               directory.control().major, arguments.catalog));
    return {};
  }
  const auto same = is_of_server(directory, *input->source);
  // Without a segment there what is known of others decides.
  const bool stranger = same ? !*same
                             : input->system_identifier != 0 &&
                                   input->system_identifier != directory.control().system_identifier;
  if (stranger) {
    messages.error(
        fmt::format("the WAL is not that of the server that \"{}\" belongs to", arguments.catalog));
    return {};
  }
  if (!same && running && !arguments.follow) {
    messages.error(source_error_text(same.error(), *input, messages.major()));
    hint_about_start(directory, messages);
    return {};
  }
  if (arguments.follow && !input->place) {
    messages.error("--follow reads a directory or an archive, not single segments");
    return {};
  }
  if (!input->history) input->history = history_beside(*input);
  // Of other directories it is said when it is read.
  return input;
}

}  // namespace walkit
