#include "tools/program_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/program_options.hpp>
#include <cstdio>

#include "tools/version_info.h"

namespace walkit {
namespace {

namespace po = boost::program_options;

constexpr int kExitUsage = 2;
constexpr const char* kOperands = "";  // a name that nobody can type

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
  all.add_options()(kOperands, po::value<std::vector<std::string>>());
  return all;
}

po::parsed_options parse_arguments(const po::options_description& all,
                                   const std::vector<std::string>& arguments) {
  po::positional_options_description positional;
  positional.add(kOperands, -1);
  return po::command_line_parser(arguments).options(all).positional(positional).run();
}

po::parsed_options parse_variables(Command command, const po::options_description& all,
                                   const std::vector<std::string>& environment) {
  po::parsed_options parsed(&all);
  for_each_option(command, [&](const Option& option) {
    if (!option.environment) return;
    const std::string prefix = environment_name(option) + '=';
    for (const std::string& variable : environment) {
      if (!variable.starts_with(prefix)) continue;
      po::option found;
      found.string_key = option.name;
      found.value = {variable.substr(prefix.size())};
      parsed.options.push_back(found);
      break;
    }
  });
  return parsed;
}

ParsedOptions collect(Command command, const po::variables_map& map) {
  ParsedOptions parsed;
  for_each_option(command, [&](const Option& option) {
    const po::variable_value& value = map[std::string(option.name)];
    if (value.empty()) return;
    if (option.argument != Argument::none)
      parsed.values[option.id] = value.as<std::string>();
    else if (value.as<bool>())
      parsed.values[option.id] = "";
  });
  if (map.count(kOperands) > 0) parsed.operands = map[kOperands].as<std::vector<std::string>>();
  return parsed;
}

}  // namespace

std::expected<ParsedOptions, std::string> parse_options(Command command,
                                                        const std::vector<std::string>& arguments,
                                                        const std::vector<std::string>& environment) {
  try {
    const po::options_description all = descriptions(command);
    po::variables_map map;
    po::store(parse_arguments(all, arguments), map);  // what is stored first stays
    po::store(parse_variables(command, all, environment), map);
    return collect(command, map);
  } catch (const po::unknown_option& error) {
    return std::unexpected(fmt::format("unrecognized option \"{}\"", error.get_option_name()));
  } catch (const po::error& error) {
    return std::unexpected(std::string(error.what()));
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
