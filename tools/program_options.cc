#include "tools/program_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/program_options.hpp>

#include "tools/config_file.h"
#include "tools/output.h"
#include "tools/version_info.h"

namespace walkit {
namespace {

namespace po = boost::program_options;

// "jobs,j", as Boost wants it.
std::string boost_name(const Option& option) {
  std::string name(option.name);
  if (option.letter != 0) (name += ',') += option.letter;
  return name;
}

// Options that several rows word differently for different majors are one option here.
template <typename Visit>
void for_each_option(Command command, Visit visit) {
  const Option* last = nullptr;
  for (const Option& option : options()) {
    if (!option.commands.has(command) || (last != nullptr && last->id == option.id)) continue;
    visit(option);
    last = &option;
  }
}

po::options_description descriptions(Command command) {
  po::options_description all;
  for_each_option(command, [&all](const Option& option) {
    if (option.argument == Argument::none)
      all.add_options()(boost_name(option).c_str(), po::bool_switch());
    else
      all.add_options()(boost_name(option).c_str(), po::value<std::string>());
  });
  return all;
}

std::string invalid_value(const Option& option, const OptionValue& value) {
  switch (value.origin) {
    case Origin::line:
      return fmt::format("invalid value \"{}\" for option --{}", value.text, option.name);
    case Origin::environment:
      return fmt::format("invalid value \"{}\" for {}", value.text, value.where);
    case Origin::command_section:
    case Origin::global_section:
      break;
  }
  return fmt::format("{}: invalid value \"{}\" for option {}", value.where, value.text, option.name);
}

using Parsed = std::expected<void, std::string>;

// Adds a value unless the option has one from a place that comes first.
Parsed add(ParsedOptions& options, const Option& option, OptionValue value) {
  if (option.argument == Argument::none && value.origin != Origin::line) {
    const auto on = parse_switch(value.text);
    if (!on) return std::unexpected(invalid_value(option, value) + ": expected yes or no");
    value.declined = !*on;
    value.text.clear();
  }
  options.values.try_emplace(option.id, std::move(value));
  return {};
}

void add_line(ParsedOptions& options, const po::variables_map& map) {
  for_each_option(options.command, [&](const Option& option) {
    const po::variable_value& value = map[std::string(option.name)];
    if (value.empty()) return;
    if (option.argument != Argument::none)
      options.values[option.id] = {.text = value.as<std::string>(), .where = {}};
    else if (value.as<bool>())
      options.values[option.id] = {};
  });
}

Parsed add_environment(ParsedOptions& options, const std::vector<std::string>& environment) {
  Parsed result;
  for_each_option(options.command, [&](const Option& option) {
    if (option.places < Places::environment) return;
    const std::string name = environment_name(option);
    for (const std::string& variable : environment) {
      if (!variable.starts_with(name) || variable.size() <= name.size() + 1 || variable[name.size()] != '=')
        continue;
      auto added =
          add(options, option,
              {.text = variable.substr(name.size() + 1), .origin = Origin::environment, .where = name});
      if (!added && result) result = std::move(added);
      break;
    }
  });
  return result;
}

}  // namespace

std::expected<ParsedOptions, std::string> parse_options(Command command,
                                                        const std::vector<std::string>& arguments,
                                                        const std::vector<std::string>& environment) {
  try {
    const po::options_description all = descriptions(command);
    const po::parsed_options line = po::command_line_parser(arguments).options(all).run();
    po::variables_map map;
    po::store(line, map);
    ParsedOptions options{.command = command,
                          .values = {},
                          .operands = po::collect_unrecognized(line.options, po::include_positional)};
    add_line(options, map);
    if (auto added = add_environment(options, environment); !added)
      return std::unexpected(std::move(added.error()));
    return options;
  } catch (const po::unknown_option& error) {
    return std::unexpected(fmt::format("unrecognized option \"{}\"", error.get_option_name()));
  } catch (const po::error& error) {
    std::string text = error.what();
    std::ranges::replace(text, '\'', '"');  // as PostgreSQL quotes
    return std::unexpected(std::move(text));
  }
}

std::expected<void, std::string> add_config(ParsedOptions& options, std::string_view text,
                                            std::string_view file) {
  const auto entries = parse_config(text, file);
  if (!entries) return std::unexpected(entries.error());
  ParsedOptions added = options;
  // the command's own section first, since what is added first stays
  for (const Origin section : {Origin::command_section, Origin::global_section})
    for (const ConfigEntry& entry : *entries) {
      const bool wanted =
          section == Origin::global_section ? !entry.command : entry.command == options.command;
      const Option& option = find_option(entry.option->id, options.command);
      if (!wanted || !option.commands.has(options.command) || option.places != Places::file) continue;
      auto result =
          add(added, option,
              {.text = entry.value, .origin = section, .where = fmt::format("{}:{}", file, entry.line)});
      if (!result) return result;
    }
  options = std::move(added);
  return {};
}

std::expected<void, std::string> add_config_file(ParsedOptions& options) {
  const std::string* named = options.find(OptionId::config);
  const Command command = options.command;
  const bool has_file = find_option(OptionId::config, command).commands.has(command);
  const bool writes_file = command == Command::init && !options.has(OptionId::upgrade);
  const bool names_files = command == Command::verify && !options.operands.empty() && named == nullptr;
  if (!has_file || writes_file || names_files) return {};
  const std::string file = named != nullptr ? *named : std::string(kDefaultConfigFile);
  const auto text = read_config_file(file, named != nullptr ? MissingFile::refused : MissingFile::empty);
  if (!text) return std::unexpected(text.error());
  return add_config(options, *text, file);
}

std::expected<ParsedOptions, int> parse_command_line(Command command, int argc, char** argv,
                                                     const Messages& messages) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) environment.emplace_back(*variable);

  auto parsed = parse_options(command, arguments, environment);
  const int usage_status = describe_command(command).usage_status;
  if (!parsed) {
    messages.error(parsed.error());
    messages.usage_hint();
    return std::unexpected(usage_status);
  }
  if (parsed->has(OptionId::help)) {
    write_output(command_help(describe_command(command)));
    return std::unexpected(0);
  }
  if (parsed->has(OptionId::version)) {
    write_output(walkit_version() + "\n");
    return std::unexpected(0);
  }
  if (const auto added = add_config_file(*parsed); !added) {
    messages.error(added.error());
    return std::unexpected(usage_status);
  }
  return *std::move(parsed);
}

std::string invalid_value(const ParsedOptions& options, OptionId id, std::string_view expected) {
  const OptionValue* value = options.given(id);
  std::string text =
      invalid_value(find_option(id, options.command), value == nullptr ? OptionValue() : *value);
  return expected.empty() ? text : fmt::format("{}: expected {}", text, expected);
}

}  // namespace walkit
