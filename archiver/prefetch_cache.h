// Segments that were fetched before the server asked for them.
//
//     <spool>/prefetch.lock           held by the one process that fetches
//     <spool>/prefetch/<NAME>         a segment, whole
//                     /<NAME>.info    a line about it, written first: where it is from, size, digest,
//                     checksum
//                     /<NAME>.part    being fetched
//                     /request        the segment the server asked for last
//
// Losing any of it costs time. A segment is used only after its bytes were digested once more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archiver/restored_file.h"
#include "segments/digest.h"
#include "segments/unique_fd.h"
#include "walreader/segment_name.h"

namespace walkit {

/// Whose archive: segments of another one are not used.
struct PrefetchOrigin {
  std::string repository_id;
  std::uint64_t system_identifier = 0;

  auto operator<=>(const PrefetchOrigin&) const = default;
};

/// What NAME.info says.
struct PrefetchedInfo {
  PrefetchOrigin origin;
  std::string object;  ///< it was archived as
  std::uint64_t size_bytes = 0;
  Digest digest;

  auto operator<=>(const PrefetchedInfo&) const = default;
};

/// Any thread may call any member.
class PrefetchCache {
 public:
  /// Opens (and makes) the directory in that of a spool; nullopt if that cannot be.
  static std::optional<PrefetchCache> open(const std::string& spool);

  // What `get` does.

  /// Gives the segment away: to `target`, whole and checked. False if it is not here, or not what it should
  /// be; then it is removed.
  bool take(const std::string& name, const PrefetchOrigin& origin, const std::string& target,
            Deadline deadline) const;
  /// Returns when nobody is fetching this segment.
  void await(const std::string& name, Deadline deadline) const;
  void note_request(const SegmentName& name) const;
  bool is_locked() const;

  // What the prefetcher does.

  /// The lock, while the descriptor is open; an invalid one if another process has it.
  UniqueFd lock() const;
  std::optional<SegmentName> last_request() const;
  /// The segments that are here, in no order.
  std::vector<SegmentName> segments() const;
  /// Removes whatever there is of a segment.
  void remove(const std::string& name) const;
  /// Removes what killed prefetchers left. Only with the lock.
  void remove_unfinished() const;
  ArchiveResult<RestoredFile> begin(const std::string& name, Deadline deadline) const;
  ArchiveResult<void> publish(const std::string& name, const PrefetchedInfo& info, RestoredFile& file) const;

 private:
  PrefetchCache(std::string directory, std::string lock_file)
      : directory_(std::move(directory)), lock_file_(std::move(lock_file)) {}
  std::string path(std::string_view file) const;
  std::vector<std::string> files() const;
  std::optional<PrefetchedInfo> info(const std::string& name) const;
  bool give(const std::string& path, const PrefetchedInfo& info, const std::string& target,
            Deadline deadline) const;

  std::string directory_;
  std::string lock_file_;
};

}  // namespace walkit
