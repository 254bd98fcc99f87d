#include "tools/feed_input.h"

#include <fmt/format.h>

#include <cstdlib>

#include "segments/segment_directory.h"
#include "tools/opened_catalog.h"
#include "tools/repository_input.h"
#include "walreader/rmgr/xlog.h"

namespace walkit {
namespace {

constexpr std::string_view kNameWal = "Name an archive (--repo), a directory or files that have the WAL.";

/// Takes the record that reading begins with.
class FirstCheckpoint final : public RecordConsumer {
 public:
  void begin(Lsn) override {}
  bool record(const Record& record) override {
    found = read_checkpoint(record);
    return false;
  }
  std::unique_ptr<UnitOutput> make_output() override { return nullptr; }
  bool take(UnitOutput&, Lsn) override { return false; }

  std::optional<Checkpoint> found;
};

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
void hint_about_start(Lsn start, const Messages& messages) {
  messages.hint(
      fmt::format("WAL is needed from {}, where the server's last checkpoint began. If it is gone, run "
                  "CHECKPOINT and start again; if it is not archived yet, run SELECT pg_switch_wal().",
                  to_string(start)));
}

std::optional<WalInput> open_input(const InputRequest& request, const FeedArguments& arguments,
                                   Messages& messages) {
  return arguments.archive ? open_repository_input(*arguments.archive, request, messages)
                           : open_wal_input(request, messages);
}

// Named WAL is read as far as the server says it is written; if none is named, its own pg_wal.
std::optional<WalInput> open_server_input(const FeedOrigin& origin, InputRequest request,
                                          const FeedArguments& arguments, Messages& messages) {
  const std::uint64_t identifier = origin.system_identifier();
  const bool own = request.operands.empty() && !arguments.archive;
  if (own) {
    auto found = find_server_wal(arguments.catalog, identifier);
    if (!found) {
      messages.error(
          fmt::format("no WAL is named, and the server's own cannot be read here: {}", found.error()));
      messages.hint(kNameWal);
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

std::optional<WalInput> open_feed_input(const FeedOrigin& origin, Lsn start, const FeedArguments& arguments,
                                        Messages& messages) {
  InputRequest request{.operands = arguments.operands,
                       .path = std::nullopt,
                       .timeline = arguments.timeline,
                       .origin = TimelinePoint{origin.timeline(), start},
                       .start = start,
                       .end = arguments.end,
                       .jobs = 1,
                       .follow = arguments.follow,
                       .fixed_dialect = true};
  const bool running = is_connection(arguments.catalog);
  const bool own =
      request.operands.empty() && !arguments.archive && !running && origin.directory() != nullptr;
  if (own) request.operands = {arguments.catalog + "/pg_wal"};
  auto input = running ? open_server_input(origin, request, arguments, messages)
                       : open_input(request, arguments, messages);
  if (!input && own) messages.hint(kNameWal);
  if (!input) return {};
  if (input->format == nullptr || input->format->major != origin.major()) {
    const std::string whose = input->format == nullptr
                                  ? "none that walkit reads"
                                  : fmt::format("PostgreSQL {}'s", static_cast<int>(input->format->major));
    messages.error(fmt::format("the WAL is {}, but \"{}\" belongs to a server of PostgreSQL {}", whose,
                               origin.name(), static_cast<int>(origin.major())));
    return {};
  }
  const std::uint32_t size = input->source->geometry().segment_size_bytes;
  if (const auto* directory = origin.directory();
      directory != nullptr && size != directory->control().segment_size_bytes) {
    messages.error(
        fmt::format("the WAL has segments of {} bytes, that of the server that \"{}\" belongs to, of {}",
                    size, origin.name(), directory->control().segment_size_bytes));
    return {};
  }
  const auto server = system_identifier_at(*input->source, start);
  // Without a segment there what is known of others decides.
  const bool known = server || input->system_identifier != 0;
  if (known && server.value_or(input->system_identifier) != origin.system_identifier()) {
    messages.error(fmt::format("the WAL is not that of the server that \"{}\" belongs to", origin.name()));
    return {};
  }
  if (!server && running && !arguments.follow) {
    messages.error(source_error_text(server.error(), *input, messages.major()));
    hint_about_start(start, messages);
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

std::expected<void, std::string> begin_at_checkpoint(const FeedOrigin& origin, const WalInput& input) {
  if (origin.snapshot() != nullptr || !origin.directory()->needs_checkpoint()) return {};
  DataDirectoryReader& directory = *origin.directory();
  FirstCheckpoint first;
  decode_in_order(*input.source, *input.format, {directory.checkpoint(), {}}, 1, first);
  if (!first.found || first.found->lsn != directory.checkpoint() || first.found->redo != directory.start())
    return std::unexpected(
        fmt::format("could not read the checkpoint record at {}, which a base backup begins with",
                    to_string(directory.checkpoint())));
  directory.begin_at(*first.found);
  return {};
}

}  // namespace walkit
