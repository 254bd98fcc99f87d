// Snapshots of the feed as files beside its state: FILE.snapshot belongs to the state FILE.
//
// It is replaced as a whole, and only when the sink and the state are durable up to where it was taken: so a
// state is never older than its snapshot, and what lies between them is read again and not delivered twice.
// Errors are one line that names the file.
#pragma once

#include <optional>

#include "feed/feed_decoder.h"

namespace walkit {

std::string snapshot_path_of(const std::string& state_path);

/// Takes one, durably, as FeedDecoder::save() does. Its size in bytes.
std::expected<std::uint64_t, std::string> write_snapshot(const std::string& path, FeedDecoder& decoder,
                                                         Lsn delivered, Lsn base_start);

/// One that is read. One thread at a time.
class SnapshotFile {
 public:
  /// nullptr if there is no such file.
  static std::expected<std::unique_ptr<SnapshotFile>, std::string> open(const std::string& path);
  /// That of a state; or `path` is one itself.
  static std::expected<std::unique_ptr<SnapshotFile>, std::string> open_of(const std::string& path);
  ~SnapshotFile();

  const std::string& path() const { return path_; }
  const SnapshotHeader& header() const { return header_; }
  /// The catalogs as of header().position, with their pages in `pages`; first, and once.
  std::expected<std::unique_ptr<Catalog>, std::string> read_catalog(PageTable& pages);
  /// The rest, into a decoder that was made with that catalog.
  std::expected<void, std::string> read_rest(FeedDecoder& decoder);

 private:
  class Source;
  explicit SnapshotFile(std::string path);
  std::unexpected<std::string> wrong(std::string_view why) const;

  std::string path_;
  std::unique_ptr<Source> source_;
  std::optional<SnapshotReader> reader_;
  SnapshotHeader header_;
};

}  // namespace walkit
