// What walkit remembers between two calls, beside the repository: losing it costs time, never safety.
//
//     <spool>/<cluster>-<16 digits>/repository   the id of the repository that was used last
//                                  /<name>.ok    NAME is durable in the repository: an acknowledgement
//                                  /prefetch/    of `get`
//
// The digits are a checksum of the repository's URL and of the data directory's device and inode.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "archiver/data_directory.h"
#include "archiver/repository.h"
#include "segments/digest.h"

namespace walkit {

/// Whatever changes when a file is written to or replaced.
struct FileStamp {
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;

  static FileStamp of(const struct stat& status);
  auto operator<=>(const FileStamp&) const = default;
};

struct SpoolError {
  std::string text;
  bool unsafe = false;  ///< others can write there; what else went wrong costs no more than the spool itself
};

/// One server's spool. Any thread may call any member.
class Spool {
 public:
  /// Opens (and makes) the directory of one server below `root`, which must exist. An error if `root` or what
  /// is below may be written by others than their owner: who can write there can make segments disappear.
  static std::expected<Spool, SpoolError> open(const std::string& root, const std::string& repository_url,
                                               const std::string& cluster, const DataDirectory& server);

  /// Absolute.
  const std::string& path() const { return path_; }

  /// The id of the repository when it was last used; nullopt if there is none, or it cannot be read.
  std::optional<std::string> repository_id() const;
  std::expected<void, std::string> remember(std::string_view repository_id) const;

  /// What an acknowledgement says: NAME with this stamp is in the repository with this content.
  struct Acknowledgement {
    std::string repository_id;
    std::uint64_t system_identifier = 0;
    FileStamp stamp;
    Digest digest;
  };
  /// Leaves one. Only after the object is durable.
  std::expected<void, std::string> acknowledge(std::string_view name, const Acknowledgement& what) const;
  /// Whether there is one of a file that is still the same, and of the repository remembered. What does not
  /// match exactly is removed; what does stays until forget().
  bool is_acknowledged(std::string_view name, const FileStamp& stamp) const;
  void forget(std::string_view name) const;
  /// Removes the acknowledgements of files that nobody will ask for, and what killed writers left of such.
  void forget_unless(const std::function<bool(const std::string& name)>& wanted) const;

 private:
  explicit Spool(std::string path) : path_(std::move(path)) {}
  std::string path_of(std::string_view name) const;  ///< of its acknowledgement

  std::string path_;
};

/// Opens the repository that the spool remembers, which must be there: an empty mount point must look neither
/// like a new repository nor like an empty archive. Where nothing is remembered (or `spool` is nullptr) the
/// one that is there; with `create` it is made if there is none.
ArchiveResult<Repository> open_remembered(Store& store, const std::string& cluster, const Spool* spool,
                                          bool create);

/// Writes a file of the spool: to a temporary name, then renamed. Not synced.
std::expected<void, std::string> replace_file(const std::string& path, std::string_view content);

}  // namespace walkit
