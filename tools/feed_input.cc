#include "tools/feed_input.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>

#include "tools/repository_input.h"
#include "walreader/page.h"

namespace walkit {
namespace {

bool is_of_server(const DataDirectoryReader& directory, WalSource& source) {
  const Geometry geometry = source.geometry();
  std::array<std::byte, kLongPageHeaderSize> bytes;
  const Lsn start = geometry.segment_start(geometry.segment_of(directory.start()));
  for (std::size_t size = 0; size < bytes.size();) {
    const auto read = source.read_at(start + size, std::span(bytes).subspan(size));
    if (!read) return true;  // which is said when it is read
    size += *read;
  }
  return parse_page_header(bytes).system_identifier == directory.control().system_identifier;
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
                       .timeline = std::nullopt,
                       .start = directory.start(),
                       .end = arguments.end,
                       .jobs = 1,
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
  if (is_of_server(directory, *input->source)) return input;
  messages.error(fmt::format("the WAL is not that of the server that \"{}\" belongs to", arguments.catalog));
  return {};
}

}  // namespace walkit
