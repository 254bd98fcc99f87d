#include <span>

#include "segments/iso_time.h"
#include "tools/inventory_text.h"
#include "walreader/json_sink.h"

namespace walkit {
namespace {

/// Members that may be missing, on a sink.
class Json {
 public:
  explicit Json(TextBuffer& out) : sink_(out, format_of(kNewestMajor)) {}

  JsonSink& sink() { return sink_; }

  void string(std::string_view key, std::string_view value) {
    sink_.string({}, key, std::as_bytes(std::span(value)));
  }
  void optional_string(std::string_view key, std::string_view value) {
    if (value.empty())
      sink_.null(key);
    else
      string(key, value);
  }
  void time(std::string_view key, std::optional<PgTime> time) {
    optional_string(key, time ? iso_time(*time) : std::string());
  }
  void time_ms(std::string_view key, std::optional<std::int64_t> unix_ms) {
    optional_string(key, unix_ms ? iso_time_ms(*unix_ms) : std::string());
  }
  void lsn(std::string_view key, Lsn lsn) {
    if (lsn.valid())
      sink_.lsn(key, lsn);
    else
      sink_.null(key);
  }

  template <typename List, typename Append>
  void array(std::string_view key, const List& list, Append append) {
    sink_.begin_array(key);
    for (const auto& item : list) {
      sink_.begin_object({});
      append(item);
      sink_.end_object();
    }
    sink_.end_array();
  }

 private:
  JsonSink sink_;
};

std::string_view kind_name(WalFileKind kind) {
  switch (kind) {
    case WalFileKind::segment:
      return "segment";
    case WalFileKind::partial:
      return "partial";
    case WalFileKind::history:
      return "history";
    case WalFileKind::backup_history:
      break;
  }
  return "backup";
}

void append_header(Json& json, const ObjectHeader& header) {
  json.sink().uint("plain_bytes", header.plain_size_bytes);
  json.string("digest", header.plain_digest.hex());
  json.time_ms("archived_at", header.archived_at_unix_ms);
  json.string("archived_by", header.archived_by);
  json.sink().boolean("damaged", header.damaged);
  json.sink().boolean("diverging", header.diverging);
  if (!header.summary) return;
  json.lsn("first_lsn", header.summary->first);
  json.lsn("last_lsn", header.summary->last);
  json.lsn("end_lsn", header.summary->end);
  json.sink().uint("records", header.summary->records);
  json.time("first_commit", header.summary->first_commit);
  json.time("last_commit", header.summary->last_commit);
}

void append_item(Json& json, const InventoryItem& item) {
  json.string("name", item.name.file);
  json.string("object", item.object);
  json.sink().word("kind", kind_name(item.name.wal.kind));
  json.optional_string("variant", item.name.variant);
  json.sink().word("codec", codec_word(item.name.codec));
  json.sink().uint("stored_bytes", item.stored_bytes);
  json.string("check", check_of(item));
  if (item.header) append_header(json, *item.header);
}

void append_range(Json& json, const ArchivedRange& range) {
  json.sink().uint("timeline", range.timeline.value);
  json.string("first", range.first_file);
  json.string("last", range.last_file);
  json.lsn("start", range.start);
  json.lsn("end", range.end);
  json.sink().uint("segments", range.segments);
  json.sink().uint("plain_bytes", range.plain_bytes);
  json.sink().uint("stored_bytes", range.stored_bytes);
  json.time("first_commit", range.first_commit);
  json.time("last_commit", range.last_commit);
  json.time_ms("first_archived_at", range.first_archived_ms);
  json.time_ms("last_archived_at", range.last_archived_ms);
}

void append_gap(Json& json, const ArchivedGap& gap) {
  json.sink().uint("timeline", gap.timeline.value);
  json.string("first", gap.first_file);
  json.string("last", gap.last_file);
  json.sink().uint("segments", gap.segments);
  json.string("before", gap.next_file);
}

void append_backup(Json& json, const Inventory& inventory, const ArchivedBackup& backup) {
  json.string("name", inventory.items[backup.item].name.file);
  json.sink().uint("timeline", backup.timeline.value);
  json.lsn("start", backup.label.start);
  json.lsn("stop", backup.label.stop);
  json.string("start_time", backup.label.start_time);
  json.string("stop_time", backup.label.stop_time);
  json.time_ms("finished_at", backup.finished_unix_s * 1000);
  json.string("label", backup.label.label);
}

void append_problem(Json& json, const InventoryItem& item) {
  json.string("object", item.object);
  json.string("text", check_of(item));
}

void append_server(Json& json, std::string_view repository, const ServerInventory& server) {
  const Inventory& inventory = server.inventory;
  const InventorySummary& summary = server.summary;
  JsonSink& sink = json.sink();
  json.string("repository", repository);
  json.string("cluster", server.cluster);
  sink.boolean("sound", summary.sound());
  json.string("system_identifier", std::to_string(inventory.identity.system_identifier));
  sink.uint("major", static_cast<std::uint64_t>(inventory.identity.major));
  sink.uint("segment_size_bytes", inventory.identity.segment_size_bytes);
  sink.uint("segments", summary.segments);
  sink.uint("partials", summary.partials);
  sink.uint("variants", summary.variants);
  sink.uint("histories", summary.histories);
  sink.uint("backup_labels", summary.labels);
  sink.uint("unfinished_files", inventory.leftovers.size());
  sink.uint("other_files", inventory.strangers.size() + inventory.orphans.size());
  sink.uint("plain_bytes", summary.plain_bytes);
  sink.uint("stored_bytes", summary.stored_bytes);
  json.time_ms("oldest_archived_at", summary.oldest_archived_ms);
  json.time_ms("newest_archived_at", summary.newest_archived_ms);
  json.lsn("highest_lsn", summary.highest);
  json.array("ranges", summary.ranges, [&](const auto& range) { append_range(json, range); });
  json.array("gaps", summary.gaps, [&](const auto& gap) { append_gap(json, gap); });
  json.array("backups", inventory.backups,
             [&](const auto& backup) { append_backup(json, inventory, backup); });
  const auto problem = [&](std::size_t i) { append_problem(json, inventory.items[i]); };
  json.array("damaged", summary.damaged, problem);
  json.array("unreadable", summary.unreadable, problem);
  json.array("diverging", summary.diverging, problem);
}

}  // namespace

void append_listing_json(TextBuffer& out, const std::vector<const InventoryItem*>& items) {
  Json json(out);
  json.array({}, items, [&](const InventoryItem* item) { append_item(json, *item); });
  out.append('\n');
}

void append_info_json(TextBuffer& out, std::string_view repository,
                      const std::vector<ServerInventory>& servers) {
  Json json(out);
  json.array({}, servers, [&](const ServerInventory& server) { append_server(json, repository, server); });
  out.append('\n');
}

}  // namespace walkit
