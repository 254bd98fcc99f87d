#include <fmt/format.h>

#include <algorithm>

#include "tools/find_arguments.h"
#include "tools/find_report.h"
#include "tools/text_table.h"
#include "tools/units.h"
#include "walreader/read_error.h"

namespace walkit {
namespace {

class FindText {
 public:
  FindText(TextBuffer& out, const FindReport& report, LocalTime& zone)
      : out_(out), report_(report), zone_(zone) {}

  void add(const FoundTransaction& found) {
    const TransactionSummary& summary = found.summary;
    print("transaction {}, committed {}\n", summary.xid, moment(summary.commit_time));
    add_place(found);
    add_rows(summary);
    add_gone(found);
    add_recovery(found);
    line("changes", show_command(report_, found));
    line("undo", undo_command(report_, found));
  }

  void add_end() {
    if (report_.matches > report_.found.size())
      print("\n{} shown of {} that match; --limit shows more\n", report_.found.size(), report_.matches);
    print("{}{}, of {} committed up to {}\n", report_.found.empty() ? "" : "\n",
          report_.matches == 0 ? "no transaction matches" : plural(report_.matches, "transaction"),
          report_.committed, to_string(report_.end));
  }

 private:
  template <typename... Values>
  void print(fmt::format_string<Values...> format, Values&&... values) {
    out_.append(fmt::format(format, std::forward<Values>(values)...));
  }
  void line(std::string_view title, std::string_view text) { print("  {:<15} {}\n", title, text); }

  std::string moment(PgTime time) {
    std::int64_t seconds = time.microseconds / kMicrosecondsPerSecond;
    std::int64_t fraction = time.microseconds % kMicrosecondsPerSecond;
    if (fraction < 0) --seconds, fraction += kMicrosecondsPerSecond;
    const LocalTimeText text = zone_.at(seconds + kPostgresEpochUnixSeconds);
    return fmt::format("{}.{:06} {}", text.date_time, fraction, text.zone);
  }

  void add_place(const FoundTransaction& found) {
    const TransactionSummary& summary = found.summary;
    line("commit record", fmt::format("{} to {}, timeline {}", to_string(summary.commit),
                                      to_string(summary.commit_end), found.timeline.value));
    if (!found.database_name.empty())
      line("database", found.database_name);
    else if (summary.database != 0)
      line("database", std::to_string(summary.database));
    if (!summary.gid.empty()) line("prepared as", summary.gid);
    line("WAL", fmt::format("{}, from {} on", binary_size(summary.wal_bytes), to_string(summary.first)));
  }

  void add_rows(const TransactionSummary& summary) {
    if (summary.relations.empty()) return;
    TextTable table({{"  rows of", Align::left}, {"inserted"}, {"updated"}, {"deleted"}});
    for (const RelationRows& relation : summary.relations)
      table.add_row({"    " + relation_name(relation.file, relation.schema),
                     std::to_string(relation.rows.inserted), std::to_string(relation.rows.updated),
                     std::to_string(relation.rows.deleted)});
    table.append_to(out_);
  }

  void add_gone(const FoundTransaction& found) {
    const TransactionSummary& summary = found.summary;
    for (const SchemaRef& schema : summary.dropped) line("dropped", relation_name({}, schema));
    for (const SchemaRef& schema : summary.truncated) line("truncated", relation_name({}, schema));
    for (const DestroyedName& destroyed : found.destroyed)
      line("dropped",
           fmt::format("{} {}", destroyed.what.tablespace ? "tablespace" : "database",
                       destroyed.name.empty() ? std::to_string(destroyed.what.oid) : destroyed.name));
    const bool named = !summary.dropped.empty() || !summary.truncated.empty();
    if (named || (!summary.drops && !summary.truncates)) return;
    const std::string_view what = summary.drops ? "dropped" : "truncated";
    for (const RelFileLocator& file : summary.removed_files) line(what, file_name(file));
    for (const Oid oid : summary.truncated_oids) line(what, fmt::format("relation {}", oid));
  }

  void add_recovery(const FoundTransaction& found) {
    print("  to recover to just before it, in postgresql.conf:\n");
    for (const std::string& setting : recovery_settings(found)) print("    {}\n", setting);
    if (found.summary.two_phase)
      print("    # then the prepared transaction is there still: ROLLBACK PREPARED ends it\n");
    line("base backup", backup_of(found));
    const std::uint64_t later = report_.later(found);
    line("also lost", later == 0 ? "nothing that was read"
                                 : fmt::format("{} that committed later, the last one {}",
                                               plural(later, "transaction"), moment(report_.last_commit)));
  }

  static std::string backup_of(const FoundTransaction& found) {
    if (found.backup == nullptr) return "none known that ended before; see --base-backup";
    const KnownBackup& backup = *found.backup;
    std::string text = fmt::format("{}, begun at {}", backup.name, to_string(backup.start));
    if (backup.stop) text += fmt::format(", ended at {}", to_string(*backup.stop));
    if (!backup.stop) text += "; where it ended is not in this WAL";
    return text;
  }

  TextBuffer& out_;
  const FindReport& report_;
  LocalTime& zone_;
};

}  // namespace

std::vector<std::string> recovery_settings(const FoundTransaction& found) {
  return {fmt::format("recovery_target_lsn = '{}'", to_string(found.summary.target())),
          "recovery_target_inclusive = off",
          fmt::format("recovery_target_timeline = '{}'", found.timeline.value),
          "# recovery_target_action = 'promote'"};
}

std::string show_command(const FindReport& report, const FoundTransaction& found) {
  return fmt::format("{} --xid={} --end={}", report.feed_command, found.summary.xid,
                     to_string(found.summary.commit_end));
}

std::string undo_command(const FindReport& report, const FoundTransaction& found) {
  return show_command(report, found) + " --undo";
}

void append_find_text(TextBuffer& out, const FindReport& report, LocalTime& zone) {
  FindText text(out, report, zone);
  for (const FoundTransaction& found : report.found) {
    if (&found != &report.found.front()) out.append('\n');
    text.add(found);
  }
  text.add_end();
}

}  // namespace walkit
