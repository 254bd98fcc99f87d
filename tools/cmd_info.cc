#include "tools/cmd_info.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "tools/inventory_text.h"
#include "tools/local_time.h"
#include "tools/messages.h"
#include "tools/opened_repository.h"
#include "tools/output.h"
#include "tools/program_options.h"

namespace walkit {
namespace {

constexpr int kExitSound = 0;
constexpr int kExitDamage = 1;
constexpr int kExitUsage = 2;

ArchiveResult<void> add_cluster(const Repository& repository, const ArchiveSettings& settings,
                                std::vector<ServerInventory>& servers) {
  const auto identities = chosen_identities(repository, settings);
  if (!identities) return std::unexpected(identities.error());
  for (const ClusterIdentity& identity : *identities) {
    auto inventory = read_inventory(repository, identity, settings.jobs);
    if (!inventory) return std::unexpected(inventory.error());
    auto summary = summarize(*inventory);
    servers.push_back({repository.cluster(), *std::move(inventory), std::move(summary)});
  }
  return {};
}

// The cluster that was named, or all there are.
ArchiveResult<std::vector<std::string>> clusters(Store& store, const ArchiveSettings& settings, bool named) {
  if (named) return std::vector{settings.cluster};
  if (const auto there = store.probe(); !there) return std::unexpected(archive_error(there.error()));
  const auto directories = store.list_directories("");
  if (!directories) return std::unexpected(archive_error(directories.error()));
  std::vector<std::string> names;
  for (const std::string& name : *directories)
    if (valid_cluster_name(name)) names.push_back(name);
  return names;
}

ArchiveResult<std::vector<ServerInventory>> read_servers(Store& store, const ArchiveSettings& settings,
                                                         bool named) {
  const auto names = clusters(store, settings, named);
  if (!names) return std::unexpected(names.error());
  std::vector<ServerInventory> servers;
  std::size_t opened = 0;
  for (const std::string& name : *names) {
    const auto repository = Repository::open(store, name);
    const bool no_cluster = !repository && repository.error().kind == ArchiveError::Kind::missing;
    if (no_cluster && !named) continue;
    if (!repository) return std::unexpected(repository.error());
    ++opened;
    if (const auto added = add_cluster(*repository, settings, servers); !added)
      return std::unexpected(added.error());
  }
  if (opened == 0) {
    const auto repository = Repository::open(store, settings.cluster);
    if (!repository) return std::unexpected(repository.error());
  }
  return servers;
}

int show(const ArchiveSettings& settings, bool named, const Messages& messages) {
  const auto store = open_store(settings);
  const auto servers = read_servers(*store, settings, named);
  if (!servers) return report_error(messages, servers.error());
  TextBuffer out;
  SystemLocalTime zone;
  if (settings.json) {
    append_info_json(out, store->url(), *servers);
  } else {
    if (servers->empty()) out.append(fmt::format("nothing has been archived in \"{}\" yet\n", store->url()));
    for (const ServerInventory& server : *servers) {
      if (&server != &servers->front()) out.append('\n');
      append_info(out, store->url(), server, zone, std::time(nullptr));
    }
  }
  write_output(out.view());
  const bool sound =
      std::ranges::all_of(*servers, [](const ServerInventory& server) { return server.summary.sound(); });
  return sound ? kExitSound : kExitDamage;
}

}  // namespace

int run_info(int argc, char** argv) {
  const Messages messages("walkit", "walkit info");
  const auto options = parse_command_line(Command::info, argc, argv, messages);
  if (!options) return options.error();
  const auto settings = read_archive_settings(*options);
  if (settings && options->operands.empty())
    return show(*settings, options->has(OptionId::cluster), messages);
  messages.error(settings
                     ? fmt::format("too many command-line arguments (first is \"{}\")", options->operands[0])
                     : settings.error());
  messages.usage_hint();
  return kExitUsage;
}

}  // namespace walkit
