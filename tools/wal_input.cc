#include "tools/wal_input.h"

#include <dirent.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "segments/directory_source.h"
#include "segments/file_source.h"
#include "segments/segment_directory.h"
#include "walreader/page.h"
#include "walreader/segment_name.h"

namespace walkit {
namespace {

constexpr std::uint32_t kUsualBlockSize = 8192;
constexpr std::size_t kMebibyte = std::size_t{1} << 20;

// How far apart the positions may be that `jobs` threads read at: the units in flight, what a record reaches
// beyond the last of them, and something to spare.
std::size_t read_ahead_bytes(int jobs) { return (2 * static_cast<std::size_t>(jobs) + 4) * kMebibyte; }

// The decompressed bytes worth keeping so that the workers of a parallel decode find theirs.
std::size_t window_bytes(int jobs) { return std::max(16 * kMebibyte, read_ahead_bytes(jobs)); }

struct PathParts {
  std::optional<std::string> directory;
  std::string file;
};

PathParts split_path(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {{}, path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

// A file's position, by what its name begins with: .zst and .partial may follow.
std::optional<SegmentName> position_of(std::string_view name) {
  return parse_segment_name(name.substr(0, kSegmentNameLength));
}

std::string error_detail(const FileError& error) {
  return error.errno_value != 0 ? errno_text(error.errno_value) : error.detail;
}

// A file's first page, and where the file was found.
struct Found {
  std::string directory;
  std::string file;  // the name of the file, or nothing for standard input
  std::shared_ptr<SegmentFile> content;
  PageProbe probe;
};

class InputFinder {
 public:
  InputFinder(const InputRequest& request, Messages& messages) : request_(request), messages_(messages) {}

  std::optional<WalInput> find() {
    if (request_.operands.empty()) return from_directory_alone();
    const std::string& operand = request_.operands.front();
    if (!request_.drop_in && request_.operands.size() == 1) {
      if (operand == "-") return from_standard_input();
      std::error_code error;
      if (!request_.path && std::filesystem::is_directory(operand, error)) return from_directory(operand);
    }
    return from_segments();
  }

 private:
  std::nullopt_t fail(const std::string& text) {
    messages_.fatal(text);
    return std::nullopt;
  }
  std::nullopt_t refuse(const std::string& text) {
    messages_.error(text);
    messages_.usage_hint();
    return std::nullopt;
  }

  // STARTSEG [ENDSEG]: position, timeline and range come from the names.
  std::optional<WalInput> from_segments() {
    const auto [named_directory, name] = split_path(request_.operands.front());
    std::optional<std::string> directory = request_.path;
    if (!directory && named_directory) {
      // pg_waldump cannot read segments in the root directory
      directory = named_directory->empty() && !request_.drop_in ? "/" : *named_directory;
      if (const auto error = directory_error(*directory))
        return fail(fmt::format("could not open directory \"{}\": {}", *named_directory, errno_text(*error)));
    }
    std::optional<Found> found = locate(directory, name);
    if (!found) return std::nullopt;

    const Geometry geometry = geometry_of(*found);
    const auto segment = position_of(name);
    if (!segment) {
      // pg_waldump knows a segment by its name alone
      const bool by_name = request_.drop_in || request_.operands.size() > 1;
      return by_name ? refuse("no start WAL location given") : from_file(*found);
    }
    TimelineId timeline = segment->timeline;
    const SegmentNo first = segment->number(geometry.segment_size_bytes);
    SegmentNo last = first;

    const auto start = start_within(request_, first, name, geometry, messages_);
    if (!start) return std::nullopt;
    if (request_.operands.size() == 2) {
      const std::string end_name = split_path(request_.operands[1]).file;
      if (!exists(found->directory, end_name))
        return fail(fmt::format("could not open file \"{}\"", end_name));
      if (const auto end_segment = position_of(end_name)) {
        timeline = end_segment->timeline;
        last = end_segment->number(geometry.segment_size_bytes);
      }
      if (last < first)
        return fail(
            fmt::format("ENDSEG {} is before STARTSEG {}", request_.operands[1], request_.operands[0]));
    }
    const auto end = end_within(request_, last, request_.operands.back(), geometry, messages_);
    if (!end) return std::nullopt;
    return input_of(*found, timeline, {*start, *end});
  }

  // No operand: the directory's first segment tells the segment size; where to start has to be said.
  std::optional<WalInput> from_directory_alone() {
    const std::optional<Found> found = locate(request_.path, {});
    if (!found) return std::nullopt;
    if (!request_.start.valid()) {
      messages_.error("no start WAL location given");
      if (!request_.drop_in) messages_.hint("Give a start with --start, or name a segment or a directory.");
      messages_.usage_hint();
      return std::nullopt;
    }
    return input_of(*found, request_.timeline.value_or(TimelineId{1}), {request_.start, request_.end});
  }

  // A directory named as operand: all of its newest timeline, with the ancestors its history names.
  std::optional<WalInput> from_directory(const std::string& path) {
    if (const auto error = directory_error(path))
      return fail(fmt::format("could not open directory \"{}\": {}", path, errno_text(*error)));
    const std::optional<Found> found = locate(path, {});
    if (!found) return std::nullopt;
    const auto entries = SegmentDirectory(found->directory).list();
    if (!entries)
      return fail(fmt::format("could not read directory \"{}\": {}", path, error_detail(entries.error())));

    const WalPlace place = place_of(*found);
    const auto history = history_in(*entries, place);
    if (!history) return fail(history.error());
    if (!request_.timeline && !request_.origin) warn_of_missing_history(found->directory, *history, *entries);
    const Geometry geometry = geometry_of(*found);
    const std::vector<SegmentNo> segments = numbers_of(*entries, *history, geometry);
    if (segments.empty())
      return fail(fmt::format("could not find any WAL file of timeline {} in \"{}\"",
                              history->timeline().value, path));
    const auto [first, last] = std::ranges::minmax(segments);
    DecodeRange range{request_.start, request_.end};
    if (!range.start.valid()) range.start = geometry.segment_start(first);
    if (!range.end.valid() && !request_.follow)
      range.end = geometry.segment_start(last) + geometry.segment_size_bytes;
    WalInput input = input_of(*found, history->timeline(), range, *history);
    input.place = place;
    return input;
  }

  std::expected<TimelineHistory, std::string> history_in(const std::vector<DirectoryEntry>& entries,
                                                         const WalPlace& place) {
    std::vector<TimelineId> timelines;
    for (const DirectoryEntry& entry : entries)
      if (is_segment(entry) || (request_.origin && entry.name.kind == WalFileKind::history))
        timelines.push_back(entry.name.segment.timeline);
    if (request_.origin)
      return choose_history(std::move(timelines), *request_.origin, request_.timeline, place.history,
                            messages_);
    return place.history(
        request_.timeline.value_or(timelines.empty() ? TimelineId{} : std::ranges::max(timelines)));
  }

  WalPlace place_of(const Found& found) const {
    const SegmentDirectory directory(found.directory);
    WalPlace place;
    place.open = [directory, geometry = geometry_of(found),
                  options = decoding_options(request_.jobs)](const TimelineHistory& history) mutable {
      options.history = history;
      return std::make_unique<DirectorySource>(directory, history.timeline(), geometry, options);
    };
    place.history = [directory](TimelineId timeline) -> std::expected<TimelineHistory, std::string> {
      auto history = directory.read_history(timeline);
      if (history) return *std::move(history);
      return std::unexpected(fmt::format("could not read the history of timeline {}: {}", timeline.value,
                                         error_detail(history.error())));
    };
    place.segments =
        [directory, geometry = geometry_of(found)](
            const TimelineHistory& history) -> std::expected<std::vector<SegmentNo>, std::string> {
      const auto entries = directory.list();
      if (entries) return numbers_of(*entries, history, geometry);
      return std::unexpected(fmt::format("could not read directory \"{}\": {}", directory.path(),
                                         error_detail(entries.error())));
    };
    std::error_code error;
    place.live = std::filesystem::is_directory(found.directory + "/archive_status", error);
    return place;
  }

  static std::vector<SegmentNo> numbers_of(const std::vector<DirectoryEntry>& entries,
                                           const TimelineHistory& history, const Geometry& geometry) {
    std::vector<SegmentNo> numbers;
    for (const DirectoryEntry& entry : entries)
      if (is_segment(entry) && on_history(history, entry.name.segment, geometry.segment_size_bytes))
        numbers.push_back(entry.name.segment.number(geometry.segment_size_bytes));
    return numbers;
  }

  void warn_of_missing_history(const std::string& directory, const TimelineHistory& history,
                               const std::vector<DirectoryEntry>& entries) {
    const TimelineId timeline = history.timeline();
    const bool older = std::ranges::any_of(entries, [&](const DirectoryEntry& entry) {
      return is_segment(entry) && entry.name.segment.timeline < timeline;
    });
    if (history.spans().size() > 1 || !older) return;
    messages_.warning(fmt::format("no history file of timeline {} in \"{}\", so older timelines are not read",
                                  timeline.value, directory));
    messages_.hint("Choose another timeline with --timeline.");
  }

  std::optional<WalInput> from_standard_input() {
    auto file =
        SegmentFile::from_fd(STDIN_FILENO, "standard input", {.window_bytes = window_bytes(request_.jobs)});
    if (!file) return fail(fmt::format("could not read standard input: {}", error_detail(file.error())));
    Found found{.directory = {}, .file = "standard input", .content = *file, .probe = {}};
    if (!probe(found)) return std::nullopt;
    return from_file(found);
  }

  // A file whose name says nothing: its pages say where it belongs.
  std::optional<WalInput> from_file(const Found& found) {
    WalInput input;
    input.format = found.probe.format;
    input.verdict = found.probe.verdict;
    input.ends_with_file = true;
    auto source = std::make_unique<FileSource>(found.content, found.probe);
    input.range = {request_.start.valid() ? request_.start : source->start(), request_.end};
    input.source = std::move(source);
    return input;
  }

  WalInput input_of(const Found& found, TimelineId timeline, const DecodeRange& range,
                    std::optional<TimelineHistory> history = {}) const {
    DirectoryOptions options = decoding_options(request_.jobs);
    options.history = history;
    options.partial = !request_.drop_in;
    WalInput input;
    input.history = std::move(history);
    input.directory = found.directory;
    input.system_identifier = found.probe.page.system_identifier;
    input.source = std::make_unique<DirectorySource>(SegmentDirectory(found.directory), timeline,
                                                     geometry_of(found), options);
    input.format = found.probe.format;
    input.verdict = found.probe.verdict;
    input.range = range;
    return input;
  }

  static bool is_segment(const DirectoryEntry& entry) {
    return entry.name.kind == WalFileKind::segment || entry.name.kind == WalFileKind::partial;
  }

  // A page that states no block size walkit can use is read as pg_waldump would, and found wanting.
  static Geometry geometry_of(const Found& found) {
    Geometry geometry = found.probe.geometry();
    if (!valid_block_size(geometry.block_size_bytes)) geometry.block_size_bytes = kUsualBlockSize;
    return geometry;
  }

  bool exists(const std::string& directory, const std::string& name) const {
    std::error_code error;
    if (std::filesystem::exists(std::filesystem::path(directory) / name, error)) return true;
    return !request_.drop_in &&
           SegmentDirectory(directory).find(name, true).value_or(std::nullopt).has_value();
  }

  // The places pg_waldump looks into, in its order.
  std::vector<std::string> places(const std::optional<std::string>& directory) const {
    if (directory) return {*directory, *directory + "/pg_wal"};
    std::vector<std::string> list{".", "pg_wal"};
    if (const char* data = std::getenv("PGDATA")) list.push_back(std::string(data) + "/pg_wal");
    return list;
  }

  // Looks for `name`, or for any segment if there is none, and reads its first page.
  std::optional<Found> locate(const std::optional<std::string>& directory,
                              const std::optional<std::string>& name) {
    for (const std::string& place : places(directory)) {
      std::optional<Found> found;
      if (!search(place, name, found)) return std::nullopt;
      if (found) return found;
    }
    fail(name ? fmt::format("could not locate WAL file \"{}\"", *name) : "could not find any WAL file");
    if (!request_.drop_in)
      messages_.hint(fmt::format("Looked for {} in {}.",
                                 name ? "it, plain and compressed," : "names of 24 hexadecimal digits",
                                 fmt::join(places(directory), ", ")));
    return std::nullopt;
  }

  // False: a failure that ends the search, already told. Nothing found is none.
  bool search(const std::string& directory, const std::optional<std::string>& name,
              std::optional<Found>& found) {
    const std::optional<std::string> path = name ? named_segment(directory, *name) : any_segment(directory);
    if (!path) return true;
    const std::string file = name.value_or(std::filesystem::path(*path).filename().string());
    auto content = SegmentFile::open(*path, {.window_bytes = window_bytes(request_.jobs)});
    if (!content) {
      const FileError& error = content.error();
      if (error.kind == FileError::Kind::not_found) return true;
      // a directory can be opened, and read only fails then
      const bool opened = error.errno_value == EISDIR;
      fail(fmt::format("could not {} file \"{}\": {}", opened ? "read" : "open", file, error_detail(error)));
      return false;
    }
    found = Found{directory, file, std::move(*content), {}};
    return probe(*found);
  }

  std::optional<std::string> named_segment(const std::string& directory, const std::string& name) const {
    std::string path = directory + "/" + name;
    if (request_.drop_in || access(path.c_str(), F_OK) == 0 || !parse_segment_name(name)) return path;
    return SegmentDirectory(directory).find(name, true).value_or(path);
  }

  // Any segment will do to learn the sizes; plain ones are cheaper to look into.
  std::optional<std::string> any_segment(const std::string& directory) const {
    const auto entries = SegmentDirectory(directory).list();
    if (!entries) return {};
    const auto usable = [&](const DirectoryEntry& entry, bool plain) {
      return is_segment(entry) &&
             (!plain || (entry.name.kind == WalFileKind::segment && !entry.compressed_by_name));
    };
    for (const bool plain : {true, false}) {
      if (!plain && request_.drop_in) break;
      for (const DirectoryEntry& entry : *entries)
        if (usable(entry, plain)) return entry.path;
    }
    return {};
  }

  bool probe(Found& found) {
    const auto probed = probe_file(*found.content);
    if (!probed) {
      fail(fmt::format("could not read file \"{}\": {}", found.file, error_detail(probed.error())));
      return false;
    }
    found.probe = *probed;
    if (found.probe.bytes_read < kProbeSize) {
      fail(fmt::format("could not read file \"{}\": read {} of {}", found.file, found.probe.bytes_read,
                       kProbeSize));
      return false;
    }
    if (found.probe.format != nullptr && !request_.fixed_dialect)
      messages_.speak_as(found.probe.format->major);
    return check_segment_size(found);
  }

  bool check_segment_size(const Found& found) {
    const std::uint32_t size = found.probe.page.segment_size_bytes;
    if (valid_segment_size(size)) return true;
    const auto printed = static_cast<std::int32_t>(size);
    const char* plural = printed == 1 ? "" : "s";
    if (messages_.major() >= Major::pg17) {
      messages_.error(fmt::format("invalid WAL segment size in WAL file \"{}\" ({} byte{})", found.file,
                                  printed, plural));
      messages_.detail("The WAL segment size must be a power of two between 1 MB and 1 GB.");
    } else {
      fail(fmt::format(
          "WAL segment size must be a power of two between 1 MB and 1 GB, but the WAL file \"{}\" header "
          "specifies {} byte{}",
          found.file, printed, plural));
    }
    if (!request_.drop_in) hint_about(found.probe.verdict);
    return false;
  }

  void hint_about(ProbeVerdict verdict) {
    switch (verdict) {
      case ProbeVerdict::other_byte_order:
        return messages_.hint("The WAL was written by a big-endian server, which walkit does not read.");
      case ProbeVerdict::zeros:
        return messages_.hint("The segment was allocated and never written.");
      case ProbeVerdict::not_segment_start:
        return messages_.hint("The file begins in the middle of a segment.");
      default:
        return messages_.hint("The file does not begin with the header of a WAL segment.");
    }
  }

  const InputRequest& request_;
  Messages& messages_;
};

// How much of the page (or of the range) pg_waldump would still be waiting for.
std::uint64_t missing_bytes(const WalInput& input, Lsn at) {
  const Geometry geometry = input.source->geometry();
  Lsn end = geometry.page_of(at) + geometry.block_size_bytes;
  if (input.range.end.valid()) end = std::min(end, input.range.end);
  return end - at;
}

}  // namespace

std::optional<WalInput> open_wal_input(const InputRequest& request, Messages& messages) {
  return InputFinder(request, messages).find();
}

DirectoryOptions decoding_options(int jobs) {
  DirectoryOptions options;
  options.window_bytes = window_bytes(jobs);
  options.max_retained_bytes = options.window_bytes + read_ahead_bytes(jobs);
  return options;
}

std::optional<Lsn> start_within(const InputRequest& request, SegmentNo first, const std::string& name,
                                const Geometry& geometry, const Messages& messages) {
  if (!request.start.valid()) return geometry.segment_start(first);
  if (geometry.segment_of(request.start) == first) return request.start;
  messages.error(
      fmt::format("start WAL location {} is not inside file \"{}\"", to_string(request.start), name));
  messages.usage_hint();
  return std::nullopt;
}

std::optional<Lsn> end_within(const InputRequest& request, SegmentNo last, const std::string& name,
                              const Geometry& geometry, const Messages& messages) {
  const Lsn limit = geometry.segment_start(last) + geometry.segment_size_bytes;
  if (!request.end.valid()) return limit;
  if (geometry.segment_of(request.end) == last || request.end == limit) return request.end;
  messages.error(fmt::format("end WAL location {} is not inside file \"{}\"", to_string(request.end), name));
  messages.usage_hint();
  return std::nullopt;
}

std::optional<int> directory_error(const std::string& directory) {
  DIR* opened = opendir(directory.c_str());
  if (opened == nullptr) return errno;
  closedir(opened);
  return {};
}

bool ended_with_file(const WalInput& input, const DecodeResult& result) {
  return input.ends_with_file && result.why == DecodeEnd::source &&
         result.source_error->kind == SourceError::Kind::segment_missing;
}

std::expected<std::uint64_t, SourceError> system_identifier_at(WalSource& source, Lsn at) {
  const Geometry geometry = source.geometry();
  const Lsn segment = geometry.segment_start(geometry.segment_of(at));
  std::array<std::byte, kLongPageHeaderSize> bytes;
  for (std::size_t size = 0; size < bytes.size();) {
    const auto read = source.read_at(segment + size, std::span(bytes).subspan(size));
    if (!read) return std::unexpected(read.error());
    size += *read;
  }
  return parse_page_header(bytes).system_identifier;
}

std::string source_error_text(const SourceError& error, const WalInput& input, Major major) {
  const std::string reason = error_detail(error.file);
  const std::string_view quote = major >= Major::pg17 ? "\"" : "";
  switch (error.kind) {
    case SourceError::Kind::segment_missing:
      return fmt::format("could not find file \"{}\": {}", error.segment, errno_text(ENOENT));
    case SourceError::Kind::open_failed:
      return fmt::format("could not open file \"{}\": {}", error.segment, reason);
    case SourceError::Kind::read_failed:
      return fmt::format("could not read from file {0}{1}{0}, offset {2}: {3}", quote, error.segment,
                         error.offset, reason);
    case SourceError::Kind::truncated:
      return fmt::format("could not read from file {0}{1}{0}, offset {2}: read 0 of {3}", quote,
                         error.segment, error.offset, missing_bytes(input, error.lsn));
    case SourceError::Kind::before_start:
      return fmt::format("WAL location {} is before the start of \"{}\"", to_string(error.lsn),
                         error.file.file);
  }
  return {};
}

}  // namespace walkit
