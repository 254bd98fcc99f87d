#include "tools/feed_input.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>

#include "segments/segment_directory.h"
#include "tools/repository_input.h"
#include "walreader/page.h"

namespace walkit {
namespace {

bool is_of_server(const DataDirectoryReader& directory, const WalInput& input) {
  WalSource& source = *input.source;
  const Geometry geometry = source.geometry();
  std::array<std::byte, kLongPageHeaderSize> bytes;
  const Lsn start = geometry.segment_start(geometry.segment_of(directory.start()));
  for (std::size_t size = 0; size < bytes.size();) {
    const auto read = source.read_at(start + size, std::span(bytes).subspan(size));
    if (!read)  // which is said when it is read
      return input.system_identifier == 0 ||
             input.system_identifier == directory.control().system_identifier;
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
  if (request.operands.empty() && !arguments.archive) request.operands = {arguments.catalog + "/pg_wal"};
  auto input = arguments.archive ? open_repository_input(*arguments.archive, request, messages)
                                 : open_wal_input(request, messages);
  if (!input) return {};
  if (input->format == nullptr || input->format->major != directory.major()) {
    messages.error(fmt::format("the WAL is not that of PostgreSQL {}, which \"{}\" belongs to",
                               directory.control().major, arguments.catalog));
    return {};
  }
  if (!is_of_server(directory, *input)) {
    messages.error(fmt::format("the WAL is not that of the server that \"{}\" belongs to", arguments.catalog));
    return {};
  }
  if (arguments.follow && !input->place) {
    messages.error("--follow reads a directory or an archive, not single segments");
    return {};
  }
  if (!input->history) input->history = history_beside(*input);
  return input;
}

}  // namespace walkit
