// Every option of every command, in one table. The parsers, the environment, --help, the man page and shell
// completion are made from it; a test checks that nothing contradicts itself.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "walreader/version.h"

namespace walkit {

enum class Command : std::uint32_t {
  dump = 1,
  stats = 1 << 1,
  verify = 1 << 2,
  pg_waldump = 1 << 3,
  init = 1 << 4,
  push = 1 << 5,
  get = 1 << 6,
  ls = 1 << 7,
  info = 1 << 8,
  expire = 1 << 9,
  check = 1 << 10,
  feed = 1 << 11,
  find = 1 << 12,
};

/// The commands an option belongs to. `pg_waldump` is dump started under that name.
struct Commands {
  std::uint32_t bits = 0;
  constexpr Commands() = default;
  constexpr Commands(Command command) : bits(static_cast<std::uint32_t>(command)) {}
  constexpr bool has(Command command) const { return (bits & static_cast<std::uint32_t>(command)) != 0; }
};
constexpr Commands operator|(Commands a, Commands b) {
  Commands both;
  both.bits = a.bits | b.bits;
  return both;
}
constexpr Commands operator|(Command a, Command b) { return Commands(a) | Commands(b); }

/// Where else than on the command line an option may be given; each place includes the ones before it.
enum class Places : std::uint8_t {
  line,         ///< nowhere else
  environment,  ///< as WALKIT_<NAME>
  file,         ///< under its name in the configuration file
};

enum class Argument : std::uint8_t { none, required, optional };

/// Names an option in code, whatever it is called on the command line.
enum class OptionId : std::uint8_t {
  bkp_details,
  block,
  end,
  follow,
  fork,
  limit,
  path,
  quiet,
  relation,
  rmgr,
  start,
  timeline,
  version,
  fullpage,
  xid,
  stats,
  save_fullpage,
  help,
  format,
  jobs,
  keep_going,
  record_type,
  pg_version,
  json,
  by,
  top,
  repo,
  cluster,
  system_identifier,
  since,
  until,
  config,
  codec,
  level,
  spool,
  timeout,
  mode,
  group,
  batch_segments,
  batch_bytes,
  mark_done,
  on_corrupt,
  on_conflict,
  backfill,
  metrics_file,
  prefetch,
  prefetch_bytes,
  standby_on_error,
  allow_gap,
  partial,
  keep_from,
  keep_days,
  keep_bytes,
  dry_run,
  yes,
  upgrade,
  connection,
  catalog,
  database,
  table,
  column,
  operations,
  sink,
  kafka_config,
  state,
  snapshot_every,
  undo,
  drop,
  truncate,
  delete_more_than,
  update_more_than,
  larger_than,
  base_backup,
};

struct Option {
  OptionId id;
  std::string_view name;  ///< without the two dashes
  char letter;            ///< 0 if it has none
  Argument argument;
  std::string_view metavar;  ///< as --help shows it; "[=record]" for an optional one
  Commands commands;
  Places places;               ///< where it may be given, beside the command line
  std::string_view help;       ///< lines separated by newlines
  Major since = kOldestMajor;  ///< help of pg_waldump: the majors that have the option, in these words
  Major until = Major::open;
  std::string_view standard =
      {};  ///< the default, as it would be typed; empty if there is none or `help` says it
};

/// An option may have several rows, next to each other: one a major that words it differently, or one a
/// command.
std::span<const Option> options();

/// The row of an option of a command; any of its rows if the command does not have it.
const Option& find_option(OptionId id, Command command);

/// Its help with the default, if that is not in it already.
std::string full_help(const Option& option);

/// WALKIT_RECORD_TYPE for record-type.
std::string environment_name(const Option& option);

/// The lines of --help for the options of a command; of those of pg_waldump, as `major` words them.
std::string options_help(Command command, Major major);

struct CommandDescription {
  Command command;
  std::string_view name;
  std::string_view synopsis;     ///< after the name
  std::string_view summary;      ///< one line
  std::string_view description;  ///< paragraphs for --help and the man page
  int usage_status = 2;          ///< exit status after a wrong command line or configuration
};

std::span<const CommandDescription> commands();
const CommandDescription& describe_command(Command command);

/// The whole of `walkit COMMAND --help`.
std::string command_help(const CommandDescription& command);

/// The man page walkit(1), in mdoc's older sibling, the man macros.
std::string man_page();

/// A completion script for bash, zsh or fish; empty for another shell.
std::string completion_script(std::string_view shell);

}  // namespace walkit
