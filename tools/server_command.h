// What a command of postgresql.conf makes walkit do, as far as it can be told without a shell.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/archive_settings.h"

namespace walkit {

struct ServerCommand {
  bool calls_walkit = false;                ///< it has the words walkit push, or walkit get
  std::optional<ArchiveSettings> settings;  ///< of that call; nullopt if they cannot be told
  std::string problem;                      ///< why, if the call itself is wrong; else empty
};

/// Reads archive_command (Command::push) or restore_command (Command::get). Variables of the server's
/// environment are not known here; those that the command itself sets are.
ServerCommand read_server_command(Command which, std::string_view command);

/// The simple commands of a line for the shell, as words; nullopt if only a shell could tell.
std::optional<std::vector<std::vector<std::string>>> shell_words(std::string_view line);

}  // namespace walkit
