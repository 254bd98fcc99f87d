#include "segments/segment_directory.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "segments/segment_file.h"

namespace walkit {
namespace {

// What names of compressed files end in; first the plain one, as the one that costs least to read.
constexpr std::array<std::string_view, 4> kCodecSuffixes{"", ".zst", ".lz4", ".gz"};

// Real ones are a few hundred bytes: a line for each promotion there ever was.
constexpr std::size_t kMaxHistoryBytes = std::size_t{1} << 20;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

std::optional<DirectoryEntry> entry_of(const std::string& directory, std::string_view file_name) {
  const std::string plain_name = without_codec(file_name);
  const auto name = parse_wal_file_name(plain_name);
  if (!name) return std::nullopt;
  DirectoryEntry entry{.name = *name,
                       .file_name = std::string(file_name),
                       .path = directory + "/" + std::string(file_name),
                       .compressed_by_name = plain_name != file_name};
  struct stat status;
  // A file may vanish while the directory is read, as segments do in pg_wal.
  if (::stat(entry.path.c_str(), &status) != 0) return std::nullopt;
  if (S_ISREG(status.st_mode)) entry.size_bytes = static_cast<std::uint64_t>(status.st_size);
  return entry;
}

std::expected<std::string, FileError> read_whole(const std::string& path, std::size_t limit_bytes) {
  auto file = SegmentFile::open(path, {.window_bytes = limit_bytes, .accept_pipes = false});
  if (!file) return std::unexpected(std::move(file).error());
  std::string text(limit_bytes + 1, '\0');
  std::size_t size = 0;
  for (;;) {
    const auto got = (*file)->read_at(size, std::as_writable_bytes(std::span(text).subspan(size)));
    if (!got) return std::unexpected(got.error());
    size += *got;
    if (size > limit_bytes)
      return std::unexpected(FileError{.kind = FileError::Kind::invalid_content,
                                       .file = path,
                                       .offset = limit_bytes,
                                       .errno_value = 0,
                                       .detail = "the file is too long"});
    if (*got == 0) break;
  }
  text.resize(size);
  return text;
}

}  // namespace

std::string without_codec(std::string_view file_name) {
  std::string_view stem = file_name;
  const std::string_view tail = stem.ends_with(kPartialSuffix) ? kPartialSuffix : std::string_view();
  stem.remove_suffix(tail.size());
  const auto suffix = std::ranges::find_if(
      kCodecSuffixes, [&](std::string_view codec) { return !codec.empty() && stem.ends_with(codec); });
  if (suffix != kCodecSuffixes.end()) stem.remove_suffix(suffix->size());
  return std::string(stem).append(tail);
}

std::expected<std::optional<std::string>, FileError> SegmentDirectory::find(std::string_view segment_name,
                                                                            bool partial) const {
  auto found = find_any_codec(segment_name);
  if (!partial || !found || *found) return found;
  found = find_any_codec(std::string(segment_name).append(kPartialSuffix));
  if (!found || *found) return found;
  return find_any_codec(segment_name, kPartialSuffix);
}

std::expected<std::optional<std::string>, FileError> SegmentDirectory::find_any_codec(
    std::string_view name, std::string_view tail) const {
  for (const std::string_view suffix : kCodecSuffixes) {
    std::string candidate = fmt::format("{}/{}{}{}", path_, name, suffix, tail);
    struct stat status;
    if (::stat(candidate.c_str(), &status) == 0) return candidate;
    if (errno != ENOENT && errno != ENOTDIR) return std::unexpected(system_error(candidate, 0, errno));
  }
  return std::nullopt;
}

std::expected<std::vector<DirectoryEntry>, FileError> SegmentDirectory::list() const {
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(path_.c_str()));
  if (!directory) return std::unexpected(system_error(path_, 0, errno));
  std::vector<DirectoryEntry> entries;
  for (;;) {
    errno = 0;
    // Each thread reads a stream of its own, which is what readdir() asks for to be safe.
    const dirent* item = ::readdir(directory.get());
    if (!item && errno != 0) return std::unexpected(system_error(path_, 0, errno));
    if (!item) break;
    if (auto entry = entry_of(path_, item->d_name)) entries.push_back(*std::move(entry));
  }
  std::ranges::sort(entries, {}, &DirectoryEntry::file_name);
  return entries;
}

std::expected<TimelineHistory, FileError> SegmentDirectory::read_history(TimelineId timeline) const {
  const auto found = find_any_codec(history_name(timeline));
  if (!found) return std::unexpected(found.error());
  const std::optional<std::string>& path = *found;
  if (!path) return TimelineHistory(timeline);
  const auto text = read_whole(*path, kMaxHistoryBytes);
  if (!text) return std::unexpected(text.error());
  auto history = TimelineHistory::parse(timeline, *text);
  if (history) return *std::move(history);
  return std::unexpected(FileError{.kind = FileError::Kind::invalid_content,
                                   .file = *path,
                                   .offset = 0,
                                   .errno_value = 0,
                                   .detail = describe(history.error())});
}

}  // namespace walkit
