// The configuration file that `walkit init` writes: every option that may stand in it, explained.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/program_options.h"

namespace walkit {

/// What was given for init is set; everything else is there as a comment with its default.
std::string config_template(const ParsedOptions& given);

/// An option that a server's commands are to have: its name without dashes, and its value.
using CommandOption = std::pair<std::string_view, std::string>;

/// One line of postgresql.conf.
std::string archive_command_line(const std::vector<CommandOption>& options);
std::string restore_command_line(const std::vector<CommandOption>& options);

/// The lines for postgresql.conf; `config_file` is named in the commands unless it is the default one.
std::string server_settings(const std::string& config_file);

}  // namespace walkit
