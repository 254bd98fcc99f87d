// A file of pg_wal that is about to be archived, held against what its name says.
#pragma once

#include <optional>
#include <string>

#include "archiver/repository.h"
#include "archiver/spool.h"
#include "segments/page_probe.h"
#include "segments/unique_fd.h"

namespace walkit {

/// One thread at a time.
class InputFile {
 public:
  /// `bad_input` if it is no regular file or, for segments, not the segment its name says: other address,
  /// size not that of its header, no WAL.
  static ArchiveResult<InputFile> open(const std::string& path);

  const std::string& path() const { return path_; }
  const std::string& file() const { return file_; }  ///< the name
  const WalFileName& name() const { return name_; }
  std::uint64_t size_bytes() const { return stamp_.size_bytes; }
  const FileStamp& stamp() const { return stamp_; }
  bool is_segment() const { return probe_.has_value(); }  ///< or a partial one
  /// Of segments.
  const PageProbe& probe() const { return *probe_; }
  ClusterIdentity identity() const;

  /// Fewer bytes than asked for only at the end.
  ArchiveResult<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) const;
  /// Whether the file is still the one that was opened, unchanged.
  bool unchanged() const;

 private:
  InputFile() = default;
  ArchiveResult<void> check_segment();

  std::string path_;
  std::string file_;
  WalFileName name_;
  UniqueFd fd_;
  FileStamp stamp_;
  std::optional<PageProbe> probe_;
};

}  // namespace walkit
