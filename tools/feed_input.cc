#include "tools/feed_input.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>

#include "tools/repository_input.h"
#include "walreader/page.h"

namespace walkit {
namespace {

bool is_of_server(const FeedOrigin& origin, Lsn start, WalSource& source) {
  const Geometry geometry = source.geometry();
  std::array<std::byte, kLongPageHeaderSize> bytes;
  const Lsn segment = geometry.segment_start(geometry.segment_of(start));
  for (std::size_t size = 0; size < bytes.size();) {
    const auto read = source.read_at(segment + size, std::span(bytes).subspan(size));
    if (!read) return true;  // which is said when it is read
    size += *read;
  }
  return parse_page_header(bytes).system_identifier == origin.system_identifier();
}

}  // namespace

std::string temporary_directory() {
  const char* directory = std::getenv("TMPDIR");
  return directory != nullptr && *directory != '\0' ? directory : "/tmp";
}

std::optional<WalInput> open_feed_input(const FeedOrigin& origin, Lsn start, const FeedArguments& arguments,
                                        Messages& messages) {
  InputRequest request{.operands = arguments.operands,
                       .path = std::nullopt,
                       .timeline = std::nullopt,
                       .start = start,
                       .end = arguments.end,
                       .jobs = 1,
                       .fixed_dialect = true};
  if (request.operands.empty() && !arguments.archive && origin.directory() != nullptr)
    request.operands = {arguments.catalog + "/pg_wal"};
  auto input = arguments.archive ? open_repository_input(*arguments.archive, request, messages)
                                 : open_wal_input(request, messages);
  if (!input) return {};
  if (input->format == nullptr || input->format->major != origin.major()) {
    messages.error(fmt::format("the WAL is not that of PostgreSQL {}, which \"{}\" belongs to",
                               static_cast<int>(origin.major()), origin.name()));
    return {};
  }
  if (is_of_server(origin, start, *input->source)) return input;
  messages.error(fmt::format("the WAL is not that of the server that \"{}\" belongs to", origin.name()));
  return {};
}

}  // namespace walkit
