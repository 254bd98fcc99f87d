#include "tools/check_settings.h"

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <system_error>

#include "tools/server_command.h"

namespace walkit {
namespace {

using enum StepResult;
namespace fs = std::filesystem;

std::string restart_with(std::string_view line) {
  return fmt::format("Put this line into postgresql.conf and restart the server: {}", line);
}
std::string reload_with(std::string_view line) {
  return fmt::format("Put this line into postgresql.conf and reload it: {}", line);
}

// A setting's value and what to compare it with.
struct Subject {
  const ServerFacts& facts;
  const ExpectedSettings& expected;
  std::string_view name;
  const std::string& value;

  CheckStep found(StepResult result, std::string text, std::string hint = {}) const {
    return {name, result, std::move(text), std::move(hint)};
  }
  bool is_set(const std::string& other) const {
    const std::string* setting = facts.setting(other);
    return setting != nullptr && !setting->empty();
  }
};

CheckStep judge_wal_level(const Subject& subject) {
  if (subject.value != "minimal") return subject.found(ok, subject.value);
  return subject.found(failed, "minimal: such WAL cannot be archived", restart_with("wal_level = replica"));
}

CheckStep judge_archive_mode(const Subject& subject) {
  const bool standby = subject.facts.is_standby;
  if (subject.value == "off")
    return standby ? subject.found(warning, "off: after a promotion nothing will be archived",
                                   restart_with("archive_mode = on"))
                   : subject.found(failed, "off: nothing is archived", restart_with("archive_mode = on"));
  if (standby && subject.value == "on")
    return subject.found(ok, "on: this standby archives once it is promoted");
  return subject.found(ok, subject.value);
}

std::string absolute_repo(const ArchiveSettings& settings, const fs::path& base) {
  std::error_code error;
  const fs::path resolved = fs::weakly_canonical(base / settings.repo, error);
  return error ? settings.repo : resolved.string();
}

// Whether the command leads to the archive that this check was told of. The command itself is not repeated:
// some hold secrets.
CheckStep judge_command(const Subject& subject, Command which, const std::string& line) {
  const ServerCommand command = read_server_command(which, subject.value);
  const std::string call = fmt::format("walkit {}", describe_command(which).name);
  if (!command.calls_walkit) return subject.found(warning, "does not call " + call, reload_with(line));
  if (!command.problem.empty())
    return subject.found(warning, fmt::format("{}: {}", call, command.problem), reload_with(line));
  if (!command.settings)
    return subject.found(not_checked, fmt::format("calls {} in a way that only a shell understands", call));
  std::error_code error;
  const std::string* data_directory = subject.facts.setting("data_directory");
  const ArchiveSettings& ours = subject.expected.archive;
  const std::string our_repo = absolute_repo(ours, fs::current_path(error));
  const std::string their_repo =
      absolute_repo(*command.settings, data_directory == nullptr ? fs::path() : fs::path(*data_directory));
  std::string used =
      fmt::format("{} with cluster \"{}\" of \"{}\"", call, command.settings->cluster, their_repo);
  if (our_repo == their_repo && ours.cluster == command.settings->cluster)
    return subject.found(ok, std::move(used));
  return subject.found(warning,
                       fmt::format("{}, but this check is of \"{}\" of \"{}\"", used, ours.cluster, our_repo),
                       reload_with(line));
}

CheckStep judge_archive_command(const Subject& subject) {
  const std::string& line = subject.expected.archive_line;
  if (subject.is_set("archive_library"))
    return subject.found(warning,
                         fmt::format("not used: archive_library is \"{}\", which is not walkit",
                                     *subject.facts.setting("archive_library")),
                         reload_with("archive_library = ''"));
  const std::string* mode = subject.facts.setting("archive_mode");
  if (mode != nullptr && *mode == "off")
    return subject.found(not_checked, "the server does not show it while archive_mode is off",
                         restart_with(line));
  if (subject.value.empty())
    return subject.found(subject.facts.is_standby ? warning : failed, "not set: nothing is archived",
                         reload_with(line));
  return judge_command(subject, Command::push, line);
}

CheckStep judge_restore_command(const Subject& subject) {
  const std::string& line = subject.expected.restore_line;
  if (subject.value.empty())
    return subject.found(warning, "not set: WAL that the primary has removed cannot be caught up on",
                         reload_with(line));
  return judge_command(subject, Command::get, line);
}

CheckStep judge_archive_timeout(const Subject& subject) {
  if (subject.value != "0") return subject.found(ok, subject.value + " s");
  return subject.found(warning, "0: an idle server archives nothing until a segment is full",
                       reload_with("archive_timeout = 60"));
}

CheckStep judge_full_page_writes(const Subject& subject) {
  if (subject.value == "on") return subject.found(ok, "on");
  return subject.found(warning, "off: pages that a crash has torn cannot be restored",
                       reload_with("full_page_writes = on"));
}

struct Judge {
  const char* setting;
  bool of_primary, of_standby;
  CheckStep (*judge)(const Subject& subject);
};

constexpr Judge kJudges[] = {
    {"wal_level", true, false, judge_wal_level},
    {"archive_mode", true, true, judge_archive_mode},
    {"archive_command", true, true, judge_archive_command},
    {"archive_timeout", true, false, judge_archive_timeout},
    {"full_page_writes", true, false, judge_full_page_writes},
    {"restore_command", false, true, judge_restore_command},
};

struct Right {
  const char* function;
  bool on_standby;
  const char* purpose;
};

constexpr Right kRights[] = {
    {kControlFunction, true, "tell whose WAL this is"},
    {kRestorePointFunction, false, "write a restore point"},
    {kSwitchFunction, false, "switch to a new segment"},
};

}  // namespace

CheckStep judge_server(const ServerFacts& facts) {
  constexpr int kOldest = static_cast<int>(kOldestMajor), kNewest = static_cast<int>(kNewestMajor);
  const bool known = facts.major() >= kOldest && facts.major() <= kNewest;
  std::string text =
      fmt::format("PostgreSQL {}, a {}", facts.version, facts.is_standby ? "standby" : "primary");
  if (!known) text += fmt::format(": walkit knows PostgreSQL {} to {}", kOldest, kNewest);
  return {"connection", known ? ok : failed, std::move(text), {}};
}

std::vector<CheckStep> judge_settings(const ServerFacts& facts, const ExpectedSettings& expected) {
  std::vector<CheckStep> steps;
  for (const Judge& row : kJudges) {
    if (!(facts.is_standby ? row.of_standby : row.of_primary)) continue;
    const std::string* value = facts.setting(row.setting);
    if (value == nullptr)
      steps.push_back({row.setting, not_checked, fmt::format("{} may not see it", facts.user),
                       fmt::format("GRANT pg_read_all_settings TO {};", facts.user)});
    else
      steps.push_back(row.judge({facts, expected, row.setting, *value}));
  }
  return steps;
}

std::vector<CheckStep> judge_rights(const ServerFacts& facts) {
  std::vector<CheckStep> steps;
  for (const Right& right : kRights)
    if ((right.on_standby || !facts.is_standby) && !facts.may_execute(right.function))
      steps.push_back({"rights", failed,
                       fmt::format("{} may not execute {}, to {}", facts.user, right.function, right.purpose),
                       fmt::format("GRANT EXECUTE ON FUNCTION {} TO {};", right.function, facts.user)});
  if (facts.setting("data_directory") == nullptr)
    steps.push_back({"rights", warning, fmt::format("{} may not see data_directory", facts.user),
                     fmt::format("GRANT pg_read_all_settings TO {};", facts.user)});
  if (steps.empty())
    steps.push_back({"rights", ok, fmt::format("{} may do all that this check does", facts.user), {}});
  return steps;
}

}  // namespace walkit
