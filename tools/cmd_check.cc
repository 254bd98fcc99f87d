#include "tools/cmd_check.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "archiver/data_directory.h"
#include "archiver/spool.h"
#include "live/archive_probe.h"
#include "live/server_facts.h"
#include "tools/check_report.h"
#include "tools/check_settings.h"
#include "tools/config_template.h"
#include "tools/messages.h"
#include "tools/opened_repository.h"
#include "tools/pg_module.h"
#include "tools/program_options.h"

namespace walkit {
namespace {

using enum StepResult;
using std::chrono::milliseconds;

constexpr int kExitPassed = 0;
constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
constexpr int kExitUnconnected = 3;

// The options that lead a server's command to where this command line leads.
std::vector<CommandOption> server_options(const ParsedOptions& options, const ArchiveSettings& settings) {
  std::error_code error;
  const auto absolute = [&error](const std::string& path) {
    return std::filesystem::absolute(path, error).string();
  };
  std::vector<CommandOption> words;
  if (const std::string* config = options.find(OptionId::config))
    words.emplace_back("config", absolute(*config));
  const auto add_given = [&](OptionId id, std::string value) {
    const OptionValue* given = options.given(id);
    if (given != nullptr && given->origin <= Origin::environment)
      words.emplace_back(find_option(id, Command::check).name, std::move(value));
  };
  add_given(OptionId::repo, absolute(settings.repo));
  add_given(OptionId::cluster, settings.cluster);
  add_given(OptionId::spool, absolute(settings.spool.value_or("")));
  return words;
}

std::string scratch_directory() {
  const char* chosen = std::getenv("TMPDIR");
  return chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
}

milliseconds since(Deadline::clock::time_point start) {
  return std::chrono::duration_cast<milliseconds>(Deadline::clock::now() - start);
}
std::string seconds(milliseconds duration) {
  return fmt::format("{:.1f} s", std::chrono::duration<double>(duration).count());
}
std::string lsn_text(Lsn lsn) { return fmt::format("{:X}/{:X}", lsn.high(), lsn.low()); }

class Check {
 public:
  Check(const ParsedOptions& options, const ArchiveSettings& settings, Server& server)
      : options_(options),
        settings_(settings),
        server_(server),
        store_(open_store(settings)),
        deadline_(Deadline::clock::now() + settings.timeout),
        report_(settings.json) {}

  int run(const Messages& messages) {
    const auto connected = server_.connect(settings_.connection, deadline_);
    if (!connected && is_usage(connected.error())) {
      messages.error(connected.error().text);
      messages.hint(connected.error().hint);
      return kExitUsage;
    }
    if (!connected) add_error("connection", connected.error());
    const int status = connected ? check_server() : kExitUnconnected;
    report_.finish();
    return status;
  }

 private:
  static bool is_usage(const ServerError& error) {
    return error.kind == ServerError::Kind::secret || error.kind == ServerError::Kind::connection_string;
  }

  int check_server() {
    if (read_facts()) {
      const std::vector<CommandOption> words = server_options(options_, settings_);
      const ExpectedSettings expected{settings_, archive_command_line(words), restore_command_line(words)};
      for (CheckStep& step : judge_rights(facts_)) report_.add(std::move(step));
      for (CheckStep& step : judge_settings(facts_, expected)) report_.add(std::move(step));
      check_repository();
      check_spool();
      if (facts_.is_standby)
        restore_newest();
      else
        archive_one();
    }
    return report_.any_failed() ? kExitFailed : kExitPassed;
  }

  // False if there is no point in going on.
  bool read_facts() {
    auto facts = read_server_role(server_, deadline_);
    if (!facts) return refuse("connection", facts.error());
    facts_ = *std::move(facts);
    report_.add(judge_server(facts_));
    if (report_.any_failed()) return false;
    const auto read = read_server_settings(server_, facts_, deadline_);
    return read ? true : refuse("settings", read.error());
  }

  bool refuse(std::string_view step, const ServerError& error) {
    add_error(step, error);
    return false;
  }
  void add_error(std::string_view step, const ServerError& error) {
    report_.add({step, failed, error.text, error.hint});
  }
  void add_error(std::string_view step, const ArchiveError& error) {
    const bool denied = error.kind == ArchiveError::Kind::store && error.store == StoreError::Kind::denied;
    report_.add(
        {step, failed, error.text, denied ? "Run this as the user that the server runs as." : error.hint});
  }

  // Whether the archive is this server's, or may become so.
  void check_repository() {
    const auto identity = facts_.identity();
    const auto repository = Repository::open(*store_, settings_.cluster);
    if (!repository && repository.error().kind == ArchiveError::Kind::missing && !facts_.is_standby)
      return report_.add({"repository", warning, repository.error().text + " yet: the first push makes it",
                          repository.error().hint});
    if (!repository) return add_error("repository", repository.error());
    if (!identity)
      return report_.add({"repository",
                          not_checked,
                          fmt::format("whether \"{}\" is this server's: see rights", repository->describe()),
                          {}});
    if (settings_.system_identifier && *settings_.system_identifier != identity->system_identifier)
      return report_.add({"repository",
                          failed,
                          fmt::format("the server has system identifier {}, --system-identifier says {}",
                                      identity->system_identifier, *settings_.system_identifier),
                          {}});
    const auto known = repository->identities();
    if (!known) return add_error("repository", known.error());
    if (known->empty())
      return report_.add({"repository", ok, fmt::format("\"{}\", still empty", repository->describe()), {}});
    compare(*repository, *identity);
  }

