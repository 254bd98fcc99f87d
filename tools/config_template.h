// The configuration file that `walkit init` writes: every option that may stand in it, explained.
#pragma once

#include <string>

#include "tools/program_options.h"

namespace walkit {

/// What was given for init is set; everything else is there as a comment with its default.
std::string config_template(const ParsedOptions& given);

/// The lines for postgresql.conf; `config_file` is named in the commands unless it is the default one.
std::string server_settings(const std::string& config_file);

}  // namespace walkit
