// The report of `walkit stats` for people.
#include <fmt/format.h>

#include <algorithm>

#include "tools/stats_report.h"
#include "tools/text_table.h"
#include "tools/units.h"
#include "walreader/local_time.h"
#include "walreader/read_error.h"
#include "walreader/rmgr/rmgr.h"
#include "walreader/text_sink.h"

namespace walkit {
namespace {

using Cells = std::vector<std::string>;

std::string count(std::uint64_t number) { return fmt::format("{}", number); }

void append(Cells& to, const Cells& cells) { to.insert(to.end(), cells.begin(), cells.end()); }

class TextReport {
 public:
  TextReport(TextBuffer& out, const Statistics& statistics, const StatsChoice& choice,
             const StatsSubject& subject, LocalTime& zone)
      : out_(out), statistics_(statistics), top_(choice.top), subject_(subject), zone_(zone) {}

  void add_summary() {
    out_.append(fmt::format("WAL of PostgreSQL {}, timeline {}, from {} to {}{}\n",
                            static_cast<int>(subject_.major), statistics_.timeline().value,
                            to_string(statistics_.first()), to_string(statistics_.end()), ending()));
    if (const auto first = statistics_.first_time()) add_times(*first, *statistics_.last_time());
    out_.append('\n');

    const Volume& total = statistics_.total();
    const std::uint64_t all = total.total_bytes() + statistics_.overhead_bytes() + statistics_.unused_bytes();
    TextTable table({{"", Align::left}, {"number"}, {"size"}, {"share"}});
    const auto add = [&](const char* name, const std::string& number, std::uint64_t bytes) {
      table.add_row({name, number, binary_size(bytes), percentage(bytes, all)});
    };
    add("records", count(total.records), total.record_bytes);
    add("full-page images", count(statistics_.all_images().images), total.image_bytes);
    add("page headers and padding", "", statistics_.overhead_bytes());
    if (statistics_.switches() > 0)
      add("unused after switches of segments", count(statistics_.switches()), statistics_.unused_bytes());
    add("all", "", all);
    table.append_to(out_);
  }

  void add(Breakdown breakdown) {
    out_.append('\n');
    switch (breakdown) {
      case Breakdown::rmgr:
        return add_types("resource manager", rank_rmgrs(statistics_, top_));
      case Breakdown::record:
        return add_types("record type", rank_types(statistics_, top_));
      case Breakdown::relation:
        return add_relations();
      case Breakdown::table:
        return add_tables();
      case Breakdown::fork:
        return add_forks();
      case Breakdown::image:
        return add_images();
      case Breakdown::xid:
        return add_transactions();
      case Breakdown::time:
        return add_minutes();
      case Breakdown::checkpoint:
        return add_checkpoints();
    }
  }

 private:
  std::string_view ending() const {
    if (subject_.stopped == "end_of_wal") return ", where it ends";
    if (subject_.stopped == "end_of_range") return "";
    return ", where reading stopped";
  }

  void add_times(PgTime first, PgTime last) {
    TextBuffer line;
    line.append(plural(statistics_.commits(), "commit") + ", ");
    line.append(plural(statistics_.aborts(), "rollback") + ", ");
    append_time(line, first, zone_);
    line.append(" to ");
    append_time(line, last, zone_);
    const double seconds =
        (static_cast<double>(last.microseconds) - static_cast<double>(first.microseconds)) /
        static_cast<double>(kMicrosecondsPerSecond);
    if (seconds >= 1)
      line.append(fmt::format(", {}/s",
                              binary_size(static_cast<std::uint64_t>(
                                  static_cast<double>(statistics_.end() - statistics_.first()) / seconds))));
    line.append('\n');
    out_.append(line.view());
  }

  Cells volume_cells(const Volume& volume) const {
    return {count(volume.records), binary_size(volume.record_bytes), binary_size(volume.image_bytes),
            binary_size(volume.total_bytes()), share(volume.total_bytes())};
  }
  Cells block_cells(const BlockVolume& blocks) const {
    const Volume& volume = blocks.volume;
    return {count(volume.records),           binary_size(volume.record_bytes),  count(blocks.images),
            binary_size(volume.image_bytes), binary_size(volume.total_bytes()), share(volume.total_bytes())};
  }
  std::string share(std::uint64_t bytes) const {
    return percentage(bytes, statistics_.total().total_bytes());
  }

