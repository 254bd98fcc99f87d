#include "tools/stats_report.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>

namespace walkit {
namespace {

// The `top` largest rows, of equal ones the earlier; what is left over is added up.
template <typename Row>
Ranking<Row> rank(std::vector<Row> rows, std::size_t top) {
  std::ranges::stable_sort(rows, std::greater{}, &Row::total_bytes);
  Ranking<Row> ranking;
  const std::size_t shown = top == 0 ? rows.size() : std::min(top, rows.size());
  ranking.rest_rows = rows.size() - shown;
  for (std::size_t i = shown; i < rows.size(); ++i) ranking.rest += rows[i];
  rows.resize(shown);
  ranking.rows = std::move(rows);
  return ranking;
}

template <typename Row>
Ranking<Row> rank_table(const VolumeTable<Row>& table, std::size_t top) {
  std::vector<Row> rows(table.rows().begin(), table.rows().end());
  std::ranges::sort(rows, std::less{}, &Row::key);
  std::erase_if(rows, [](const Row& row) { return row.total_bytes() == 0; });
  return rank(std::move(rows), top);
}

template <typename Row>
void add_folded(Ranking<Row>& ranking, const VolumeTable<Row>& table) {
  ranking.rest += table.folded();
  ranking.rest_rows += table.folded_rows();
}

constexpr std::array<std::string_view, kBreakdowns> kBreakdownNames = {
    "rmgr", "record", "relation", "table", "fork", "image", "xid", "time", "checkpoint"};
constexpr std::array<std::string_view, kImageReasons> kReasonNames = {"first_touch", "fpi", "hint",
                                                                      "consistency"};
constexpr std::array<std::string_view, 3> kOutcomeNames = {"committed", "aborted", "prepared"};

}  // namespace

std::string_view breakdown_name(Breakdown breakdown) {
  return kBreakdownNames[static_cast<std::size_t>(breakdown)];
}

std::string_view image_reason_name(ImageReason reason) {
  return kReasonNames[static_cast<std::size_t>(reason)];
}

std::string_view outcome_name(const std::optional<TransactionMark::Kind>& outcome) {
  return outcome ? kOutcomeNames[static_cast<std::size_t>(*outcome)] : "open";
}

Ranking<RecordTypeRow> rank_rmgrs(const Statistics& statistics, std::size_t top) {
  std::vector<RecordTypeRow> rows;
  for (int rmid = 0; rmid < RecordCounts::kRmgrs; ++rmid)
    if (const Volume volume = statistics.counts().of_rmgr(rmid); volume.records > 0)
      rows.push_back({.rmid = rmid, .volume = volume});
  return rank(std::move(rows), top);
}

Ranking<RecordTypeRow> rank_types(const Statistics& statistics, std::size_t top) {
  std::vector<RecordTypeRow> rows;
  for (int rmid = 0; rmid < RecordCounts::kRmgrs; ++rmid)
    for (int type = 0; type < RecordCounts::kTypes; ++type)
      if (const Volume& volume = statistics.counts().of(rmid, type); volume.records > 0)
        rows.push_back({.rmid = rmid, .type = type, .volume = volume});
  return rank(std::move(rows), top);
}

Ranking<RelationRow> rank_relations(const Statistics& statistics, std::size_t top) {
  auto ranking = rank_table(statistics.relations(), top);
  add_folded(ranking, statistics.relations());
  return ranking;
}

Ranking<TableRow> rank_tables(const Statistics& statistics, std::size_t top, RelationNames& names) {
  std::map<std::string, TableRow> tables;
  for (const RelationRow& relation : statistics.relations().rows()) {
    if (relation.total_bytes() == 0) continue;
    const bool none = relation.key == RelFileLocator{};
    const RelationName* name = none ? nullptr : names.of(relation.key);
    // No label is a single character.
    TableRow& table = tables[none ? "-" : name == nullptr ? "?" : name->table_label];
    table.none = none;
    if (name != nullptr && !table.name) table.name = *name;
    table += {.name = {}, .none = none, .files = none ? 0u : 1u, .blocks = relation.blocks};
  }
  std::vector<TableRow> rows;
  for (auto& [label, table] : tables) rows.push_back(std::move(table));
  auto ranking = rank(std::move(rows), top);
  const VolumeTable<RelationRow>& relations = statistics.relations();
  ranking.rest +=
      {.name = {}, .none = false, .files = relations.folded_rows(), .blocks = relations.folded().blocks};
  ranking.rest_rows += relations.folded_rows();
  return ranking;
}

Ranking<ForkRow> rank_forks(const Statistics& statistics, std::size_t top) {
  std::vector<ForkRow> rows;
  for (std::size_t fork = 0; fork < Statistics::kForkRows; ++fork)
    if (const ForkRow row{fork, statistics.fork(fork)}; row.total_bytes() > 0) rows.push_back(row);
  return rank(std::move(rows), top);
}

Ranking<ImageRow> rank_images(const Statistics& statistics, std::size_t top) {
  std::vector<ImageRow> rows;
  for (std::size_t reason = 0; reason < kImageReasons; ++reason)
    for (std::size_t compression = 0; compression < kCompressions; ++compression) {
      ImageRow row{static_cast<ImageReason>(reason), static_cast<Compression>(compression), {}};
      row.volume = statistics.images(row.reason, row.compression);
      if (row.volume.images > 0) rows.push_back(row);
    }
  return rank(std::move(rows), top);
}

Ranking<TransactionRow> rank_transactions(const Statistics& statistics, std::size_t top) {
  auto ranking = rank_table(with_subtransactions(statistics.transactions()), top);
  add_folded(ranking, statistics.transactions());
  return ranking;
}

Ranking<MinuteRow> rank_minutes(const Statistics& statistics, std::size_t top) {
  auto ranking = rank_table(statistics.minutes(), top);
  add_folded(ranking, statistics.minutes());
  std::ranges::sort(ranking.rows, std::less{}, &MinuteRow::key);
  return ranking;
}

CheckpointRows latest_checkpoints(const Statistics& statistics, std::size_t top) {
  const CheckpointHistory& history = statistics.checkpoints();
  const auto latest = history.latest();
  const std::size_t shown = top == 0 ? latest.size() : std::min(top, latest.size());
  return {latest.last(shown), history.count() - shown};
}

}  // namespace walkit
