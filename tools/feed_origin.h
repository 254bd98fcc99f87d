// Where a feed begins: with the catalogs of a data directory, or with what an earlier feed knew.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "feed/io/data_directory_reader.h"
#include "feed/io/snapshot_file.h"

namespace walkit {

/// Movable; one thread at a time. Errors are one line that names the file.
class FeedOrigin {
 public:
  /// `catalog` is a directory, or the state of a feed; empty if there is a snapshot. `resumed`: the snapshot
  /// of the state that is gone on with, which comes first; nullptr if there is none.
  static std::expected<FeedOrigin, std::string> open(const std::string& catalog,
                                                     std::unique_ptr<SnapshotFile> resumed);

  /// What the messages call it.
  const std::string& name() const { return name_; }
  std::uint64_t system_identifier() const;
  Major major() const;
  /// Where WAL has to be read from.
  Lsn start() const;
  TimelineId timeline() const;  ///< at start()
  /// What comes before it is known already; start() if nothing is.
  Lsn position() const;
  /// nullptr: a snapshot is all there is.
  DataDirectoryReader* directory() const { return directory_.get(); }
  /// nullptr: a directory is.
  SnapshotFile* snapshot() const { return snapshot_.get(); }

  /// As pages were when reading began; nullptr if that is not at hand.
  BasePages* base() const;
  /// Of base(); zero if there is none.
  Lsn base_start() const { return base() == nullptr ? Lsn{} : directory_->start(); }

  std::expected<std::unique_ptr<Catalog>, std::string> read_catalog(PageTable& pages);
  /// That of the catalog, which was read.
  TransactionLog& log();

 private:
  std::string name_;
  std::unique_ptr<DataDirectoryReader> directory_;
  std::unique_ptr<SnapshotFile> snapshot_;
  SnapshotLog snapshot_log_;
};

}  // namespace walkit
