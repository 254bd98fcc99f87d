#include "tools/config_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>

#include "tools/config_file.h"

namespace walkit {
namespace {

constexpr std::string_view kIntroduction =
    "# Configuration of walkit, which archives and restores the WAL of PostgreSQL.\n"
    "#\n"
    "# An option comes from the command line, else from the environment (--batch-bytes is "
    "WALKIT_BATCH_BYTES), else\n"
    "# from this file, else it has its default, which is what stands here behind a \"#\". [global] is for "
    "all commands;\n"
    "# the section of a command overrides it. A comment has its own line. Nobody but the owner of this file "
    "may have\n"
    "# the right to write to it.\n";

std::string commented(std::string_view text) {
  std::string lines = "# ";
  for (const char c : text) {
    lines += c;
    if (c == '\n') lines += "# ";
  }
  return lines;
}

// The commands that read the option from a file, as init does not.
std::uint32_t reading_commands(const Option& option) {
  if (option.places != Places::file) return 0;
  return option.commands.bits & ~static_cast<std::uint32_t>(Command::init);
}

void append_option(std::string& text, const Option& option, const ParsedOptions& given) {
  const auto at = std::back_inserter(text);
  fmt::format_to(at, "\n{}\n", commented(option.help));
  if (const std::string* value = given.find(option.id))
    fmt::format_to(at, "{} = {}\n", option.name, *value);
  else if (option.argument == Argument::none)
    fmt::format_to(at, "#{} = no\n", option.name);
  else
    fmt::format_to(at, "#{} = {}\n", option.name, option.standard.empty() ? option.metavar : option.standard);
}

// `wanted` tells by an option's commands whether it belongs into the section.
template <typename Wanted>
void append_section(std::string& text, std::string_view name, const ParsedOptions& given, Wanted wanted) {
  const auto belongs = [&wanted](const Option& option) { return wanted(reading_commands(option)); };
  if (std::ranges::none_of(options(), belongs)) return;
  text += fmt::format("\n[{}]\n", name);
  for (const Option& option : options())
    if (belongs(option)) append_option(text, option, given);
}

bool is_plain(char c) {
  const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return alphanumeric || std::string_view("/._-+:@").find(c) != std::string_view::npos;
}

// One word of a shell command in a string of postgresql.conf, in which the server replaces %p.
std::string command_word(std::string_view word) {
  const bool quoted = !std::ranges::all_of(word, is_plain);
  std::string shell = quoted ? "'" : "";
  for (const char c : word) {
    if (c == '\'')
      shell += "'\\''";
    else
      shell += c == '%' ? std::string("%%") : std::string(1, c);
  }
  if (quoted) shell += '\'';
  std::string setting;
  for (const char c : shell) setting += c == '\'' || c == '\\' ? std::string(2, c) : std::string(1, c);
  return setting;
}

std::string command_options(const std::vector<CommandOption>& options) {
  std::string words;
  for (const auto& [name, value] : options) words += fmt::format("--{}={} ", name, command_word(value));
  return words;
}

}  // namespace

std::string config_template(const ParsedOptions& given) {
  std::string text(kIntroduction);
  append_section(text, kGlobalSection, given, [](std::uint32_t bits) { return std::popcount(bits) > 1; });
  for (const CommandDescription& row : commands())
    append_section(text, row.name, given,
                   [&row](std::uint32_t bits) { return bits == static_cast<std::uint32_t>(row.command); });
  return text;
}

std::string archive_command_line(const std::vector<CommandOption>& options) {
  return fmt::format("archive_command = 'walkit push {}%p'", command_options(options));
}

std::string restore_command_line(const std::vector<CommandOption>& options) {
  return fmt::format("restore_command = 'walkit get {}%f %p'", command_options(options));
}

std::string server_settings(const std::string& config_file) {
  std::vector<CommandOption> options;
  if (config_file != kDefaultConfigFile) options.emplace_back("config", config_file);
  return fmt::format("archive_mode = on\n{}\n{}\n", archive_command_line(options),
                     restore_command_line(options));
}

}  // namespace walkit
