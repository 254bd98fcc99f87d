// pg_wal/archive_status: which files the server wants archived (NAME.ready) and which have been (NAME.done).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace walkit {

/// Any thread may call any member; the server changes the directory at any time.
class ArchiveStatus {
 public:
  /// Of the pg_wal that `wal_path` (the %p of a command) is in.
  static ArchiveStatus beside(const std::string& wal_path);

  const std::string& wal_directory() const { return wal_directory_; }

  /// Names of files that are ready, histories first, then by name: the order in which the server wants them.
  /// The error is an errno; ENOENT where the directory is no pg_wal.
  std::expected<std::vector<std::string>, int> ready() const;
  bool is_ready(std::string_view name) const;
  bool is_done(std::string_view name) const;
  /// Tells the server that a file needs no archiving any more. False if it was no longer ready.
  bool mark_done(std::string_view name) const;

  std::string path_of(std::string_view name) const;

 private:
  explicit ArchiveStatus(std::string wal_directory) : wal_directory_(std::move(wal_directory)) {}
  std::string status_file(std::string_view name, std::string_view suffix) const;

  std::string wal_directory_;
};

}  // namespace walkit
