#include "tools/verify_input.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <string_view>

#include "segments/segment_directory.h"
#include "segments/segment_file.h"
#include "tools/messages.h"

namespace walkit {
namespace {

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

std::string joined(std::string directory, std::string_view name) {
  if (!directory.ends_with('/')) directory += '/';
  return directory.append(name);
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

bool is_directory(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool is_archived(const std::string& path, const SegmentName& name) {
  const std::string mark = joined(directory_of(path), "archive_status/") + format_segment_name(name);
  return exists(mark + ".ready") || exists(mark + ".done");
}

class Collector {
 public:
  explicit Collector(VerifyReport& report) : report_(report) {}

  std::vector<VerifySet> collect(const std::vector<std::string>& operands) {
    VerifySet named;
    std::set<std::string> directories;
    for (const std::string& operand : operands) {
      if (is_directory(operand)) {
        add_directory(operand, operands.size() == 1);
        continue;
      }
      directories.insert(directory_of(operand));
      add_file(operand, named);
    }
    for (const std::string& directory : directories)
      if (const auto entries = SegmentDirectory(directory).list()) add_histories(directory, *entries, named);
    if (!named.files.empty()) sets_.push_back(std::move(named));
    return std::move(sets_);
  }

 private:
  void add_directory(std::string path, bool alone) {
    auto entries = SegmentDirectory(path).list();
    if (!entries) {
      report_.problems.push_back(problem_of(entries.error(), {}));
      return;
    }
    const std::string inner = joined(path, "pg_wal");
    if (!has_segments(*entries) && is_directory(inner)) {
      path = inner;
      entries = SegmentDirectory(path).list();
    }
    if (!entries || !has_segments(*entries)) {
      const bool expected =
          !alone && std::ranges::find(kDirectoriesBesideWal, base_name(path)) != kDirectoriesBesideWal.end();
      if (!expected)
        report_.damage(path, {}, "directory holds no WAL segments",
                       "Name pg_wal, an archive's directory, or a data directory.");
      return;
    }
    VerifySet set;
    set.directory = path;
    for (const DirectoryEntry& entry : *entries)
      if (entry.name.kind == WalFileKind::segment || entry.name.kind == WalFileKind::partial)
        add_file(entry.path, set);
    add_histories(path, *entries, set);
    sets_.push_back(std::move(set));
  }

  static bool has_segments(const std::vector<DirectoryEntry>& entries) {
    return std::ranges::any_of(entries, [](const DirectoryEntry& entry) {
      return entry.name.kind == WalFileKind::segment || entry.name.kind == WalFileKind::partial;
    });
  }

  void add_histories(const std::string& directory, const std::vector<DirectoryEntry>& entries,
                     VerifySet& set) {
    for (const DirectoryEntry& entry : entries) {
      if (entry.name.kind != WalFileKind::history) continue;
      const TimelineId timeline = entry.name.segment.timeline;
      auto history = SegmentDirectory(directory).read_history(timeline);
      if (history)
        set.histories.insert_or_assign(timeline, *std::move(history));
      else
        report_.problems.push_back(problem_of(history.error(), {}));
    }
  }

  void add_file(const std::string& path, VerifySet& set) {
    const auto name = parse_wal_file_name(without_codec(base_name(path)));
    const bool other =
        name && (name->kind == WalFileKind::history || name->kind == WalFileKind::backup_history);
    if (other && exists(path)) return;
    VerifyFile file{.path = path, .name = {}, .probe = {}};
    if (name && !other) {
      file.name = name->segment;
      file.partial = name->kind == WalFileKind::partial;
      file.archived = !file.partial && is_archived(path, name->segment);
    }
    const auto content = SegmentFile::open(path, {.window_bytes = kProbeSize, .accept_pipes = false});
    auto probe = content ? probe_file(**content) : std::unexpected(content.error());
    if (!probe) {
      report_.problems.push_back(problem_of(probe.error(), {}));
      if (file.name) set.unusable.push_back(*file.name);
      return;
    }
    file.probe = *probe;
    set.files.push_back(std::move(file));
  }

  VerifyReport& report_;
  std::vector<VerifySet> sets_;
};

}  // namespace

std::vector<VerifySet> collect_verify_sets(const std::vector<std::string>& operands, VerifyReport& report) {
  return Collector(report).collect(operands);
}

SegmentFile::Result open_verify_file(const std::string& path) {
  return SegmentFile::open(path, {.accept_pipes = false});
}

VerifyProblem problem_of(const FileError& error, Lsn lsn) {
  const bool compressed = error.kind == FileError::Kind::corrupt_compressed ||
                          error.kind == FileError::Kind::compressed_cut_short;
  const bool content = compressed || error.kind == FileError::Kind::invalid_content;
  const std::string reason = error.errno_value != 0 ? errno_text(error.errno_value) : error.detail;
  VerifyProblem problem{.severity = content ? Severity::damage : Severity::unreadable,
                        .file = error.file,
                        .lsn = lsn,
                        .text = reason};
  if (compressed) problem.text = fmt::format("could not decompress at offset {}: {}", error.offset, reason);
  if (!content) problem.text = fmt::format("could not read file: {}", reason);
  return problem;
}

}  // namespace walkit
