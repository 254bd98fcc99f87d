#include "tools/cmd_ls.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "archiver/inventory.h"
#include "tools/inventory_text.h"
#include "tools/local_time.h"
#include "tools/messages.h"
#include "tools/opened_repository.h"
#include "tools/output.h"
#include "tools/program_options.h"

namespace walkit {
namespace {

constexpr int kExitDone = 0;
constexpr int kExitAbsent = 1;
constexpr int kExitUsage = 2;

// What begins like one of the names that were given; everything if none was.
std::vector<const InventoryItem*> chosen(const std::vector<Inventory>& inventories,
                                         const std::vector<std::string>& names) {
  std::vector<const InventoryItem*> items;
  for (const Inventory& inventory : inventories)
    for (const InventoryItem& item : inventory.items) {
      const bool wanted = std::ranges::any_of(
          names, [&](const std::string& name) { return item.name.file.starts_with(name); });
      if (names.empty() || wanted) items.push_back(&item);
    }
  return items;
}

int report_absent(const Messages& messages, const std::vector<std::string>& names,
                  const std::vector<const InventoryItem*>& items) {
  int status = kExitDone;
  for (const std::string& name : names) {
    const bool there = std::ranges::any_of(
        items, [&](const InventoryItem* item) { return item->name.file.starts_with(name); });
    if (there) continue;
    messages.error(fmt::format("there is no \"{}\" in the archive", name));
    status = kExitAbsent;
  }
  return status;
}

int list(const ArchiveSettings& settings, const std::vector<std::string>& names, const Messages& messages) {
  const auto opened = open_repository(settings);
  if (!opened) return report_error(messages, opened.error());
  const auto identities = chosen_identities(opened->repository, settings);
  if (!identities) return report_error(messages, identities.error());
  std::vector<Inventory> inventories;
  for (const ClusterIdentity& identity : *identities) {
    auto inventory = read_inventory(opened->repository, identity, settings.jobs);
    if (!inventory) return report_error(messages, inventory.error());
    inventories.push_back(*std::move(inventory));
  }
  const auto items = chosen(inventories, names);
  TextBuffer out;
  SystemLocalTime zone;
  if (settings.json)
    append_listing_json(out, items);
  else
    append_listing(out, items, zone, std::time(nullptr));
  write_output(out.view());
  return report_absent(messages, names, items);
}

}  // namespace

int run_ls(int argc, char** argv) {
  const Messages messages("walkit", "walkit ls");
  const auto options = parse_command_line(Command::ls, argc, argv, messages);
  if (!options) return options.error();
  const auto settings = read_archive_settings(*options);
  if (settings) return list(*settings, options->operands, messages);
  messages.error(settings.error());
  messages.usage_hint();
  return kExitUsage;
}

}  // namespace walkit
