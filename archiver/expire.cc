#include "archiver/expire.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace walkit {
namespace {

constexpr std::string_view kSidecarSuffix = ".json";

std::unexpected<ArchiveError> refuse(std::string text, std::string hint = {}) {
  return std::unexpected(
      ArchiveError{.kind = ArchiveError::Kind::bad_input, .text = std::move(text), .hint = std::move(hint)});
}

// Whether the timeline of `history` can be restored from a backup: all of it lies on one of its ancestors'
// stretches.
bool leads_to(const TimelineHistory& history, const ArchivedBackup& backup) {
  return std::ranges::any_of(history.spans(), [&](const TimelineSpan& span) {
    return span.timeline == backup.timeline && (!span.end.valid() || backup.label.stop <= span.end);
  });
}

class Planner {
 public:
  Planner(const Inventory& inventory, std::chrono::sys_seconds now)
      : inventory_(inventory),
        now_unix_s_(now.time_since_epoch().count()),
        geometry_{.segment_size_bytes = inventory.identity.segment_size_bytes, .block_size_bytes = 0},
        newest_(inventory.newest_timeline()) {}

  ArchiveResult<ExpirePlan> plan(const RetentionRule& rule) {
    const auto point = rule.from   ? keep_from(*rule.from)
                       : rule.days ? keep_days(*rule.days)
                                   : keep_bytes(rule.bytes.value_or(UINT64_MAX));
    if (!point) return std::unexpected(point.error());
    SegmentNo kept = *point;
    if (const SegmentNo last = last_of_newest(); kept > last) {
      kept = last;
      plan_.reason = "the newest segment of the newest timeline always stays";
    }
    collect(kept);
    collect_leftovers();
    return std::move(plan_);
  }

 private:
  ArchiveResult<SegmentNo> keep_from(const SegmentName& name) {
    if (!name.fits(geometry_.segment_size_bytes))
      return refuse(fmt::format("no segment of {} MiB is called \"{}\"", geometry_.segment_size_bytes >> 20,
                                format_segment_name(name)));
    plan_.reason = "as asked";
    return name.number(geometry_.segment_size_bytes);
  }

  ArchiveResult<SegmentNo> keep_days(std::chrono::days days) {
    if (inventory_.backups.empty()) return refuse_without_label("--keep-days");
    const std::int64_t begin = now_unix_s_ - std::chrono::seconds(days).count();
    return start_of_newest_backup(begin, fmt::format("older than {} days", days.count()));
  }

  ArchiveResult<SegmentNo> keep_bytes(std::uint64_t bytes) {
    if (inventory_.backups.empty()) return refuse_without_label("--keep-bytes");
    const SegmentNo needed = start_of_newest_backup(INT64_MAX, "to restore it from");
    const SegmentNo fitting = first_within(bytes);
    if (fitting >= needed) return needed;
    plan_.reason = fmt::format("the newest objects of {} bytes in all", bytes);
    return fitting;
  }

  static std::unexpected<ArchiveError> refuse_without_label(std::string_view option) {
    return refuse(
        fmt::format("{} needs base backups, and no backup label is archived", option),
        "PostgreSQL archives a .backup file at the end of each base backup; without one use --keep-from.");
  }

  // Where the newest backup that was finished by then begins. Of all backups, and of those that lead to the
  // newest timeline, whichever begins first: timelines that were left may still be wanted. Without one
  // nothing goes.
  SegmentNo start_of_newest_backup(std::int64_t finished_unix_s, std::string_view which) {
    const TimelineHistory history = inventory_.newest_history();
    const ArchivedBackup* newest = nullptr;
    const ArchivedBackup* leading = nullptr;
    for (const ArchivedBackup& backup : inventory_.backups) {
      if (backup.finished_unix_s > finished_unix_s) break;
      newest = &backup;
      if (leads_to(history, backup)) leading = &backup;
    }
    if (leading == nullptr) {
      plan_.reason = fmt::format("timeline {} has no base backup {}", newest_.value, which);
      return SegmentNo{0};
    }
    const ArchivedBackup& first = newest->label.start < leading->label.start ? *newest : *leading;
    plan_.reason = fmt::format("the base backup of {} starts there", first.label.start_time);
    return geometry_.segment_of(first.label.start);
  }

