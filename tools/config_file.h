// The configuration file: `key = value` lines in sections. [global] is for all commands; [push], [get], ...
// override it for one. Keys are the names of options. Comments are lines that begin with # or ;.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/options.h"

namespace walkit {

inline constexpr std::string_view kDefaultConfigFile = "/etc/walkit/walkit.conf";
inline constexpr std::string_view kGlobalSection = "global";

struct ConfigEntry {
  const Option* option = nullptr;  ///< its row for `command`, or any of its rows
  std::optional<Command> command;  ///< whose section it is in; nullopt: [global]
  std::string value;
  int line = 0;  ///< of the file, from 1
};

/// The entries of a file's text, in its order. Every section and key is checked, whichever command asks. The
/// error is one line that begins with FILE:LINE.
std::expected<std::vector<ConfigEntry>, std::string> parse_config(std::string_view text,
                                                                  std::string_view file);

enum class MissingFile : std::uint8_t { refused, empty };

/// The text of a configuration file. Refused: anything but a regular file, one that is unreasonably large,
/// and one that others may write (than the caller and root), since it decides where WAL goes. The error is
/// one line.
std::expected<std::string, std::string> read_config_file(const std::string& file, MissingFile missing);
/// Of one that may hold secrets: it must be there, and everybody's reading it is refused as well.
std::expected<std::string, std::string> read_secret_file(const std::string& file);

/// Without the blanks around it.
std::string_view trimmed(std::string_view text);

/// yes, true, on, y, 1 and their opposites; nullopt for anything else.
std::optional<bool> parse_switch(std::string_view text);

}  // namespace walkit
