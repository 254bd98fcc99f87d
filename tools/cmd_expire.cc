#include "tools/cmd_expire.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>

#include "archiver/expire.h"
#include "tools/messages.h"
#include "tools/opened_repository.h"
#include "tools/output.h"
#include "tools/program_options.h"
#include "tools/units.h"

namespace walkit {
namespace {

constexpr int kExitDone = 0;
constexpr int kExitDeclined = 1;
constexpr int kExitUsage = 2;

void describe(const ExpirePlan& plan, bool dry_run) {
  if (plan.objects.empty()) {
    print_output("nothing to remove: {}\n", plan.reason);
    return;
  }
  print_output("{:<14} {} in {}: {}, {}, {}\n", dry_run ? "would remove" : "to remove",
               binary_size(plan.bytes), plural(plan.objects.size(), "object"),
               plural(plan.segments, "segment"), plural(plan.labels, "backup label"),
               plural(plan.leftovers, "unfinished file"));
  if (plan.segments > 0) print_output("{:<14} {} to {}\n", "segments", plan.first_file, plan.last_file);
  if (!plan.kept_from.empty())
    print_output("{:<14} {} and everything after it: {}\n", "stays", plan.kept_from, plan.reason);
}

// Anything but a yes is a no.
bool confirmed() {
  print_output("Remove them? [y/N] ");
  std::array<char, 16> answer{};
  if (std::fgets(answer.data(), answer.size(), stdin) == nullptr) return false;
  const std::string_view text(answer.data());
  return text == "y\n" || text == "Y\n" || text == "yes\n" || text == "YES\n";
}

class Expire {
 public:
  Expire(const ArchiveSettings& settings, const Messages& messages)
      : settings_(settings), messages_(messages) {}

  int run() {
    const auto opened = open_repository(settings_);
    if (!opened) return report_error(messages_, opened.error());
    const auto identity = opened->repository.identity(settings_.system_identifier);
    if (!identity) return report_error(messages_, identity.error());
    auto inventory = read(opened->repository, *identity);
    if (!inventory) return report_error(messages_, inventory.error());
    const Retention& keep = settings_.expire.keep;
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto plan =
        plan_expire(*inventory, {.from = keep.from, .days = keep.days, .bytes = keep.bytes}, now);
    if (!plan) {
      report_error(messages_, plan.error());
      return kExitUsage;
    }
    warn_of_unread_labels(*inventory);
    describe(*plan, settings_.expire.dry_run);
    if (settings_.expire.dry_run || plan->objects.empty()) return kExitDone;
    if (const auto refused = ask()) return *refused;
    return remove(*opened->store, *plan);
  }

 private:
  static ArchiveResult<Inventory> read(const Repository& repository, const ClusterIdentity& identity) {
    auto inventory = list_inventory(repository, identity);
    if (inventory) read_labels(repository.store(), *inventory);
    return inventory;
  }

  void warn_of_unread_labels(const Inventory& inventory) const {
    for (const InventoryItem& item : inventory.items)
      if (item.error && item.is(WalFileKind::backup_history)) messages_.warning(item.error->text);
    for (const std::size_t i : inventory.unreadable_texts)
      messages_.warning(fmt::format("archived \"{}\" is not understood", inventory.items[i].object));
  }

  std::optional<int> ask() const {
    if (settings_.expire.yes) return {};
    if (::isatty(STDIN_FILENO) == 0) {
      messages_.error("nobody can be asked whether to remove this: standard input is not a terminal");
      messages_.hint("Give --yes to remove without asking, --dry-run to see what would be removed.");
      return kExitUsage;
    }
    if (confirmed()) return {};
    return kExitDeclined;
  }

  int remove(Store& store, const ExpirePlan& plan) const {
    std::uint64_t objects = 0;
    std::uint64_t bytes = 0;
    const auto removed = expire(store, plan, [&](const ExpiringObject& object) {
      ++objects;
      bytes += object.bytes;
    });
    print_output("{:<14} {} in {}\n", "removed", binary_size(bytes), plural(objects, "object"));
    return removed ? kExitDone : report_error(messages_, removed.error());
  }

  const ArchiveSettings& settings_;
  const Messages& messages_;
};

}  // namespace

int run_expire(int argc, char** argv) {
  const Messages messages("walkit", "walkit expire");
  const auto options = parse_command_line(Command::expire, argc, argv, messages);
  if (!options) return options.error();
  const auto settings = read_archive_settings(*options);
  std::string wrong;
  if (!settings)
    wrong = settings.error();
  else if (!options->operands.empty())
    wrong = fmt::format("too many command-line arguments (first is \"{}\")", options->operands[0]);
  else if (settings->expire.keep == Retention{})
    wrong = "nothing says what to keep: give --keep-from, --keep-days or --keep-bytes";
  if (wrong.empty()) return Expire(*settings, messages).run();
  messages.error(wrong);
  messages.usage_hint();
  return kExitUsage;
}

}  // namespace walkit
