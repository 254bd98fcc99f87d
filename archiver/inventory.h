// What a repository holds of one server, as names and headers tell: nothing is decompressed but histories and
// backup labels, which are small.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "archiver/repository.h"
#include "segments/object_header.h"
#include "walreader/backup_history.h"
#include "walreader/chain.h"

namespace walkit {

/// One object, with the header beside it if that is where it is.
struct InventoryItem {
  std::string object;  ///< its name in the store
  ObjectName name;
  std::uint64_t stored_bytes = 0;        ///< all headers included
  bool has_sidecar = false;              ///< of plain objects
  std::optional<ObjectHeader> header{};  ///< nullopt: not read, or not to be read
  std::optional<ArchiveError> error{};   ///< why the header cannot be read

  bool is(WalFileKind kind) const { return name.wal.kind == kind; }
  bool is_wal() const { return is(WalFileKind::segment) || is(WalFileKind::partial); }
};

/// A base backup whose label was archived.
struct ArchivedBackup {
  std::size_t item{};  ///< the label, as a position among the items
  BackupHistory label;
  TimelineId timeline;               ///< it started on
  std::int64_t finished_unix_s = 0;  ///< by the label, else when that was archived, which is later
};

struct Inventory {
  ClusterIdentity identity;
  std::vector<InventoryItem> items{};     ///< by name
  std::vector<ListedObject> orphans{};    ///< headers whose segment is not there
  std::vector<ListedObject> strangers{};  ///< what no archiver has put there
  std::vector<Leftover> leftovers{};
  // After read_labels():
  Histories histories{};
  std::vector<ArchivedBackup> backups{};  ///< by the time they were finished
  std::vector<std::size_t>
      unreadable_texts;  ///< histories and labels with a header whose content is of no use

  SegmentNo number_of(const InventoryItem& item) const {
    return item.name.wal.segment.number(identity.segment_size_bytes);
  }
  /// The newest timeline with a segment; zero if there is none.
  TimelineId newest_timeline() const;
  /// Its history; one without ancestors if none was archived.
  TimelineHistory newest_history() const;
};

/// Names and sizes only.
ArchiveResult<Inventory> list_inventory(const Repository& repository, const ClusterIdentity& identity);

/// Reads histories and backup labels. One that cannot be read is an item with an error.
void read_labels(Store& store, Inventory& inventory);

/// All of it, headers read by `jobs` threads. An object that cannot be read is an item with an error.
ArchiveResult<Inventory> read_inventory(const Repository& repository, const ClusterIdentity& identity,
                                        int jobs);

/// For each segment and partial segment the copy that `get` would give, or without readable headers any:
/// positions among the items, by name.
std::vector<std::size_t> restorable_copies(const Inventory& inventory);

/// Consecutive segments of one timeline.
struct ArchivedRange {
  TimelineId timeline;
  std::string first_file, last_file;
  Lsn start;  ///< of the first segment
  Lsn end;    ///< of the last one, or where its records end
  std::uint64_t segments = 0;
  std::uint64_t plain_bytes = 0;
  std::uint64_t stored_bytes = 0;
  std::optional<PgTime> first_commit{}, last_commit{};
  std::optional<std::int64_t> first_archived_ms{}, last_archived_ms{};  ///< since 1970
};

struct ArchivedGap {
  TimelineId timeline;
  std::string first_file, last_file;  ///< that are missing
  std::uint64_t segments = 0;
  std::string next_file;  ///< the one after the gap
};

/// Everything about an inventory that is not about one object alone.
struct InventorySummary {
  std::vector<ArchivedRange> ranges;  ///< by timeline, then LSN
  std::vector<ArchivedGap> gaps;
  std::vector<std::size_t> damaged;     ///< segments with broken records, as their headers say
  std::vector<std::size_t> unreadable;  ///< items without a header or of no use
  std::vector<std::size_t> diverging;   ///< copies that contradict another one
  std::uint64_t segments = 0, partials = 0, variants = 0, histories = 0, labels = 0;
  std::uint64_t plain_bytes = 0;   ///< as far as headers say, else by the segment size
  std::uint64_t stored_bytes = 0;  ///< of all objects
  Lsn highest;                     ///< where the records of the newest timeline end
  std::optional<std::int64_t> oldest_archived_ms, newest_archived_ms;

  bool sound() const { return gaps.empty() && damaged.empty() && unreadable.empty() && diverging.empty(); }
};
InventorySummary summarize(const Inventory& inventory);

/// The content of a small object (a history, a label), checked; Kind::damaged if it is longer than any such
/// file.
ArchiveResult<std::string> read_text_object(Store& store, const std::string& object);

}  // namespace walkit
