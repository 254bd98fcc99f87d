#include "live/archive_probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include "archiver/archived_object.h"
#include "archiver/get.h"
#include "archiver/inventory.h"
#include "segments/page_probe.h"

namespace walkit {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPause{100};
constexpr int kPausesBetweenQuestions = 5;  // the repository is looked at more often than the server is asked

template <typename Number>
bool parse(const std::optional<std::string>& text, Number& number, int base = 10) {
  if (!text) return false;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number, base);
  return error == std::errc{} && end == text->data() + text->size();
}

std::unexpected<ServerError> fail(ServerError::Kind kind, std::string text, std::string hint) {
  return std::unexpected(ServerError{kind, std::move(text), std::move(hint)});
}

std::unexpected<ArchiveError> fail(ArchiveError::Kind kind, std::string text) {
  return std::unexpected(ArchiveError{.kind = kind, .text = std::move(text), .hint = {}});
}

/// Removed with all that is in it.
class ScratchDirectory {
 public:
  explicit ScratchDirectory(const std::string& parent) : path_(parent + "/walkit-check-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) error_ = errno;
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory() {
    std::error_code ignored;
    if (error_ == 0) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  int error() const { return error_; }

 private:
  std::string path_;
  int error_ = 0;
};

// Whether the repository has it. One that is not there yet is made by the push that is awaited.
ArchiveResult<bool> has_segment(Store& store, const std::string& cluster, std::uint64_t system_identifier,
                                const std::string& file, const WalFileName& name) {
  const auto repository = Repository::open(store, cluster);
  if (!repository && repository.error().kind == ArchiveError::Kind::missing) return false;
  if (!repository) return std::unexpected(repository.error());
  const auto objects = find_objects(*repository, system_identifier, file, name);
  if (!objects) return std::unexpected(objects.error());
  if (objects->empty()) return false;
  const auto object = ArchivedObject::open(store, objects->front());
  if (!object) return std::unexpected(object.error());
  return true;
}

// Segments of a timeline are archived in their order.
bool is_as_late(const std::string& archived, const std::string& file) {
  const auto last = parse_segment_name(archived);
  const auto wanted = parse_segment_name(file);
  return last && wanted && last->timeline == wanted->timeline && *last >= *wanted;
}

// pg_stat_archiver.
struct ArchiverState {
  std::int64_t last_failed_us = 0;         // by the server's clock, since 1970
  std::string last_archived, last_failed;  // files; empty if there is none
};

ServerResult<ArchiverState> read_archiver_state(Server& server, Deadline deadline) {
  const auto rows = server.query(
      "SELECT coalesce((extract(epoch FROM last_failed_time) * 1000000)::bigint, 0), last_archived_wal, "
      "last_failed_wal FROM pg_stat_archiver",
      deadline);
  if (!rows) return std::unexpected(rows.error());
  ArchiverState state;
  if (rows->size() != 1 || rows->front().size() != 3 || !parse(rows->front()[0], state.last_failed_us))
    return fail(ServerError::Kind::refused, "the server's answer is not what pg_stat_archiver holds", {});
  state.last_archived = rows->front()[1].value_or("");
  state.last_failed = rows->front()[2].value_or("");
  return state;
}

// Passes while the server still tries. Until 14 it tells of a failure up to a second late, so the time is
// compared and not the number of failures.
ServerResult<void> judge(const ArchiverState& state, const SwitchedSegment& segment) {
  if (state.last_failed_us > segment.written_us)
    return fail(ServerError::Kind::refused,
                fmt::format("the server could not archive segment \"{}\"", state.last_failed),
                "The server's log has what archive_command said.");
  if (is_as_late(state.last_archived, segment.file))
    return fail(
        ServerError::Kind::refused,
        fmt::format("the server has archived segment \"{}\", but not into this repository", segment.file),
        "Compare repository and cluster of archive_command with those of this command.");
  return {};
}

std::unexpected<ServerError> too_late(const ArchiverState& state, const std::string& file) {
  const std::string last = state.last_archived.empty()
                               ? "nothing was archived before"
                               : fmt::format("the server archived \"{}\" last", state.last_archived);
  return fail(
      ServerError::Kind::timeout, fmt::format("segment \"{}\" did not arrive in time, {}", file, last),
      "If many segments wait in pg_wal, or the repository is slow, a longer --timeout helps; else the "
      "server's log tells.");
}

ArchiveResult<void> compare_first_page(const std::string& path, const ClusterIdentity& server) {
  using Kind = ArchiveError::Kind;
  const auto file = SegmentFile::open(path);
  if (!file) return fail(Kind::target, fmt::format("could not read \"{}\"", path));
  const auto probe = probe_file(**file);
  if (!probe || probe->verdict != ProbeVerdict::wal)
    return fail(Kind::damaged, "the restored file does not begin as a segment does");
  if (probe->page.system_identifier != server.system_identifier)
    return fail(Kind::wrong_place,
                fmt::format("the restored segment is of system identifier {}, the server has {}",
                            probe->page.system_identifier, server.system_identifier));
  return {};
}

}  // namespace

std::string segment_before(TimelineId timeline, Lsn end, std::uint32_t segment_size_bytes) {
  return segment_name(timeline, SegmentNo{(end.value - 1) / segment_size_bytes}, segment_size_bytes);
}

ServerResult<SwitchedSegment> switch_segment(Server& server, std::uint32_t segment_size_bytes,
                                             Deadline deadline) {
  // Of the name only the timeline is used: at the boundary of a segment majors disagree which one it is.
  const auto made = server.query(
      "SELECT lsn - '0/0', left(pg_walfile_name(lsn), 8), (extract(epoch FROM clock_timestamp()) * "
      "1000000)::bigint "
      "FROM pg_create_restore_point('walkit check') AS lsn",
      deadline);
  if (!made) return std::unexpected(made.error());
  SwitchedSegment segment;
  TimelineId timeline;
  const Row row = made->size() == 1 ? made->front() : Row();
  if (row.size() != 3 || !parse(row[0], segment.restore_point.value) || !parse(row[1], timeline.value, 16) ||
      !parse(row[2], segment.written_us) || !segment.restore_point.valid())
    return fail(ServerError::Kind::refused, "the server's answer is not where it wrote a restore point", {});
  segment.file = segment_before(timeline, segment.restore_point, segment_size_bytes);
  if (const auto switched = server.query("SELECT pg_switch_wal()", deadline); !switched)
    return std::unexpected(switched.error());
  return segment;
}

ServerResult<void> await_segment(Server& server, Store& store, const std::string& cluster,
                                 std::uint64_t system_identifier, const SwitchedSegment& segment,
                                 Deadline deadline) {
  const auto name = parse_wal_file_name(segment.file);
  if (!name)
    return fail(ServerError::Kind::refused, fmt::format("\"{}\" is no name of a segment", segment.file), {});
  for (int round = 1;; ++round) {
    // asked first and judged last: what is archived between the two is no failure
    std::optional<ArchiverState> state;
    const bool late = Deadline::clock::now() + kPause >= deadline;
    if (late || round % kPausesBetweenQuestions == 0) {
      auto asked = read_archiver_state(server, deadline);
      if (!asked) return std::unexpected(std::move(asked).error());
      state = *std::move(asked);
    }
    const auto arrived = has_segment(store, cluster, system_identifier, segment.file, *name);
    if (!arrived) return fail(ServerError::Kind::refused, arrived.error().text, arrived.error().hint);
    if (*arrived) return {};
    if (state)
      if (auto going_on = judge(*state, segment); !going_on) return going_on;
    if (late) return too_late(*state, segment.file);
    std::this_thread::sleep_for(kPause);
  }
}

ArchiveResult<std::vector<std::string>> try_restore(Store& store, const std::string& cluster,
                                                    const ClusterIdentity& server, const std::string& file,
                                                    const std::string& scratch, Deadline deadline) {
  const auto name = parse_wal_file_name(file);
  if (!name) return fail(ArchiveError::Kind::bad_input, fmt::format("\"{}\" is no name of a segment", file));
  const ScratchDirectory directory(scratch);
  if (directory.error() != 0)
    return fail(ArchiveError::Kind::target, fmt::format("could not make a directory in \"{}\": {}", scratch,
                                                        std::strerror(directory.error())));
  const std::string target = directory.path() + "/" + file;
  auto answer = get_file(store, {.file = file,
                                 .name = *name,
                                 .target = target,
                                 .cluster = cluster,
                                 .server = server,
                                 .system_identifier = {},
                                 .repository_id = {},
                                 .deadline = deadline});
  if (!answer) return std::unexpected(std::move(answer).error());
  if (!answer->found)
    return fail(ArchiveError::Kind::missing,
                fmt::format("segment \"{}\" is not in the repository any more", file));
  if (const auto same = compare_first_page(target, server); !same) return std::unexpected(same.error());
  return std::move(answer->warnings);
}

ArchiveResult<std::optional<std::string>> newest_segment(const Repository& repository,
                                                         const ClusterIdentity& server) {
  const auto inventory = list_inventory(repository, server);
  if (!inventory) return std::unexpected(inventory.error());
  std::optional<std::string> newest;
  for (const InventoryItem& item : inventory->items)  // timelines come first in names, so the last one is it
    if (item.is(WalFileKind::segment)) newest = std::max(newest.value_or(""), item.name.file);
  return newest;
}

}  // namespace walkit
