// What `walkit stats` shows: the breakdowns that were asked for, largest rows first. Rendered as text and
// JSON.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "walreader/relation_names.h"
#include "walreader/statistics.h"
#include "walreader/text_buffer.h"

namespace walkit {

class LocalTime;

enum class Breakdown : std::uint8_t { rmgr, record, relation, table, fork, image, xid, time, checkpoint };
inline constexpr std::size_t kBreakdowns = 9;

/// The name in --by and in JSON.
std::string_view breakdown_name(Breakdown breakdown);

struct StatsChoice {
  std::vector<Breakdown> by = {Breakdown::rmgr, Breakdown::record, Breakdown::relation, Breakdown::image,
                               Breakdown::xid};
  std::size_t top = 10;  ///< rows a breakdown shows; 0: all
};

/// Rows, and the sum of those that are not shown.
template <typename Row>
struct Ranking {
  std::vector<Row> rows;
  Row rest;
  std::uint64_t rest_rows = 0;
};

/// A record type, or with type -1 a whole resource manager.
struct RecordTypeRow {
  int rmid = 0;
  int type = -1;  ///< high nibble of xl_info
  Volume volume;

  std::uint64_t total_bytes() const { return volume.total_bytes(); }
  RecordTypeRow& operator+=(const RecordTypeRow& other) {
    volume += other.volume;
    return *this;
  }
};

/// A table with its indexes and TOAST, or a relation that belongs to none.
struct TableRow {
  std::optional<RelationName> name;  ///< of one of its files; empty: files without a name, or no relation
  bool none = false;                 ///< no relation
  std::uint64_t files = 0;
  BlockVolume blocks;

  std::uint64_t total_bytes() const { return blocks.volume.total_bytes(); }
  TableRow& operator+=(const TableRow& other) {
    files += other.files;
    blocks += other.blocks;
    return *this;
  }
};

struct ForkRow {
  std::size_t fork = 0;  ///< as Statistics::fork() takes it
  BlockVolume blocks;

  std::uint64_t total_bytes() const { return blocks.volume.total_bytes(); }
  ForkRow& operator+=(const ForkRow& other) {
    blocks += other.blocks;
    return *this;
  }
};

struct ImageRow {
  ImageReason reason = ImageReason::first_touch;
  Compression compression = Compression::none;
  ImageVolume volume;

  std::uint64_t total_bytes() const { return volume.stored_bytes; }
  ImageRow& operator+=(const ImageRow& other) {
    volume += other.volume;
    return *this;
  }
};

struct CheckpointRows {
  std::span<const CheckpointHistory::Entry> latest;  ///< at most `top`
  std::uint64_t earlier = 0;                         ///< how many there were before
};

Ranking<RecordTypeRow> rank_rmgrs(const Statistics& statistics, std::size_t top);
Ranking<RecordTypeRow> rank_types(const Statistics& statistics, std::size_t top);
Ranking<RelationRow> rank_relations(const Statistics& statistics, std::size_t top);
Ranking<TableRow> rank_tables(const Statistics& statistics, std::size_t top, RelationNames& names);
Ranking<ForkRow> rank_forks(const Statistics& statistics, std::size_t top);
Ranking<ImageRow> rank_images(const Statistics& statistics, std::size_t top);
Ranking<TransactionRow> rank_transactions(const Statistics& statistics, std::size_t top);
/// The minutes in which most was written, in the order of time.
Ranking<MinuteRow> rank_minutes(const Statistics& statistics, std::size_t top);
CheckpointRows latest_checkpoints(const Statistics& statistics, std::size_t top);

/// How the reading of the WAL ended: "end_of_range", "end_of_wal", "damage", "unreadable" or "interrupted".
struct StatsSubject {
  Major major = kNewestMajor;
  std::string_view stopped = "end_of_range";
  RelationNames* names = nullptr;  ///< as they are at the end; nullptr: there are none
};

std::string_view image_reason_name(ImageReason reason);  ///< first_touch, ...
std::string_view outcome_name(
    const std::optional<TransactionMark::Kind>& outcome);  ///< committed, ...; "open"

void append_stats_text(TextBuffer& out, const Statistics& statistics, const StatsChoice& choice,
                       const StatsSubject& subject, LocalTime& zone);
/// One object and a newline.
void append_stats_json(TextBuffer& out, const Statistics& statistics, const StatsChoice& choice,
                       const StatsSubject& subject);

}  // namespace walkit
