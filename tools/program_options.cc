#include "tools/program_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <cstdio>

#include "tools/version_info.h"

namespace walkit {
namespace {

namespace po = boost::program_options;

constexpr int kExitUsage = 2;

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

po::parsed_options parse_variables(Command command, const po::options_description& all,
                                   const std::vector<std::string>& environment) {
  po::parsed_options parsed(&all);
  for_each_option(command, [&](const Option& option) {
    if (!option.environment) return;
    const std::string prefix = environment_name(option) + '=';
    for (const std::string& variable : environment) {
      if (!variable.starts_with(prefix) || variable.size() == prefix.size()) continue;
      po::option found;
      found.string_key = option.name;
      found.value = {variable.substr(prefix.size())};
      parsed.options.push_back(found);
      break;
    }
  });
  return parsed;
}

std::map<OptionId, std::string> values_of(Command command, const po::variables_map& map) {
  std::map<OptionId, std::string> values;
  for_each_option(command, [&](const Option& option) {
    const po::variable_value& value = map[std::string(option.name)];
    if (value.empty()) return;
    if (option.argument != Argument::none)
      values[option.id] = value.as<std::string>();
    else if (value.as<bool>())
      values[option.id] = "";
  });
  return values;
}

}  // namespace

std::expected<ParsedOptions, std::string> parse_options(Command command,
                                                        const std::vector<std::string>& arguments,
                                                        const std::vector<std::string>& environment) {
  try {
    const po::options_description all = descriptions(command);
    const po::parsed_options line = po::command_line_parser(arguments).options(all).run();
    po::variables_map map;
    po::store(line, map);  // what is stored first stays
    po::store(parse_variables(command, all, environment), map);
    return ParsedOptions{values_of(command, map),
                         po::collect_unrecognized(line.options, po::include_positional)};
  } catch (const po::unknown_option& error) {
    return std::unexpected(fmt::format("unrecognized option \"{}\"", error.get_option_name()));
  } catch (const po::error& error) {
    std::string text = error.what();
    std::ranges::replace(text, '\'', '"');  // as PostgreSQL quotes
    return std::unexpected(std::move(text));
  }
}

std::expected<ParsedOptions, int> parse_command_line(Command command, int argc, char** argv,
                                                     const Messages& messages) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) environment.emplace_back(*variable);

  auto parsed = parse_options(command, arguments, environment);
  if (!parsed) {
    messages.error(parsed.error());
    messages.usage_hint();
    return std::unexpected(kExitUsage);
  }
  if (parsed->has(OptionId::help)) {
    fmt::print("{}", command_help(describe_command(command)));
    return std::unexpected(0);
  }
  if (parsed->has(OptionId::version)) {
    fmt::print("{}\n", walkit_version());
    return std::unexpected(0);
  }
  return *std::move(parsed);
}

std::string invalid_value(const Option& option, std::string_view value) {
  return fmt::format("invalid value \"{}\" for option --{}", value, option.name);
}

const Option& find_option(OptionId id) {
  for (const Option& option : options())
    if (option.id == id) return option;
  return options().front();
}

}  // namespace walkit
