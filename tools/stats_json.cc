// The report of `walkit stats` for programs: one object. docs/stats.md describes the members.
#include <fmt/format.h>

#include "tools/stats_report.h"
#include "walreader/json_sink.h"
#include "walreader/local_time.h"
#include "walreader/rmgr/rmgr.h"
#include "walreader/text_sink.h"

namespace walkit {
namespace {

class JsonReport {
 public:
  JsonReport(TextBuffer& out, const Statistics& statistics, const StatsChoice& choice,
             const StatsSubject& subject)
      : json_(out, format_of(subject.major), subject.names),
        statistics_(statistics),
        top_(choice.top),
        subject_(subject) {}

  void add_all(const std::vector<Breakdown>& breakdowns) {
    json_.begin_object({});
    add_summary();
    for (const Breakdown breakdown : breakdowns) add(breakdown);
    json_.end_object();
  }

 private:
  void add_summary() {
    json_.uint("major", static_cast<std::uint64_t>(subject_.major));
    json_.uint("timeline", statistics_.timeline().value);
    json_.lsn("from", statistics_.first());
    json_.lsn("to", statistics_.end());
    json_.word("stopped", subject_.stopped);
    add_volume(statistics_.total());
    json_.uint("images", statistics_.all_images().images);
    json_.uint("overhead_bytes", statistics_.overhead_bytes());
    json_.uint("switches", statistics_.switches());
    json_.uint("unused_bytes", statistics_.unused_bytes());
    json_.uint("commits", statistics_.commits());
    json_.uint("aborts", statistics_.aborts());
    add_time("first_time", statistics_.first_time());
    add_time("last_time", statistics_.last_time());
  }

  void add(Breakdown breakdown) {
    switch (breakdown) {
      case Breakdown::rmgr:
        return add_rows(breakdown, rank_rmgrs(statistics_, top_));
      case Breakdown::record:
        return add_rows(breakdown, rank_types(statistics_, top_));
      case Breakdown::relation:
        return add_rows(breakdown, rank_relations(statistics_, top_));
      case Breakdown::table:
        if (subject_.names == nullptr) return;
        return add_rows(breakdown, rank_tables(statistics_, top_, *subject_.names));
      case Breakdown::fork:
        return add_rows(breakdown, rank_forks(statistics_, top_));
      case Breakdown::image:
        return add_rows(breakdown, rank_images(statistics_, top_));
      case Breakdown::xid:
        return add_rows(breakdown, rank_transactions(statistics_, top_));
      case Breakdown::time:
        return add_rows(breakdown, rank_minutes(statistics_, top_));
      case Breakdown::checkpoint:
        return add_checkpoints();
    }
  }

  // "relation": [rows], and "relation_others": what --top left out, with its number of rows.
  template <typename Row>
  void add_rows(Breakdown breakdown, const Ranking<Row>& ranking) {
    json_.begin_array(breakdown_name(breakdown));
    for (const Row& row : ranking.rows) {
      json_.begin_object({});
      add_key(row);
      add_values(row);
      json_.end_object();
    }
    json_.end_array();
    if (ranking.rest_rows == 0) return;
    json_.begin_object(fmt::format("{}_others", breakdown_name(breakdown)));
    json_.uint("rows", ranking.rest_rows);
    add_values(ranking.rest);
    json_.end_object();
  }

  void add_key(const RecordTypeRow& row) {
    const auto rmid = static_cast<std::uint8_t>(row.rmid);
    json_.word("rmgr", rmgr_name(rmid));
    json_.uint("rmid", rmid);
    if (row.type < 0) return;
    const auto info = static_cast<std::uint8_t>(row.type << 4);
    const std::string_view type = record_name(subject_.major, rmid, info);
    if (type.empty())
      json_.null("type");
    else
      json_.word("type", type);
    json_.uint("info", info);
  }
  void add_key(const RelationRow& row) {
    if (row.key != RelFileLocator{}) return json_.relation_members(row.key);
    for (const char* key : {"tablespace", "database", "relation"}) json_.null(key);
    if (subject_.names != nullptr) json_.null("name");
  }
  void add_key(const TableRow& row) {
    const bool named = row.name.has_value();
    const bool owned = named && !row.name->table.empty();
    json_.text_or_null("database", named ? row.name->database : "");
    json_.text_or_null("schema", !named ? "" : owned ? row.name->table_schema : row.name->schema);
    json_.text_or_null("name", !named ? "" : owned ? row.name->table : row.name->name);
  }
  void add_key(const ForkRow& row) {
    if (row.fork == Statistics::kNoFork)
      json_.null("fork");
    else
      json_.word("fork", fork_name(static_cast<Fork>(row.fork)));
  }
  void add_key(const ImageRow& row) {
    json_.word("reason", image_reason_name(row.reason));
    if (row.compression == Compression::none)
      json_.null("compression");
    else
      json_.word("compression", compression_name(row.compression));
  }
  void add_key(const TransactionRow& row) {
    const bool none = row.key == 0;
    add_number("xid", row.key, none);
    if (none) return;
    json_.word("outcome", outcome_name(row.outcome));
    add_time("end_time", row.outcome ? std::optional(row.end_time) : std::nullopt);
    if (row.first.valid())
      json_.lsn("first_lsn", row.first);
    else
      json_.null("first_lsn");
  }
  void add_key(const MinuteRow& row) { json_.time({}, "minute", PgTime{moment(row.key * 60)}); }

