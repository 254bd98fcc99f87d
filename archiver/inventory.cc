#include "archiver/inventory.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "archiver/archived_object.h"
#include "archiver/object_name.h"
#include "archiver/parallel.h"

namespace walkit {
namespace {

constexpr std::string_view kIdentityName = "cluster.json";
constexpr std::string_view kSidecarSuffix = ".json";

// Real histories and labels are a few hundred bytes.
constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;

bool belongs(const Repository& repository, const ClusterIdentity& identity, const SplitName& place,
             const ObjectName& name) {
  if (place.directory != repository.directory_of(identity.system_identifier, name.wal)) return false;
  return name.wal.kind == WalFileKind::history || name.wal.segment.fits(identity.segment_size_bytes);
}

// Puts listed objects into the items, and the headers beside plain segments to their segments.
class Sorter {
 public:
  Sorter(const Repository& repository, Inventory& inventory)
      : repository_(repository), inventory_(inventory) {}

  void add(ListedObject object) {
    const SplitName place = split_name(object.name);
    auto name = parse_object_name(place.last);
    if (!name || !belongs(repository_, inventory_.identity, place, *name)) {
      if (place.last != kIdentityName) inventory_.strangers.push_back(std::move(object));
    } else if (name->sidecar) {
      sidecars_.push_back(std::move(object));
    } else {
      inventory_.items.push_back(
          {.object = std::move(object.name), .name = *std::move(name), .stored_bytes = object.size_bytes});
    }
  }

  // What is listed comes by name, so both lists are in order.
  void match_sidecars() {
    for (ListedObject& sidecar : sidecars_) {
      const std::string_view plain(sidecar.name.data(), sidecar.name.size() - kSidecarSuffix.size());
      const auto item = std::ranges::lower_bound(inventory_.items, plain, {}, &InventoryItem::object);
      if (item == inventory_.items.end() || item->object != plain) {
        inventory_.orphans.push_back(std::move(sidecar));
        continue;
      }
      item->has_sidecar = true;
      item->stored_bytes += sidecar.size_bytes;
    }
  }

 private:
  const Repository& repository_;
  Inventory& inventory_;
  std::vector<ListedObject> sidecars_;
};

void read_header(Store& store, InventoryItem& item) {
  auto object = ArchivedObject::open(store, item.object);
  if (object)
    item.header = object->header();
  else
    item.error = std::move(object).error();
}

// False: the content is nothing PostgreSQL writes.
bool read_history(const std::string& text, const InventoryItem& item, Inventory& inventory) {
  const TimelineId timeline = item.name.wal.segment.timeline;
  auto history = TimelineHistory::parse(timeline, text);
  if (!history) return false;
  // Of two copies the first is the one that `get` gives.
  if (item.name.variant.empty() || !inventory.histories.contains(timeline))
    inventory.histories.insert_or_assign(timeline, *std::move(history));
  return true;
}

bool read_label(const std::string& text, std::size_t i, Inventory& inventory) {
  const InventoryItem& item = inventory.items[i];
  auto label = parse_backup_history(text);
  if (!label) return false;
  const std::int64_t archived = item.header->archived_at_unix_ms / 1000;
  inventory.backups.push_back({.item = i,
                               .label = *label,
                               .timeline = item.name.wal.segment.timeline,
                               .finished_unix_s = backup_time(label->stop_time).value_or(archived)});
  return true;
}

}  // namespace

TimelineId Inventory::newest_timeline() const {
  TimelineId newest;
  for (const InventoryItem& item : items)
    if (item.is_wal()) newest = std::max(newest, item.name.wal.segment.timeline);
  return newest;
}

TimelineHistory Inventory::newest_history() const {
  const TimelineId newest = newest_timeline();
  const auto found = histories.find(newest);
  return found == histories.end() ? TimelineHistory(newest) : found->second;
}

ArchiveResult<Inventory> list_inventory(const Repository& repository, const ClusterIdentity& identity) {
  const std::string directory = repository.identity_directory(identity.system_identifier);
  auto listed = repository.store().list(directory);
  if (!listed) return std::unexpected(archive_error(listed.error()));
  auto leftovers = repository.store().list_leftovers(directory);
  if (!leftovers) return std::unexpected(archive_error(leftovers.error()));

  Inventory inventory;
  inventory.identity = identity;
  inventory.leftovers = *std::move(leftovers);
  inventory.items.reserve(listed->size());
  Sorter sorter(repository, inventory);
  for (ListedObject& object : *listed) sorter.add(std::move(object));
  sorter.match_sidecars();
  return inventory;
}

void read_labels(Store& store, Inventory& inventory) {
  for (std::size_t i = 0; i < inventory.items.size(); ++i) {
    InventoryItem& item = inventory.items[i];
    if (item.is_wal()) continue;
    read_header(store, item);
    if (!item.header) continue;
    const auto text = read_text_object(store, item.object);
    if (!text) {
      item.error = text.error();
      continue;
    }
    const bool understood = item.is(WalFileKind::history) ? read_history(*text, item, inventory)
                                                          : read_label(*text, i, inventory);
    if (!understood) inventory.unreadable_texts.push_back(i);
  }
  std::ranges::sort(inventory.backups, {}, &ArchivedBackup::finished_unix_s);
}

ArchiveResult<Inventory> read_inventory(const Repository& repository, const ClusterIdentity& identity,
                                        int jobs) {
  auto inventory = list_inventory(repository, identity);
  if (!inventory) return inventory;
  Store& store = repository.store();
  read_labels(store, *inventory);
  for_each_index(inventory->items.size(), jobs, [&](std::size_t i) {
    if (inventory->items[i].is_wal()) read_header(store, inventory->items[i]);
  });
  return inventory;
}

std::vector<std::size_t> restorable_copies(const Inventory& inventory) {
  // A copy without a header comes last, one that diverges before it; see choose_object().
  const auto rank = [](const InventoryItem& item) {
    const bool readable = item.header.has_value();
    return std::tuple(readable, readable && !item.header->diverging,
                      readable ? recorded_until(*item.header).value : 0, SIZE_MAX - item.object.size());
  };
  std::vector<std::size_t> copies;
  std::map<std::string_view, std::size_t> by_file;
  for (std::size_t i = 0; i < inventory.items.size(); ++i) {
    const InventoryItem& item = inventory.items[i];
    if (!item.is_wal()) continue;
    const auto [known, first] = by_file.try_emplace(item.name.file, i);
    if (!first && rank(item) > rank(inventory.items[known->second])) known->second = i;
  }
  copies.reserve(by_file.size());
  for (const auto& [file, i] : by_file) {
    // NAME.partial comes right after NAME.
    const bool superseded = !copies.empty() && inventory.items[copies.back()].name.wal.segment ==
                                                   inventory.items[i].name.wal.segment;
    if (!superseded) copies.push_back(i);
  }
  return copies;
}

ArchiveResult<std::string> read_text_object(Store& store, const std::string& object) {
  auto opened = ArchivedObject::open(store, object);
  if (!opened) return std::unexpected(opened.error());
  std::string text;
  const auto extracted = opened->extract([&](ByteSpan bytes) -> ArchiveResult<void> {
    if (text.size() + bytes.size() > kMaxTextBytes)
      return std::unexpected(ArchiveError{.kind = ArchiveError::Kind::damaged,
                                          .text = fmt::format("archived \"{}\" is too long", object),
                                          .hint = {}});
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  });
  if (!extracted) return std::unexpected(extracted.error());
  return text;
}

}  // namespace walkit
