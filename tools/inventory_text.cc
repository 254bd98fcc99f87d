#include "tools/inventory_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/text_table.h"
#include "tools/units.h"
#include "walreader/read_error.h"

namespace walkit {
namespace {

std::string moment(LocalTime& zone, std::int64_t unix_s) {
  const LocalTimeText text = zone.at(unix_s);
  return fmt::format("{} {}", text.date_time, text.zone);
}

std::int64_t unix_seconds(PgTime time) {
  const std::int64_t seconds = time.microseconds / kMicrosecondsPerSecond;
  return seconds - (time.microseconds % kMicrosecondsPerSecond < 0 ? 1 : 0) + kPostgresEpochUnixSeconds;
}

std::string ratio(std::uint64_t plain, std::uint64_t stored) {
  if (stored == 0) return "-";
  return fmt::format("{:.1f}", static_cast<double>(plain) / static_cast<double>(stored));
}

// "12 s", "5 min", "3 h", "8 days": the age of what happened at `then`.
std::string age(std::int64_t now, std::int64_t then) {
  constexpr std::int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour;
  const std::int64_t seconds = std::max<std::int64_t>(now - then, 0);
  if (seconds < 2 * kMinute) return fmt::format("{} s", seconds);
  if (seconds < 2 * kHour) return fmt::format("{} min", seconds / kMinute);
  if (seconds < 2 * kDay) return fmt::format("{} h", seconds / kHour);
  return fmt::format("{} days", seconds / kDay);
}

std::string files(const std::string& first, const std::string& last) {
  return first == last ? first : fmt::format("{} to {}", first, last);
}

/// The lines of one server.
class InfoText {
 public:
  InfoText(TextBuffer& out, const ServerInventory& server, LocalTime& zone, std::int64_t now_unix_s)
      : out_(out), inventory_(server.inventory), summary_(server.summary), zone_(zone), now_(now_unix_s) {}

  void append(std::string_view repository, std::string_view cluster) {
    line("cluster", fmt::format("{} in {}", cluster, repository));
    line("status", status());
    const ClusterIdentity& identity = inventory_.identity;
    line("server",
         fmt::format("system identifier {}, PostgreSQL {}, segments of {}", identity.system_identifier,
                     identity.major, binary_size(identity.segment_size_bytes)));
    line("stored",
         fmt::format("{} of WAL in {}, ratio {}", binary_size(summary_.plain_bytes),
                     binary_size(summary_.stored_bytes), ratio(summary_.plain_bytes, summary_.stored_bytes)));
    line("files", file_counts());
    if (summary_.newest_archived_ms) append_ages();
    if (summary_.highest.valid())
      line("WAL up to",
           fmt::format("{} on timeline {}", to_string(summary_.highest), inventory_.newest_timeline().value));
    append_ranges();
    append_backups();
    append_problems();
  }

 private:
  void line(std::string_view label, std::string_view text) {
    out_.append(fmt::format("{:<14} {}\n", label, text));
  }

  std::string status() const {
    std::string text;
    const auto add = [&](std::uint64_t count, std::string_view one, std::string_view many = {}) {
      if (count == 0) return;
      if (!text.empty()) text += ", ";
      text += plural(count, one, many);
    };
    add(summary_.gaps.size(), "gap");
    add(summary_.damaged.size(), "segment with damaged records", "segments with damaged records");
    add(summary_.unreadable.size(), "unreadable object");
    add(summary_.diverging.size(), "copy that contradicts another", "copies that contradict others");
    if (!text.empty()) return text;
    return inventory_.items.empty() ? "empty" : "ok";
  }

  std::string file_counts() const {
    std::string text = plural(summary_.segments, "segment");
    const auto add = [&](std::uint64_t count, std::string_view one, std::string_view many = {}) {
      if (count > 0) text += ", " + plural(count, one, many);
    };
    add(summary_.partials, "partial segment");
    add(summary_.variants, "variant");
    add(summary_.histories, "timeline history", "timeline histories");
    add(summary_.labels, "backup label");
    add(inventory_.leftovers.size(), "unfinished file");
    add(inventory_.strangers.size() + inventory_.orphans.size(), "other file");
    return text;
  }