  void add_values(const RecordTypeRow& row) { add_volume(row.volume); }
  void add_values(const RelationRow& row) { add_blocks(row.blocks); }
  void add_values(const TableRow& row) {
    json_.uint("files", row.files);
    add_blocks(row.blocks);
  }
  void add_values(const ForkRow& row) { add_blocks(row.blocks); }
  void add_values(const TransactionRow& row) { add_volume(row.volume); }
  void add_values(const MinuteRow& row) {
    json_.uint("commits", row.commits);
    json_.uint("aborts", row.aborts);
    add_volume(row.volume);
  }
  void add_values(const ImageRow& row) {
    json_.uint("images", row.volume.images);
    json_.uint("image_bytes", row.volume.stored_bytes);
    json_.uint("hole_bytes", row.volume.hole_bytes);
    json_.uint("compression_saved_bytes", row.volume.compression_saved_bytes);
  }

  void add_blocks(const BlockVolume& blocks) {
    add_volume(blocks.volume);
    json_.uint("images", blocks.images);
  }
  void add_volume(const Volume& volume) {
    json_.uint("records", volume.records);
    json_.uint("record_bytes", volume.record_bytes);
    json_.uint("image_bytes", volume.image_bytes);
    json_.uint("total_bytes", volume.total_bytes());
  }

  void add_checkpoints() {
    const CheckpointHistory& history = statistics_.checkpoints();
    const CheckpointRows checkpoints = latest_checkpoints(statistics_, top_);
    json_.begin_array(breakdown_name(Breakdown::checkpoint));
    for (const auto& [checkpoint, distance] : checkpoints.latest) {
      json_.begin_object({});
      json_.lsn("lsn", checkpoint.lsn);
      json_.lsn("redo", checkpoint.redo);
      json_.word("kind", checkpoint.shutdown ? "shutdown" : "online");
      json_.time({}, "begin_time", PgTime{moment(checkpoint.unix_seconds)});
      if (distance)
        json_.uint("distance_bytes", *distance);
      else
        json_.null("distance_bytes");
      json_.end_object();
    }
    json_.end_array();
    json_.begin_object("checkpoint_summary");
    json_.uint("checkpoints", history.count());
    json_.uint("sum_of_distances_bytes", history.sum_of_distances_bytes());
    json_.uint("largest_distance_bytes", history.largest_distance_bytes());
    json_.end_object();
  }

  void add_number(std::string_view key, std::uint64_t value, bool null) {
    if (null)
      json_.null(key);
    else
      json_.uint(key, value);
  }
  void add_time(std::string_view key, std::optional<PgTime> time) {
    if (time)
      json_.time({}, key, *time);
    else
      json_.null(key);
  }

  // Seconds of Unix as PostgreSQL's microseconds; absurd ones out of a broken record wrap around.
  static std::int64_t moment(std::int64_t unix_seconds) {
    return static_cast<std::int64_t>((static_cast<std::uint64_t>(unix_seconds) - kPostgresEpochUnixSeconds) *
                                     std::uint64_t{kMicrosecondsPerSecond});
  }

  JsonSink json_;
  const Statistics& statistics_;
  const std::size_t top_;
  const StatsSubject& subject_;
};

}  // namespace

void append_stats_json(TextBuffer& out, const Statistics& statistics, const StatsChoice& choice,
                       const StatsSubject& subject) {
  JsonReport(out, statistics, choice, subject).add_all(choice.by);
  out.append('\n');
}

}  // namespace walkit