  static std::vector<TableColumn> volume_columns(std::vector<TableColumn> before) {
    for (const char* title : {"records", "record size", "image size", "total", "share"})
      before.push_back({title});
    return before;
  }
  static std::vector<TableColumn> block_columns(const char* name) {
    return {{name, Align::left}, {"records"}, {"record size"}, {"images"},
            {"image size"},      {"total"},   {"share"}};
  }

  // A row is what `labels` and `values` make of it; what is not shown gets one row with its values.
  template <typename Row, typename Labels, typename Values>
  void add_table(std::vector<TableColumn> columns, const Ranking<Row>& ranking, Labels labels,
                 Values values) {
    const std::size_t width = columns.size();
    TextTable table(std::move(columns));
    for (const Row& row : ranking.rows) {
      Cells line = labels(row);
      append(line, values(row));
      table.add_row(std::move(line));
    }
    if (ranking.rest_rows > 0) {
      const Cells sums = values(ranking.rest);
      Cells line{plural(ranking.rest_rows, "other")};
      line.resize(width - sums.size());
      append(line, sums);
      table.add_row(std::move(line));
    }
    table.append_to(out_);
  }

  void add_types(const char* title, const Ranking<RecordTypeRow>& ranking) {
    add_table(
        volume_columns({{title, Align::left}}), ranking,
        [this](const RecordTypeRow& row) { return Cells{name_of(row)}; },
        [this](const RecordTypeRow& row) { return volume_cells(row.volume); });
  }

  std::string name_of(const RecordTypeRow& row) const {
    const auto rmid = static_cast<std::uint8_t>(row.rmid);
    if (row.type < 0) return std::string(rmgr_name(rmid));
    const auto info = static_cast<std::uint8_t>(row.type << 4);
    const std::string_view type = record_name(subject_.major, rmid, info);
    return type.empty() ? fmt::format("{}/UNKNOWN ({:x})", rmgr_name(rmid), info)
                        : fmt::format("{}/{}", rmgr_name(rmid), type);
  }

  void add_relations() {
    std::vector<TableColumn> columns = block_columns("relation");
    if (subject_.names != nullptr) columns.insert(columns.begin() + 1, {"name", Align::left});
    add_table(
        std::move(columns), rank_relations(statistics_, top_),
        [this](const RelationRow& row) {
          const auto& [tablespace, database, relation] = row.key;
          const bool none = row.key == RelFileLocator{};
          Cells cells{none ? "(none)" : fmt::format("{}/{}/{}", tablespace, database, relation)};
          if (subject_.names == nullptr) return cells;
          const RelationName* name = none ? nullptr : subject_.names->of(row.key);
          cells.push_back(name == nullptr ? "" : name->label);
          return cells;
        },
        [this](const RelationRow& row) { return block_cells(row.blocks); });
  }

  void add_tables() {
    if (subject_.names == nullptr) return;
    std::vector<TableColumn> columns = block_columns("table, with indexes and TOAST");
    columns.insert(columns.begin() + 1, {"files"});
    add_table(
        std::move(columns), rank_tables(statistics_, top_, *subject_.names),
        [](const TableRow& row) {
          return Cells{row.none ? "(none)" : row.name ? row.name->table_label : "(without a name)"};
        },
        [this](const TableRow& row) {
          Cells cells = block_cells(row.blocks);
          cells.insert(cells.begin(), row.none ? "" : count(row.files));
          return cells;
        });
  }

  void add_forks() {
    add_table(
        block_columns("fork"), rank_forks(statistics_, top_),
        [](const ForkRow& row) {
          if (row.fork == Statistics::kNoFork) return Cells{"(none)"};
          return Cells{std::string(fork_name(static_cast<Fork>(row.fork)))};
        },
        [this](const ForkRow& row) { return block_cells(row.blocks); });
  }

