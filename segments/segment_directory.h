// A directory of WAL: pg_wal, an archive's directory, a folder somebody copied segments to.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "segments/file_error.h"
#include "walreader/history.h"
#include "walreader/segment_name.h"
#include "walreader/types.h"

namespace walkit {

/// What pg_wal holds beside files; `pg_wal/*` names them too.
inline constexpr std::array<std::string_view, 2> kDirectoriesBesideWal{"archive_status", "summaries"};

/// The name of a file of WAL without the .zst, .lz4 or .gz that compressing it added: at the end, or before
/// .partial, where pg_receivewal puts it.
std::string without_codec(std::string_view file_name);

/// A file whose name is one of WAL. What somebody added to it who compressed the file helps to find it and
/// says nothing about its content.
struct DirectoryEntry {
  WalFileName name;
  std::string file_name;         ///< within the directory
  std::string path;              ///< the directory's and the name
  std::uint64_t size_bytes = 0;  ///< as stored
  bool compressed_by_name = false;
};

/// Looks for WAL files by name; keeps nothing, so it sees what is there at the moment. Any thread.
class SegmentDirectory {
 public:
  explicit SegmentDirectory(std::string path) : path_(std::move(path)) {}
  const std::string& path() const { return path_; }

  /// The path of a segment: its plain name if that exists, else the first of NAME.zst, NAME.lz4, NAME.gz, and
  /// with `partial` then the same of NAME.partial, and NAME.gz.partial. nullopt: there is none of them.
  /// Whatever is found need not be a regular file, nor readable.
  std::expected<std::optional<std::string>, FileError> find(std::string_view segment_name,
                                                            bool partial) const;

  /// Files of WAL ordered by name (so by timeline, then LSN), the plain one first; other names are passed
  /// over.
  std::expected<std::vector<DirectoryEntry>, FileError> list() const;

  /// The history of `timeline`, plain or compressed. Without a history file it is one without ancestors, as
  /// it is to PostgreSQL. One that cannot be parsed is an error of kind invalid_content.
  std::expected<TimelineHistory, FileError> read_history(TimelineId timeline) const;

 private:
  std::expected<std::optional<std::string>, FileError> find_any_codec(std::string_view name,
                                                                      std::string_view tail = {}) const;

  std::string path_;
};

}  // namespace walkit
