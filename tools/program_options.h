// Command lines of the commands that parse theirs as every other program does, unlike dump. The table in
// options.h is given to Boost.Program_options, which also looks into the environment.
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/messages.h"
#include "tools/options.h"

namespace walkit {

/// Where a value was given; the first wins.
enum class Origin : std::uint8_t { line, environment, command_section, global_section };

struct OptionValue {
  std::string text;       ///< as it was given
  bool declined = false;  ///< an option that takes no value, set to "no"
  Origin origin = Origin::line;
  std::string where;  ///< WALKIT_JOBS, /etc/walkit/walkit.conf:12; empty on the command line
};

/// What a command line, the environment and a configuration file say; values are not looked at. A value.
struct ParsedOptions {
  Command command = Command::dump;
  std::map<OptionId, OptionValue> values;
  std::vector<std::string> operands;  ///< what is not an option, in order

  bool has(OptionId id) const { return find(id) != nullptr; }
  /// Its value, or nullptr if the option was not given.
  const std::string* find(OptionId id) const {
    const OptionValue* value = given(id);
    return value == nullptr ? nullptr : &value->text;
  }
  const OptionValue* given(OptionId id) const {
    const auto found = values.find(id);
    return found == values.end() || found->second.declined ? nullptr : &found->second;
  }
};

/// Parses what follows a command's name; `environment` holds NAME=VALUE pairs (WALKIT_JOBS sets --jobs where
/// the command line does not; an empty value is none). On error: one line, without "error: ".
std::expected<ParsedOptions, std::string> parse_options(Command command,
                                                        const std::vector<std::string>& arguments,
                                                        const std::vector<std::string>& environment);

/// Adds what the text of a configuration file says of options that were not given otherwise. The error is one
/// line naming file and line; `options` is unchanged then.
std::expected<void, std::string> add_config(ParsedOptions& options, std::string_view text,
                                            std::string_view file);

/// Reads and adds the configuration file of a command that has --config, the default one if no other is
/// named. `init` writes one and reads none; `verify` of files that are named needs none.
std::expected<void, std::string> add_config_file(ParsedOptions& options);

/// All of this for main: `argv` begins with the command's name. Answers --help and --version, and tells the
/// user of errors; then there is no value but an exit status.
std::expected<ParsedOptions, int> parse_command_line(Command command, int argc, char** argv,
                                                     const Messages& messages);

/// Of an option that was given: `invalid value "x" for option --jobs`, `invalid value "x" for WALKIT_JOBS`,
/// `/etc/walkit/walkit.conf:12: invalid value "x" for option jobs`; then what was `expected`, if that is
/// said.
std::string invalid_value(const ParsedOptions& options, OptionId id, std::string_view expected = {});

}  // namespace walkit