  void append_ages() {
    line("oldest", moment(zone_, *summary_.oldest_archived_ms / 1000));
    const std::int64_t newest = *summary_.newest_archived_ms / 1000;
    line("newest", fmt::format("{}, {} ago", moment(zone_, newest), age(now_, newest)));
  }

  void append_ranges() {
    for (const ArchivedRange& range : summary_.ranges) {
      line(fmt::format("timeline {}", range.timeline.value),
           fmt::format("{}: {}, {} to {}", files(range.first_file, range.last_file),
                       plural(range.segments, "segment"), to_string(range.start), to_string(range.end)));
      if (range.first_commit && range.last_commit)
        line("", fmt::format("commits {} to {}", moment(zone_, unix_seconds(*range.first_commit)),
                             moment(zone_, unix_seconds(*range.last_commit))));
    }
  }

  void append_backups() {
    for (const ArchivedBackup& backup : inventory_.backups)
      line("base backup",
           fmt::format("{} to {} on timeline {}, finished {}, \"{}\"", to_string(backup.label.start),
                       to_string(backup.label.stop), backup.timeline.value,
                       moment(zone_, backup.finished_unix_s), backup.label.label));
  }

  void append_problems() {
    for (const ArchivedGap& gap : summary_.gaps)
      line("gap",
           fmt::format("{} {} missing ({}), before {}", files(gap.first_file, gap.last_file),
                       gap.segments == 1 ? "is" : "are", plural(gap.segments, "segment"), gap.next_file));
    for (const auto* list : {&summary_.damaged, &summary_.unreadable, &summary_.diverging})
      for (const std::size_t i : *list) {
        const InventoryItem& item = inventory_.items[i];
        line("damage", fmt::format("{}: {}", item.object, check_of(item)));
      }
  }

  TextBuffer& out_;
  const Inventory& inventory_;
  const InventorySummary& summary_;
  LocalTime& zone_;
  const std::int64_t now_;
};

}  // namespace

std::string check_of(const InventoryItem& item) {
  if (item.error) return item.error->text;
  if (!item.header) return "not read";
  const ObjectHeader& header = *item.header;
  if (header.damaged && header.summary)
    return fmt::format("damaged WAL at {}: {}", to_string(header.summary->stopped_at),
                       header.summary->reason);
  if (header.damaged) return "damaged WAL";
  if (header.diverging) return "its records contradict those of the copy archived first";
  if (header.summary && header.summary->ending != SegmentEnding::full)
    return fmt::format("end of WAL at {}", to_string(header.summary->end));
  return "ok";
}

void append_listing(TextBuffer& out, const std::vector<const InventoryItem*>& items, LocalTime& zone,
                    std::int64_t now_unix_s) {
  const std::string zone_name(zone.at(now_unix_s).zone);
  const auto time = [&](std::optional<std::int64_t> unix_s) {
    return unix_s ? std::string(zone.at(*unix_s).date_time) : std::string("-");
  };
  const auto commit = [&](const std::optional<PgTime>& at) {
    return time(at ? std::optional(unix_seconds(*at)) : std::nullopt);
  };
  TextTable table({{"name", Align::left},
                   {"stored", Align::right},
                   {"ratio", Align::right},
                   {"codec", Align::left},
                   {fmt::format("archived ({})", zone_name), Align::left},
                   {"first commit", Align::left},
                   {"last commit", Align::left},
                   {"check", Align::left}});
  for (const InventoryItem* item : items) {
    const std::string name(item->object.substr(item->object.rfind('/') + 1));
    if (!item->header) {
      table.add_row({name, binary_size(item->stored_bytes), "-", std::string(codec_word(item->name.codec)),
                     "-", "-", "-", check_of(*item)});
      continue;
    }
    const ObjectHeader& header = *item->header;
    const SegmentSummary summary = header.summary.value_or(SegmentSummary{});
    table.add_row({name, binary_size(item->stored_bytes), ratio(header.plain_size_bytes, item->stored_bytes),
                   std::string(codec_word(item->name.codec)), time(header.archived_at_unix_ms / 1000),
                   commit(summary.first_commit), commit(summary.last_commit), check_of(*item)});
  }
  table.append_to(out);
}

void append_info(TextBuffer& out, std::string_view repository, const ServerInventory& server, LocalTime& zone,
                 std::int64_t now_unix_s) {
  InfoText(out, server, zone, now_unix_s).append(repository, server.cluster);
}

}  // namespace walkit