  void compare(const Repository& repository, const ClusterIdentity& server) {
    const auto held = repository.identity(server.system_identifier);
    if (!held) return add_error("repository", held.error());
    const auto describe = [](const ClusterIdentity& identity) {
      return fmt::format("PostgreSQL {} with {} MiB segments", identity.major,
                         identity.segment_size_bytes >> 20);
    };
    if (*held != server)
      return report_.add({"repository",
                          failed,
                          fmt::format("the server is {}, \"{}\" holds {}", describe(server),
                                      repository.describe(), describe(*held)),
                          {}});
    report_.add({"repository",
                 ok,
                 fmt::format("\"{}\" is of this server: system identifier {}, {}", repository.describe(),
                             server.system_identifier, describe(server)),
                 {}});
  }

  // Another user's rights cannot be tried out.
  void check_spool() {
    const std::string* path = facts_.setting("data_directory");
    struct stat status{};
    if (path == nullptr || ::stat(path->c_str(), &status) != 0 || status.st_uid != ::geteuid())
      return report_.add(
          {"spool", not_checked, "this does not run on the server's machine as the server's user", {}});
    const DataDirectory directory{*path, status.st_dev, status.st_ino};
    const auto control = directory.read_control();
    if (!control || control->system_identifier != facts_.system_identifier)
      return report_.add({"spool", not_checked, "this does not run on the server's machine", {}});
    if (!settings_.spool)
      return report_.add(
          {"spool", warning, "there is none: nothing is archived or fetched ahead",
           "Make the directory that --spool names, owned by the server's user, with mode 0700."});
    const auto spool = Spool::open(*settings_.spool, settings_.repo, settings_.cluster, directory);
    if (spool)
      report_.add({"spool", ok, fmt::format("\"{}\"", *settings_.spool), {}});
    else
      report_.add({"spool", spool.error().unsafe ? failed : warning, spool.error().text, {}});
  }

  // The proof. Nothing is written unless everything it takes is there.
  void archive_one() {
    if (report_.any_failed())
      return report_.add({"archiving", not_checked, "something above has failed", {}});
    const auto identity = facts_.identity();
    if (!identity) return report_.add({"archiving", failed, "the server does not say whose WAL this is", {}});
    const auto segment = switch_segment(server_, identity->segment_size_bytes, deadline_);
    if (!segment) return add_error("archiving", segment.error());
    const auto start = Deadline::clock::now();
    const auto arrived =
        await_segment(server_, *store_, settings_.cluster, identity->system_identifier, *segment, deadline_);
    if (!arrived) return add_error("archiving", arrived.error());
    const milliseconds took = since(start);
    report_.add({"archiving",
                 ok,
                 fmt::format("segment \"{}\" with a restore point at {} arrived {} after the switch",
                             segment->file, lsn_text(segment->restore_point), seconds(took)),
                 {}});
    restore(*identity, {segment->file, segment->restore_point, took, {}});
  }

  void restore_newest() {
    const auto identity = facts_.identity();
    if (report_.any_failed() || !identity)
      return report_.add({"restoring", not_checked, "something above has failed", {}});
    const auto repository = Repository::open(*store_, settings_.cluster);
    if (!repository) return add_error("restoring", repository.error());
    const auto newest = newest_segment(*repository, *identity);
    if (!newest) return add_error("restoring", newest.error());
    if (!*newest) return report_.add({"restoring", not_checked, "nothing has been archived yet", {}});
    restore(*identity, {**newest, {}, {}, {}});
  }

  void restore(const ClusterIdentity& identity, CheckedSegment segment) {
    const auto start = Deadline::clock::now();
    const auto restored =
        try_restore(*store_, settings_.cluster, identity, segment.file, scratch_directory(), deadline_);
    if (!restored) {
      add_error("restoring", restored.error());
    } else {
      segment.restored_in = since(start);
      for (const std::string& text : *restored) report_.add({"restoring", warning, text, {}});
      report_.add({"restoring",
                   ok,
                   fmt::format("segment \"{}\" was restored and is what was archived, in {}", segment.file,
                               seconds(*segment.restored_in)),
                   {}});
    }
    report_.set_segment(std::move(segment));
  }

  const ParsedOptions& options_;
  const ArchiveSettings& settings_;
  Server& server_;
  std::unique_ptr<Store> store_;
  Deadline deadline_;
  CheckReport report_;
  ServerFacts facts_;
};

}  // namespace

int run_check(int argc, char** argv) {
  const Messages messages("walkit", "walkit check");
  const auto options = parse_command_line(Command::check, argc, argv, messages);
  if (!options) return options.error();
  const auto settings = read_archive_settings(*options);
  if (!settings || !options->operands.empty()) {
    messages.error(
        settings ? fmt::format("too many command-line arguments (first is \"{}\")", options->operands[0])
                 : settings.error());
    messages.usage_hint();
    return kExitUsage;
  }
  const auto server = load_server_module();
  if (!server) {
    messages.error(server.error().text);
    messages.hint(server.error().hint);
    return kExitUnconnected;
  }
  return Check(*options, *settings, **server).run(messages);
}

}  // namespace walkit