  // The first segment of the newest ones that `bytes` suffice for, all that is stored under one number
  // together.
  SegmentNo first_within(std::uint64_t bytes) const {
    std::map<SegmentNo, std::uint64_t, std::greater<>> sizes;
    for (const InventoryItem& item : inventory_.items)
      if (!item.is(WalFileKind::history)) sizes[inventory_.number_of(item)] += item.stored_bytes;
    SegmentNo first{UINT64_MAX};
    for (const auto& [number, size] : sizes) {
      if (size > bytes) break;
      bytes -= size;
      first = number;
    }
    return first;
  }

  SegmentNo last_of_newest() const {
    SegmentNo last;
    for (const InventoryItem& item : inventory_.items)
      if (item.is_wal() && item.name.wal.segment.timeline == newest_)
        last = std::max(last, inventory_.number_of(item));
    return last;
  }

  // The label goes before the WAL its backup needs, and of what is stored plain the segment before its
  // header.
  void collect(SegmentNo kept) {
    std::vector<const InventoryItem*> going;
    for (const InventoryItem& item : inventory_.items)
      if (!item.is(WalFileKind::history) && inventory_.number_of(item) < kept) going.push_back(&item);
    std::ranges::sort(going, {}, [&](const InventoryItem* item) {
      return std::tuple(inventory_.number_of(*item), item->is_wal(), std::string_view(item->object));
    });
    for (const InventoryItem* item : going) add(*item);
    for (const ListedObject& orphan : inventory_.orphans) {
      const auto name = parse_object_name(orphan.name.substr(orphan.name.rfind('/') + 1));
      if (name && name->wal.segment.number(geometry_.segment_size_bytes) < kept)
        add(orphan.name, orphan.size_bytes);
    }
    if (!plan_.objects.empty())
      plan_.kept_from = segment_name(inventory_.newest_history().timeline_of(geometry_.segment_start(kept)),
                                     kept, geometry_.segment_size_bytes);
  }

  void collect_leftovers() {
    for (const Leftover& leftover : inventory_.leftovers) {
      if (!leftover.stale()) continue;
      ++plan_.leftovers;
      add(leftover.name, leftover.size_bytes);
    }
  }

  void add(const InventoryItem& item) {
    add(item.object, item.stored_bytes);
    if (item.has_sidecar) add(item.object + std::string(kSidecarSuffix), 0);
    if (!item.is_wal()) {
      ++plan_.labels;
      return;
    }
    ++plan_.segments;
    if (plan_.first_file.empty()) plan_.first_file = item.name.file;
    plan_.last_file = item.name.file;
  }
  void add(std::string object, std::uint64_t bytes) {
    plan_.bytes += bytes;
    plan_.objects.push_back({std::move(object), bytes});
  }

  const Inventory& inventory_;
  const std::int64_t now_unix_s_;
  const Geometry geometry_;
  const TimelineId newest_;
  ExpirePlan plan_;
};

}  // namespace

ArchiveResult<ExpirePlan> plan_expire(const Inventory& inventory, const RetentionRule& rule,
                                      std::chrono::sys_seconds now) {
  return Planner(inventory, now).plan(rule);
}

ArchiveResult<void> expire(Store& store, const ExpirePlan& plan,
                           const std::function<void(const ExpiringObject&)>& removed) {
  for (const ExpiringObject& object : plan.objects) {
    if (const auto done = store.remove(object.object); !done)
      return std::unexpected(archive_error(done.error()));
    if (removed) removed(object);
  }
  return {};
}

}  // namespace walkit
