// Every option of every command, in one table. The parsers, the environment, --help, the man page and shell
// completion are made from it; a test checks that nothing contradicts itself.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "walreader/version.h"

namespace walkit {

enum class Command : std::uint8_t { dump = 1, stats = 2, verify = 4, pg_waldump = 8 };

/// The commands an option belongs to. `pg_waldump` is dump started under that name.
struct Commands {
  std::uint8_t bits = 0;
  constexpr Commands() = default;
  constexpr Commands(Command command) : bits(static_cast<std::uint8_t>(command)) {}
  constexpr bool has(Command command) const { return bits & static_cast<std::uint8_t>(command); }
};
constexpr Commands operator|(Commands a, Commands b) {
  Commands both;
  both.bits = a.bits | b.bits;
  return both;
}
constexpr Commands operator|(Command a, Command b) { return Commands(a) | Commands(b); }

enum class Argument : std::uint8_t { none, required, optional };

/// Names an option in code, whatever it is called on the command line.
enum class OptionId : std::uint8_t {
  bkp_details, block, end, follow, fork, limit, path, quiet, relation, rmgr, start, timeline, version, fullpage,
  xid, stats, save_fullpage, help, format, jobs, keep_going, record_type, pg_version, json, by, top,
};

struct Option {
  OptionId id;
  std::string_view name;      ///< without the two dashes
  char letter;                ///< 0 if it has none
  Argument argument;
  std::string_view metavar;   ///< as --help shows it; "[=record]" for an optional one
  Commands commands;
  bool environment;           ///< WALKIT_<NAME> sets it where the command line does not
  std::string_view help;      ///< lines separated by newlines
  Major since = kOldestMajor;  ///< help of pg_waldump: the majors that have the option, in these words
  Major until = Major::open;
};

std::span<const Option> options();

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
