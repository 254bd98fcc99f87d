#include "tools/find_arguments.h"
#include "tools/find_report.h"
#include "walreader/json_sink.h"
#include "walreader/read_error.h"

namespace walkit {
namespace {

ByteSpan bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

class FindJson {
 public:
  FindJson(TextBuffer& out, const FindReport& report)
      : json_(out, format_of(report.major)), report_(report) {}

  void add_all() {
    json_.begin_object({});
    json_.uint("matches", report_.matches);
    json_.uint("committed", report_.committed);
    json_.lsn("end", report_.end);
    json_.begin_array("transactions");
    for (const FoundTransaction& found : report_.found) add(found);
    json_.end_array();
    json_.end_object();
  }

 private:
  void string(std::string_view key, const std::string& text) { json_.string({}, key, bytes_of(text)); }

  void add(const FoundTransaction& found) {
    const TransactionSummary& summary = found.summary;
    json_.begin_object({});
    json_.uint("xid", summary.xid);
    json_.lsn("first_lsn", summary.first);
    json_.lsn("commit_lsn", summary.commit);
    json_.lsn("commit_end", summary.commit_end);
    json_.time({}, "commit_time", summary.commit_time);
    json_.uint("timeline", found.timeline.value);
    json_.uint("database_oid", summary.database);
    if (!found.database_name.empty()) string("database", found.database_name);
    if (!summary.gid.empty()) string("gid", summary.gid);
    json_.boolean("two_phase", summary.two_phase);
    json_.uint("wal_bytes", summary.wal_bytes);
    add_rows(summary);
    add_gone(found);
    add_recovery(found);
    string("show", show_command(report_, found));
    string("undo", undo_command(report_, found));
    json_.end_object();
  }

  void add_name(const SchemaRef& schema) {
    if (schema == nullptr) return;
    string("schema", schema->schema);
    string("table", schema->name);
  }

  void add_rows(const TransactionSummary& summary) {
    json_.begin_array("relations");
    for (const RelationRows& relation : summary.relations) {
      json_.begin_object({});
      json_.relation({}, "file", relation.file);
      add_name(relation.schema);
      json_.uint("inserted", relation.rows.inserted);
      json_.uint("updated", relation.rows.updated);
      json_.uint("deleted", relation.rows.deleted);
      json_.end_object();
    }
    json_.end_array();
  }

  void add_tables(std::string_view key, const std::vector<SchemaRef>& tables) {
    json_.begin_array(key);
    for (const SchemaRef& table : tables) {
      json_.begin_object({});
      add_name(table);
      json_.end_object();
    }
    json_.end_array();
  }

  void add_gone(const FoundTransaction& found) {
    const TransactionSummary& summary = found.summary;
    json_.boolean("drops", summary.drops || !summary.destroyed.empty());
    json_.boolean("truncates", summary.truncates);
    add_tables("dropped", summary.dropped);
    add_tables("truncated", summary.truncated);
    json_.begin_array("truncated_oids");
    for (const Oid oid : summary.truncated_oids) json_.uint({}, oid);
    json_.end_array();
    json_.begin_array("removed_files");
    for (const RelFileLocator& file : summary.removed_files) json_.relation({}, {}, file);
    json_.end_array();
    json_.begin_array("destroyed");
    for (const DestroyedName& destroyed : found.destroyed) {
      json_.begin_object({});
      json_.word("kind", destroyed.what.tablespace ? "tablespace" : "database");
      json_.uint("oid", destroyed.what.oid);
      if (!destroyed.name.empty()) string("name", destroyed.name);
      json_.lsn("lsn", destroyed.what.start);
      json_.end_object();
    }
    json_.end_array();
  }

  void add_recovery(const FoundTransaction& found) {
    json_.begin_object("recovery");
    json_.lsn("recovery_target_lsn", found.summary.target());
    json_.boolean("recovery_target_inclusive", false);
    string("recovery_target_timeline", std::to_string(found.timeline.value));
    json_.end_object();
    if (found.backup == nullptr) {
      json_.null("base_backup");
    } else {
      json_.begin_object("base_backup");
      string("name", found.backup->name);
      string("label", found.backup->label);
      json_.lsn("start", found.backup->start);
      if (found.backup->stop) json_.lsn("stop", *found.backup->stop);
      json_.end_object();
    }
    json_.begin_object("also_lost");
    json_.uint("transactions", report_.later(found));
    if (report_.later(found) > 0) json_.time({}, "last_commit_time", report_.last_commit);
    json_.end_object();
  }

  JsonSink json_;
  const FindReport& report_;
};

}  // namespace

void append_find_json(TextBuffer& out, const FindReport& report) {
  FindJson(out, report).add_all();
  out.append('\n');
}

}  // namespace walkit
