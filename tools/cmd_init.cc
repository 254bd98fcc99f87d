#include "tools/cmd_init.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include "archiver/data_directory.h"
#include "archiver/directory_store.h"
#include "archiver/repository.h"
#include "tools/archive_settings.h"
#include "tools/config_file.h"
#include "tools/config_template.h"
#include "tools/messages.h"
#include "tools/output.h"
#include "tools/program_options.h"

namespace walkit {
namespace {

constexpr int kExitDone = 0;
constexpr int kExitUsage = 2;
constexpr int kExitFailed = 3;

// It holds no secret, and whoever runs the server must be able to read what root wrote.
constexpr FileModes kConfigModes{.file = 0644, .directory = 0755, .group = {}};

class Init {
 public:
  Init(const ParsedOptions& options, const ArchiveSettings& settings, const Messages& messages)
      : options_(options), settings_(settings), messages_(messages) {}

  int run() {
    if (settings_.upgrade && settings_.repo.empty())
      return usage(
          "no repository specified: there is --repo, WALKIT_REPO, and repo in the configuration file");
    if (options_.operands.size() > 1)
      return usage(fmt::format("too many command-line arguments (first is \"{}\")", options_.operands[1]));
    if (!options_.operands.empty() && settings_.repo.empty())
      return usage(fmt::format("no repository specified for data directory \"{}\"", options_.operands[0]));
    if (settings_.upgrade) return prepare_archive() ? kExitDone : kExitFailed;

    const std::string* named = options_.find(OptionId::config);
    std::error_code error;
    const std::filesystem::path config =
        std::filesystem::absolute(named != nullptr ? *named : kDefaultConfigFile, error);
    // looked at before anything is made, and again by whoever writes it
    if (std::filesystem::exists(std::filesystem::symlink_status(config, error)))
      return refuse_existing(config);
    if (!settings_.repo.empty() && !prepare_archive()) return kExitFailed;
    if (const int status = write_config(config); status != kExitDone) return status;
    print_output("\nFor postgresql.conf (a change of archive_mode needs a restart):\n\n{}",
                 server_settings(config.string()));
    return kExitDone;
  }

 private:
  int usage(const std::string& text) const {
    messages_.error(text);
    messages_.usage_hint();
    return kExitUsage;
  }

  bool fail(const ArchiveError& error) const {
    messages_.error(error.text);
    if (!error.hint.empty()) messages_.hint(error.hint);
    return false;
  }

  // Not made here, since a disk that is not mounted yet would be hidden by it.
  static ArchiveError with_hint(ArchiveError error) {
    if (error.kind == ArchiveError::Kind::store && error.store == StoreError::Kind::unreachable)
      error.hint = "Mount its disk, or make the directory and give it to the user who runs the server.";
    return error;
  }

  int refuse_existing(const std::filesystem::path& config) const {
    messages_.error(fmt::format("configuration file \"{}\" exists already", config.string()));
    messages_.hint("Name another with --config, or move it away.");
    return kExitFailed;
  }

  // Makes the archive unless it is there, and lets the server of the data directory in, if one is named.
  bool prepare_archive() const {
    const std::unique_ptr<Store> store = make_directory_store(settings_.repo, settings_.modes);
    auto repository = Repository::open(*store, settings_.cluster);
    const bool missing = !repository && repository.error().kind == ArchiveError::Kind::missing;
    if (missing && !settings_.upgrade) repository = Repository::open_or_create(*store, settings_.cluster);
    if (!repository) return fail(with_hint(std::move(repository).error()));
    print_output("{} {}\n", missing ? "made" : "found", repository->describe());
    return admit_server(*repository);
  }

  bool admit_server(const Repository& repository) const {
    const char* pgdata = std::getenv("PGDATA");
    DataDirectory server;
    if (!options_.operands.empty())
      server.path = options_.operands.front();
    else if (settings_.upgrade && pgdata != nullptr)
      server.path = pgdata;
    else if (settings_.upgrade)
      return fail(
          {.text = "no data directory specified", .hint = "Name that of the new server, or set PGDATA."});
    else
      return true;
    const auto control = server.read_control();
    if (!control) return fail(control.error());
    const ClusterIdentity identity{.system_identifier = control->system_identifier,
                                   .major = control->major,
                                   .segment_size_bytes = control->segment_size_bytes};
    const auto admitted = repository.admit(identity, settings_.upgrade);
    if (!admitted) return fail(admitted.error());
    print_output("PostgreSQL {} with system identifier {} may archive there\n", identity.major,
                 identity.system_identifier);
    return true;
  }

  // A directory store writes a file whole or not at all, and never over another.
  int write_config(const std::filesystem::path& config) const {
    const std::string directory = config.parent_path().string();
    if (::mkdir(directory.c_str(), kConfigModes.directory) != 0 && errno != EEXIST) {
      messages_.error(fmt::format("could not create directory \"{}\": {}", directory, errno_text(errno)));
      return kExitFailed;
    }
    const std::string text = config_template(options_);
    const std::unique_ptr<Store> store = make_directory_store(directory, kConfigModes);
    const auto written = write_object(*store, config.filename().string(), std::as_bytes(std::span(text)));
    if (!written && written.error().kind == StoreError::Kind::exists) return refuse_existing(config);
    if (!written) {
      messages_.error(written.error().text);
      return kExitFailed;
    }
    print_output("wrote {}\n", config.string());
    return kExitDone;
  }

  const ParsedOptions& options_;
  const ArchiveSettings& settings_;
  const Messages& messages_;
};

}  // namespace

int run_init(int argc, char** argv) {
  ::umask(S_IWGRP | S_IWOTH);  // what is made here is for the server's user, whatever root's umask is
  const Messages messages("walkit", "walkit init");
  const auto options = parse_command_line(Command::init, argc, argv, messages);
  if (!options) return options.error();
  const auto settings = read_archive_settings(*options);
  if (!settings) {
    messages.error(settings.error());
    return kExitUsage;
  }
  return Init(*options, *settings, messages).run();
}

}  // namespace walkit
