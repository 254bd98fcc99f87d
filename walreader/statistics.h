// What a stretch of WAL consists of, and who wrote it.
//
// Every byte of a record counts once in each breakdown. By relation and by fork, an image counts for the
// block it is of, and the rest of the record for the first block it refers to; a record that refers to none
// counts for no relation.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "walreader/record_counts.h"
#include "walreader/rmgr/transaction.h"
#include "walreader/rmgr/xlog.h"
#include "walreader/volume_table.h"

namespace walkit {

/// A volume and the number of images in it.
struct BlockVolume {
  Volume volume;
  std::uint64_t images = 0;

  BlockVolume& operator+=(const BlockVolume& other) {
    volume += other.volume;
    images += other.images;
    return *this;
  }
};

/// Key {0, 0, 0} is no relation.
struct RelationRow {
  RelFileLocator key;
  BlockVolume blocks;

  std::uint64_t total_bytes() const { return blocks.volume.total_bytes(); }
  RelationRow& operator+=(const RelationRow& other) {
    blocks += other.blocks;
    return *this;
  }
};

/// What one transaction id wrote; key 0 is no transaction.
struct TransactionRow {
  Xid key = 0;
  Xid top_xid = 0;  ///< of the transaction it is known to be a part of; 0 if of none
  Volume volume;
  Lsn first;                                     ///< its first record; zero if none was seen
  std::optional<TransactionMark::Kind> outcome;  ///< empty if its end was not seen
  PgTime end_time;                               ///< meaningful with an outcome

  std::uint64_t total_bytes() const { return volume.total_bytes(); }
  TransactionRow& operator+=(const TransactionRow& later);
};

/// Key: minutes since the epoch of Unix. Records before a moment that WAL states, back to the moment stated
/// before, count for the minute of the former.
struct MinuteRow {
  std::int64_t key = 0;
  Volume volume;
  std::uint64_t commits = 0;
  std::uint64_t aborts = 0;

  std::uint64_t total_bytes() const { return volume.total_bytes(); }
  MinuteRow& operator+=(const MinuteRow& other);
};

/// Why an image was logged.
enum class ImageReason : std::uint8_t {
  first_touch,  ///< the first change of a page after a checkpoint (or during a backup)
  fpi,          ///< a page logged whole, by an FPI record
  hint,         ///< a hint bit changed, with checksums or wal_log_hints
  consistency,  ///< not to be applied: wal_consistency_checking
};
inline constexpr std::size_t kImageReasons = 4;
inline constexpr std::size_t kCompressions = 4;

struct ImageVolume {
  std::uint64_t images = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t hole_bytes = 0;  ///< left out because they are zero
  std::uint64_t compression_saved_bytes = 0;

  ImageVolume& operator+=(const ImageVolume& other);
};

/// Checkpoints in order. Of very many only the latest are kept, and the totals.
class CheckpointHistory {
 public:
  struct Entry {
    Checkpoint checkpoint;
    std::optional<std::uint64_t> distance_bytes;  ///< from the redo point before; unknown of the first
  };

  void add(const Checkpoint& checkpoint);
  void append(const CheckpointHistory& later);
  void fold();

  std::span<const Entry> latest() const { return entries_; }
  std::uint64_t count() const { return count_; }
  std::uint64_t largest_distance_bytes() const { return largest_distance_; }
  /// From the first redo point to the last.
  std::uint64_t sum_of_distances_bytes() const { return sum_of_distances_; }

 private:
  std::vector<Entry> entries_;
  std::uint64_t count_ = 0;
  std::uint64_t largest_distance_ = 0;
  std::uint64_t sum_of_distances_ = 0;
};

/// Collects it all from records in order. What several threads collected of consecutive stretches is put
/// together with merge(), which gives the same as one Statistics of all the records.
///
/// Memory is bounded: beyond some 250000 relations, transactions or minutes the smallest are added up into
/// VolumeTable::folded(); all totals stay right. A value; one thread at a time.
class Statistics {
 public:
  /// Forks 0 to 3, any other number, and records without a block.
  static constexpr std::size_t kForkRows = 6;
  static constexpr std::size_t kOtherFork = 4;
  static constexpr std::size_t kNoFork = 5;

  void add(const Record& record);
  /// Adds what was collected of the records right after these.
  void merge(const Statistics& later);

  Lsn first() const { return first_; }               ///< the first record; zero if there is none
  Lsn end() const { return end_; }                   ///< where the last one ends
  TimelineId timeline() const { return timeline_; }  ///< of the last record

  const Volume& total() const { return total_; }
  const RecordCounts& counts() const { return counts_; }
  const VolumeTable<RelationRow>& relations() const { return relations_; }
  const VolumeTable<TransactionRow>& transactions() const { return transactions_; }
  const VolumeTable<MinuteRow>& minutes() const { return minutes_; }
  const BlockVolume& fork(std::size_t row) const { return forks_[row]; }
  const ImageVolume& images(ImageReason reason, Compression compression) const {
    return images_[static_cast<std::size_t>(reason)][static_cast<std::size_t>(compression)];
  }
  ImageVolume all_images() const;
  const CheckpointHistory& checkpoints() const { return checkpoints_; }

  std::uint64_t commits() const { return commits_; }
  std::uint64_t aborts() const { return aborts_; }
  /// The first and the last moment that a record states.
  std::optional<PgTime> first_time() const { return first_time_; }
  std::optional<PgTime> last_time() const { return last_time_; }
  /// The volume after the last moment.
  Volume after_last_time() const;

  std::uint64_t switches() const { return switches_; }
  /// The rest of segments that an XLOG SWITCH left early.
  std::uint64_t unused_bytes() const { return unused_bytes_; }
  /// Page headers and padding.
  std::uint64_t overhead_bytes() const;

 private:
  void begin_stride(std::uint64_t stride);
  void add_blocks(const Record& record);
  void add_image(const Record& record, const BlockRef& block);
  void add_xlog(const Record& record);
  void add_transaction(const Record& record);
  void link(Xid top_xid, ByteSpan subxacts);
  MinuteRow& state_time(PgTime time);

  RecordCounts counts_;
  Volume total_;
  VolumeTable<RelationRow> relations_;
  VolumeTable<TransactionRow> transactions_;
  VolumeTable<MinuteRow> minutes_;
  std::array<BlockVolume, kForkRows> forks_;
  std::array<std::array<ImageVolume, kCompressions>, kImageReasons> images_;
  CheckpointHistory checkpoints_;

  Lsn first_;
  Lsn end_;
  TimelineId timeline_;
  std::uint64_t stride_ = 0;
  std::uint64_t commits_ = 0;
  std::uint64_t aborts_ = 0;
  std::uint64_t switches_ = 0;
  std::uint64_t unused_bytes_ = 0;
  std::optional<PgTime> first_time_;
  std::optional<PgTime> last_time_;
  Volume at_last_time_;  // total_ as it was then
};

/// Transactions with their subtransactions added to them, as far as WAL tells which those are.
VolumeTable<TransactionRow> with_subtransactions(const VolumeTable<TransactionRow>& transactions);

/// The minute of a moment, as MinuteRow counts it.
std::int64_t minute_of(PgTime time);

}  // namespace walkit
