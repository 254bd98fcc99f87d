// A file as it is handed to the server: under its name it is whole, or not there at all.
#pragma once

#include <string>

#include "archiver/repository.h"
#include "archiver/store_decorators.h"
#include "segments/unique_fd.h"

namespace walkit {

/// Written under a temporary name, which its writer holds a lock on, and renamed. Not synced: whoever asked
/// for the file does that. Errors are of Kind::target. One thread at a time.
class RestoredFile {
 public:
  /// Begins a file that will be `target`. What a dead process left under `temporary` is removed; of one that
  /// is still writing there the end is awaited until `deadline`.
  static ArchiveResult<RestoredFile> create(std::string target, std::string temporary, Deadline deadline);
  /// The same with the temporary name `target`.walkit-tmp.
  static ArchiveResult<RestoredFile> create(const std::string& target, Deadline deadline);
  RestoredFile(RestoredFile&& other) noexcept = default;
  RestoredFile& operator=(RestoredFile&&) = delete;
  /// Discards what was not published.
  ~RestoredFile();

  ArchiveResult<void> write(ByteSpan bytes);
  /// Replaces what has the target's name.
  ArchiveResult<void> publish();

 private:
  RestoredFile(std::string target, std::string temporary, UniqueFd file)
      : target_(std::move(target)), temporary_(std::move(temporary)), file_(std::move(file)) {}

  std::string target_;
  std::string temporary_;
  UniqueFd file_;  ///< invalid once published
};

/// Gives a file the name `target`, on the same file system; what had that name is gone before. The error is
/// in errno.
bool move_into_place(const std::string& file, const std::string& target);

/// could not ACTION "PATH": CAUSE, of a file on the server's side.
std::unexpected<ArchiveError> target_error(std::string_view action, std::string_view path, int error);

}  // namespace walkit
