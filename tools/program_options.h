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

/// What a command line and the environment say; values are not looked at. A value.
struct ParsedOptions {
  std::map<OptionId, std::string> values;  ///< of options that were given; "" if they take no value
  std::vector<std::string> operands;       ///< what is not an option, in order

  bool has(OptionId id) const { return values.contains(id); }
  /// Its value, or nullptr if the option was not given.
  const std::string* find(OptionId id) const {
    const auto found = values.find(id);
    return found == values.end() ? nullptr : &found->second;
  }
};

/// Parses what follows a command's name; `environment` holds NAME=VALUE pairs (WALKIT_JOBS sets --jobs where
/// the command line does not; an empty value is none). On error: one line, without "error: ".
std::expected<ParsedOptions, std::string> parse_options(Command command,
                                                        const std::vector<std::string>& arguments,
                                                        const std::vector<std::string>& environment);

/// The same for main: `argv` begins with the command's name. Answers --help and --version, and tells the user
/// of errors; then there is no value but an exit status.
std::expected<ParsedOptions, int> parse_command_line(Command command, int argc, char** argv,
                                                     const Messages& messages);

/// `invalid value "x" for option --name`
std::string invalid_value(const Option& option, std::string_view value);

/// The row of an option in the table.
const Option& find_option(OptionId id);

}  // namespace walkit
