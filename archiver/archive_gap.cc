#include "archiver/archive_gap.h"

#include <algorithm>
#include <charconv>

#include "archiver/archived_object.h"
#include "walreader/history.h"

namespace walkit {
namespace {

constexpr std::size_t kMaxHistoryBytes = std::size_t{1} << 20;

std::string_view last_component(std::string_view name) { return name.substr(name.rfind('/') + 1); }

// The first segment of the directory `probe` belongs to that comes after `name`.
ArchiveResult<std::optional<std::string>> first_after(const Repository& repository,
                                                      std::uint64_t system_identifier,
                                                      const SegmentName& probe, const SegmentName& name) {
  const WalFileName in_directory{.kind = WalFileKind::segment, .segment = probe};
  const auto listed = repository.store().list_files(repository.directory_of(system_identifier, in_directory));
  if (!listed) return std::unexpected(archive_error(listed.error()));
  std::optional<SegmentName> first;
  for (const ListedObject& listed_object : *listed) {
    const auto object = parse_object_name(last_component(listed_object.name));
    if (!object || object->sidecar || object->wal.kind != WalFileKind::segment) continue;
    const SegmentName& segment = object->wal.segment;
    if (segment.timeline == name.timeline && segment > name && (!first || segment < *first)) first = segment;
  }
  if (!first) return std::nullopt;
  return format_segment_name(*first);
}

// The upper half of the LSNs in a directory of this timeline.
std::optional<std::uint32_t> log_of_directory(std::string_view directory, TimelineId timeline) {
  constexpr std::size_t kDigits = 16;
  std::uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(directory.data(), directory.data() + directory.size(), number, 16);
  if (directory.size() != kDigits || error != std::errc() || end != directory.data() + directory.size())
    return std::nullopt;
  if (number >> 32 != timeline.value) return std::nullopt;
  return static_cast<std::uint32_t>(number);
}

ArchiveResult<std::optional<std::string>> first_in_later_directory(const Repository& repository,
                                                                   std::uint64_t system_identifier,
                                                                   const SegmentName& name) {
  const auto directories =
      repository.store().list_directories(repository.identity_directory(system_identifier));
  if (!directories) return std::unexpected(archive_error(directories.error()));
  std::vector<std::uint32_t> logs;
  for (const std::string& directory : *directories)
    if (const auto log = log_of_directory(last_component(directory), name.timeline); log && *log > name.log)
      logs.push_back(*log);
  std::ranges::sort(logs);
  for (const std::uint32_t log : logs) {
    auto found = first_after(repository, system_identifier, {name.timeline, log, 0}, name);
    if (!found || *found) return found;
  }
  return std::nullopt;
}

// Where the timeline began, as far as its history file is there and tells.
std::optional<Lsn> beginning_of(const Repository& repository, std::uint64_t system_identifier,
                                TimelineId timeline) {
  const WalFileName name{.kind = WalFileKind::history, .segment = {.timeline = timeline}};
  auto object = ArchivedObject::open(
      repository.store(),
      repository.object_name(system_identifier, history_name(timeline), name, Codec::zstd));
  if (!object || object->header().plain_size_bytes > kMaxHistoryBytes) return std::nullopt;
  std::string text;
  const auto read = object->extract([&text](ByteSpan bytes) -> ArchiveResult<void> {
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  });
  if (!read) return std::nullopt;
  const auto history = TimelineHistory::parse(timeline, text);
  if (!history) return std::nullopt;
  return history->spans().back().begin;
}

}  // namespace

ArchiveResult<std::optional<std::string>> find_later_segment(const Repository& repository,
                                                             const ClusterIdentity& server,
                                                             const SegmentName& name) {
  auto later = first_after(repository, server.system_identifier, name, name);
  if (later && !*later) later = first_in_later_directory(repository, server.system_identifier, name);
  if (!later || !*later) return later;
  const auto beginning = beginning_of(repository, server.system_identifier, name.timeline);
  const auto number = name.number(server.segment_size_bytes);
  if (beginning && number.value < beginning->value / server.segment_size_bytes) return std::nullopt;
  return later;
}

}  // namespace walkit