  void add_images() {
    add_table(
        {{"images, why logged", Align::left},
         {"compression", Align::left},
         {"images"},
         {"size"},
         {"hole saved"},
         {"compression saved"},
         {"share"}},
        rank_images(statistics_, top_),
        [](const ImageRow& row) {
          const std::string_view method = compression_name(row.compression);
          return Cells{std::string(reason_text(row.reason)), std::string(method.empty() ? "none" : method)};
        },
        [this](const ImageRow& row) {
          const ImageVolume& volume = row.volume;
          return Cells{count(volume.images), binary_size(volume.stored_bytes), binary_size(volume.hole_bytes),
                       binary_size(volume.compression_saved_bytes), share(volume.stored_bytes)};
        });
  }

  static std::string_view reason_text(ImageReason reason) {
    switch (reason) {
      case ImageReason::first_touch:
        return "first change after a checkpoint";
      case ImageReason::fpi:
        return "whole page logged (FPI)";
      case ImageReason::hint:
        return "hint bits (FPI_FOR_HINT)";
      case ImageReason::consistency:
        return "wal_consistency_checking";
    }
    return "";
  }

  void add_transactions() {
    add_table(
        volume_columns({{"transaction", Align::left}, {"outcome", Align::left}, {"ended", Align::left}}),
        rank_transactions(statistics_, top_),
        [this](const TransactionRow& row) {
          if (row.key == 0) return Cells{"(none)", "", ""};
          return Cells{count(row.key), std::string(outcome_name(row.outcome)),
                       row.outcome ? time_text(row.end_time) : ""};
        },
        [this](const TransactionRow& row) { return volume_cells(row.volume); });
  }

  void add_minutes() {
    Ranking<MinuteRow> ranking = rank_minutes(statistics_, top_);
    add_table(
        volume_columns({{"minute", Align::left}, {"commits"}, {"rollbacks"}}), ranking,
        [this](const MinuteRow& row) {
          return Cells{minute_text(row.key), count(row.commits), count(row.aborts)};
        },
        [this](const MinuteRow& row) { return volume_cells(row.volume); });
    if (const Volume after = statistics_.after_last_time(); after.records > 0)
      out_.append(fmt::format("after the last: {} in {}\n", binary_size(after.total_bytes()),
                              plural(after.records, "record")));
  }

  void add_checkpoints() {
    const CheckpointHistory& history = statistics_.checkpoints();
    if (history.count() == 0) return out_.append("no checkpoint\n");
    const CheckpointRows checkpoints = latest_checkpoints(statistics_, top_);
    TextTable table({{"checkpoint", Align::left},
                     {"redo point", Align::left},
                     {"kind", Align::left},
                     {"begun", Align::left},
                     {"distance"}});
    if (checkpoints.earlier > 0) table.add_row({fmt::format("{} earlier", checkpoints.earlier)});
    for (const auto& [checkpoint, distance] : checkpoints.latest)
      table.add_row({to_string(checkpoint.lsn), to_string(checkpoint.redo),
                     checkpoint.shutdown ? "shutdown" : "online", second_text(checkpoint.unix_seconds),
                     distance ? binary_size(*distance) : ""});
    table.append_to(out_);
    if (history.count() > 1)
      out_.append(fmt::format("distance on average {}, at most {}\n",
                              binary_size(history.sum_of_distances_bytes() / (history.count() - 1)),
                              binary_size(history.largest_distance_bytes())));
  }

  std::string time_text(PgTime time) {
    TextBuffer text;
    append_time(text, time, zone_);
    return std::string(text.view());
  }
  std::string second_text(std::int64_t unix_seconds) {
    const LocalTimeText text = zone_.at(unix_seconds);
    return fmt::format("{} {}", text.date_time, text.zone);
  }
  std::string minute_text(std::int64_t minute) {
    constexpr std::size_t kSecondsSuffix = 3;  // ":00"
    LocalTimeText text = zone_.at(minute * 60);
    text.date_time.remove_suffix(std::min(kSecondsSuffix, text.date_time.size()));
    return fmt::format("{} {}", text.date_time, text.zone);
  }

  TextBuffer& out_;
  const Statistics& statistics_;
  const std::size_t top_;
  const StatsSubject& subject_;
  LocalTime& zone_;
};

}  // namespace

void append_stats_text(TextBuffer& out, const Statistics& statistics, const StatsChoice& choice,
                       const StatsSubject& subject, LocalTime& zone) {
  TextReport report(out, statistics, choice, subject, zone);
  report.add_summary();
  for (const Breakdown breakdown : choice.by) report.add(breakdown);
}

}  // namespace walkit
