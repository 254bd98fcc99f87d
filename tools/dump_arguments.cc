#include "tools/dump_arguments.h"

#include <fmt/format.h>
#include <getopt.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "tools/options.h"
#include "tools/output.h"
#include "tools/quantities.h"
#include "tools/version_info.h"
#include "walreader/rmgr/rmgr.h"

namespace walkit {
namespace {

// "bB:e:..z": the letters, a colon after those that take an argument. -z takes none in its short form.
std::string short_options(Command command, Major newest) {
  std::string letters;
  for (const Option& option : options()) {
    if (option.letter == 0 || option.letter == '?' || option.letter == 'V') continue;
    if (!option.commands.has(command) || option.since > newest) continue;
    if (letters.find(option.letter) != std::string::npos) continue;
    letters += option.letter;
    if (option.argument == Argument::required) letters += ':';
  }
  return letters;
}

// getopt returns an option's letter, or kLongOnly plus its id.
constexpr int kLongOnly = 256;
int option_value(const Option& option) {
  return option.letter != 0 ? option.letter : kLongOnly + static_cast<int>(option.id);
}

// pg_waldump's own table is ordered by name but for these; getopt lists the candidates of an ambiguous
// abbreviation in that order.
int table_rank(OptionId id) {
  switch (id) {
    case OptionId::version:
      return 1;
    case OptionId::stats:
      return 2;
    case OptionId::save_fullpage:
      return 3;
    default:
      return 0;
  }
}

std::vector<option> long_options(Command command, Major newest) {
  std::vector<const Option*> rows;
  for (const Option& row : options()) {
    if (!row.commands.has(command) || row.since > newest) continue;
    if (!rows.empty() && rows.back()->id == row.id) continue;  // another wording of the same
    rows.push_back(&row);
  }
  std::ranges::sort(rows, {}, [](const Option* row) { return std::pair(table_rank(row->id), row->name); });
  std::vector<option> list;
  for (const Option* row : rows) {
    const int argument = row->argument == Argument::none       ? no_argument
                         : row->argument == Argument::required ? required_argument
                                                               : optional_argument;
    // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): names are literals
    list.push_back({row->name.data(), argument, nullptr, option_value(*row)});
  }
  list.push_back({});
  return list;
}

std::optional<OptionId> option_of(int value, Command command) {
  for (const Option& row : options())
    if (row.commands.has(command) && option_value(row) == value) return row.id;
  return {};
}

std::optional<Lsn> parse_lsn(const char* text) {
  unsigned high = 0;
  unsigned low = 0;
  if (std::sscanf(text, "%X/%X", &high, &low) != 2) return {};
  return Lsn{std::uint64_t{high} << 32 | low};
}

class Parser {
 public:
  Parser(bool drop_in, Messages& messages) : messages_(messages) { arguments_.drop_in = drop_in; }

  // Sets one option; false if its value is wrong, after saying so.
  bool set(OptionId id, const char* value) {
    switch (id) {
        // clang-format off
      case OptionId::bkp_details:   arguments_.details = BlockDetails::full; return true;
      case OptionId::follow:        arguments_.follow = true; return true;
      case OptionId::quiet:         arguments_.quiet = true; return true;
      case OptionId::keep_going:    arguments_.keep_going = true; return true;
      case OptionId::fullpage:      arguments_.filter.with_image = true; return true;
      case OptionId::path:          arguments_.path = value; return true;
      case OptionId::save_fullpage: arguments_.save_fullpage = value; return true;
      case OptionId::record_type:   return record_type(value);
      case OptionId::start:         return location(value, "start", arguments_.start);
      case OptionId::end:           return location(value, "end", arguments_.end);
      case OptionId::limit:         return limit(value);
      case OptionId::timeline:      return timeline(value);
      case OptionId::xid:           return xid(value);
      case OptionId::rmgr:          return rmgr(value);
      case OptionId::relation:      return relation(value);
      case OptionId::table:         arguments_.filter.tables = split_list(value); return true;
      case OptionId::block:         return block(value);
      case OptionId::fork:          return fork(value);
      case OptionId::stats:         return stats(value);
      case OptionId::format:        return format(value);
      case OptionId::jobs:          return jobs(value);
      case OptionId::pg_version:    return pg_version(value);
      case OptionId::catalog:       arguments_.catalog = value; return true;
      case OptionId::repo:
      case OptionId::cluster:
      case OptionId::system_identifier:
      case OptionId::since:
      case OptionId::until:
        archive_.values[id] = {.text = value, .where = {}};
        return true;
      // clang-format on
      default:
        return false;  // only as the first argument, or of other commands
    }
  }

  // What can only be checked once all options are there.
  bool finish(int argc, char** argv, int first_operand) {
    if (!names_have_catalog()) return false;
    if (arguments_.filter.block && arguments_.filter.relations.empty() && !arguments_.filter.by_name())
      return wrong("option -B/--block requires option -R/--relation to be specified");
    if (arguments_.stats != StatsMode::off && arguments_.format == DumpFormat::json) {
      wrong("--stats and --format=json cannot be used together");
      messages_.hint("\"walkit stats --json\" prints statistics as JSON.");
      return false;
    }
    if (first_operand + 2 < argc)
      return wrong(fmt::format("too many command-line arguments (first is \"{}\")", argv[first_operand + 2]));
    arguments_.operands.assign(argv + first_operand, argv + argc);
    return archive();
  }

  DumpArguments& arguments() { return arguments_; }

 private:
  bool old_wording() const { return messages_.major() < Major::pg15; }

  bool wrong(const std::string& text) {
    messages_.error(text);
    return false;
  }

  bool names_have_catalog() {
    const RecordFilter& filter = arguments_.filter;
    if (!arguments_.catalog.empty() || !filter.by_name()) return true;
    if (filter.relation_names.empty()) return wrong("--table requires --catalog");
    return wrong_relation(filter.relation_names.front());
  }

  bool archive() {
    if (const auto missing = missing_repo(archive_)) return wrong(*missing);
    if (!archive_.has(OptionId::repo)) return true;
    auto settings = read_archive_settings(archive_);
    if (!settings) return wrong(settings.error());
    arguments_.archive = *std::move(settings);
    return true;
  }

  bool location(const char* value, const char* which, Lsn& into) {
    if (const auto lsn = parse_lsn(value)) {
      into = *lsn;
      return true;
    }
    return wrong(old_wording() ? fmt::format("could not parse {} WAL location \"{}\"", which, value)
                               : fmt::format("invalid WAL location: \"{}\"", value));
  }

  bool limit(const char* value) {
    if (std::sscanf(value, "%d", &arguments_.limit) == 1) return true;
    return wrong(old_wording() ? fmt::format("could not parse limit \"{}\"", value)
                               : fmt::format("invalid value \"{}\" for option -n/--limit", value));
  }

  // Up to 15 a decimal number, from 16 on a decimal, octal or hexadecimal one within bounds.
  bool timeline(const char* value) {
    if (messages_.major() < Major::pg16) {
      unsigned number = 0;
      if (std::sscanf(value, old_wording() ? "%d" : "%u", &number) != 1)
        return wrong(old_wording() ? fmt::format("could not parse timeline \"{}\"", value)
                                   : fmt::format("invalid timeline specification: \"{}\"", value));
      arguments_.timeline = TimelineId{number};
      return true;
    }
    char* end = nullptr;
    errno = 0;
    const unsigned long number = std::strtoul(value, &end, 0);
    while (*end != '\0' && std::isspace(static_cast<unsigned char>(*end))) ++end;
    if (*end != '\0') return wrong(fmt::format("invalid value \"{}\" for option -t/--timeline", value));
    if (errno == ERANGE || number < 1 || number > UINT_MAX)
      return wrong(fmt::format("-t/--timeline must be in range {}..{}", 1, UINT_MAX));
    arguments_.timeline = TimelineId{static_cast<std::uint32_t>(number)};
    return true;
  }

  bool xid(const char* value) {
    Xid number = 0;
    if (std::sscanf(value, "%u", &number) != 1)
      return wrong(old_wording() ? fmt::format("could not parse \"{}\" as a transaction ID", value)
                                 : fmt::format("invalid transaction ID specification: \"{}\"", value));
    if (arguments_.drop_in) arguments_.filter.xids.clear();
    arguments_.filter.xids.push_back(number);
    return true;
  }

  bool rmgr(const char* value) {
    RecordFilter& filter = arguments_.filter;
    int id = 0;
    if (!old_wording() && std::sscanf(value, "custom%03d", &id) == 1) {
      if (id < kFirstCustomRmgr || id > 255)
        return wrong(fmt::format("custom resource manager \"{}\" does not exist", value));
    } else {
      id = -1;
      for (const Rmgr* row : builtin_rmgrs())
        if (equal_ignoring_case(value, row->name)) id = row->id;
      if (id < 0) return wrong(fmt::format("resource manager \"{}\" does not exist", value));
    }
    if (arguments_.drop_in && old_wording()) filter.rmgrs.fill(false);
    filter.rmgrs[static_cast<std::size_t>(id)] = true;
    filter.by_rmgr = true;
    return true;
  }

  bool record_type(const char* value) {
    if (!record_type_exists(value)) return wrong(fmt::format("record type \"{}\" does not exist", value));
    arguments_.filter.types.emplace_back(value);
    return true;
  }

  bool relation(const char* value) {
    RelFileLocator rel;
    if (std::sscanf(value, "%u/%u/%u", &rel.tablespace, &rel.database, &rel.relation) != 3 ||
        rel.tablespace == 0 || rel.relation == 0) {
      // A name, if it may be one: whether there are names is known once all options are.
      if (!arguments_.drop_in && !std::isdigit(static_cast<unsigned char>(*value)) && *value != '\0') {
        arguments_.filter.relation_names.emplace_back(value);
        return true;
      }
      return wrong_relation(value);
    }
    if (arguments_.drop_in) arguments_.filter.relations.clear();
    arguments_.filter.relations.push_back(rel);
    return true;
  }

  bool wrong_relation(const std::string& value) {
    wrong(fmt::format("invalid relation specification: \"{}\"", value));
    messages_.detail("Expecting \"tablespace OID/database OID/relation filenode\".");
    if (!arguments_.drop_in)
      messages_.hint("With --catalog a relation may be given by its name, such as public.item.");
    return false;
  }

  bool block(const char* value) {
    constexpr BlockNumber kInvalidBlock = UINT_MAX;
    BlockNumber number = 0;
    if (std::sscanf(value, "%u", &number) != 1 || number == kInvalidBlock)
      return wrong(fmt::format("invalid block number: \"{}\"", value));
    arguments_.filter.block = number;
    return true;
  }

  bool fork(const char* value) {
    for (const Fork fork : {Fork::main, Fork::fsm, Fork::vm, Fork::init}) {
      if (fork_name(fork) != value) continue;
      arguments_.filter.fork = fork;
      return true;
    }
    return wrong(fmt::format("invalid fork name: \"{}\"", value));
  }

  bool stats(const char* value) {
    arguments_.stats = StatsMode::by_rmgr;
    if (value == nullptr || std::strcmp(value, "rmgr") == 0) return true;
    arguments_.stats = StatsMode::by_record;
    if (std::strcmp(value, "record") == 0) return true;
    return wrong(old_wording() ? fmt::format("unrecognized argument to --stats: {}", value)
                               : fmt::format("unrecognized value for option --stats: {}", value));
  }

  bool format(const char* value) {
    if (std::strcmp(value, "text") == 0) {
      arguments_.format = DumpFormat::text;
    } else if (std::strcmp(value, "json") == 0) {
      arguments_.format = DumpFormat::json;
    } else {
      return wrong(fmt::format("unrecognized value for option --format: {}", value));
    }
    return true;
  }

  bool jobs(const char* value) {
    if (const auto number = parse_jobs(value)) {
      arguments_.jobs = *number;
      return true;
    }
    return wrong(fmt::format("invalid value \"{}\" for option -j/--jobs", value));
  }

  bool pg_version(const char* value) {
    if (const auto major = parse_pg_version(value)) {
      arguments_.pg_version = major;
      messages_.speak_as(*major);
      return true;
    }
    return wrong(fmt::format("unsupported PostgreSQL version \"{}\"", value));
  }

  Messages& messages_;
  DumpArguments arguments_;
  ParsedOptions archive_{.command = Command::dump, .values = {}, .operands = {}};
};

// nullptr: it is not set, or to nothing.
const char* from_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value != nullptr && *value != '\0' ? value : nullptr;
}

void list_rmgrs() {
  for (const Rmgr* row : builtin_rmgrs()) write_dump(fmt::format("{}\n", row->name));
}

// pg_waldump looks for --help and --version in the first place only, before all parsing.
std::optional<int> answer_first_argument(int argc, char** argv, bool drop_in, const Messages& messages,
                                         const char* pg_version) {
  if (argc < 2) return {};
  const std::string_view first = argv[1];
  if (first == "--help" || first == "-?") {
    write_dump(drop_in ? pg_waldump_help(messages.program(), messages.major())
                       : command_help(describe_command(Command::dump)));
    return EXIT_SUCCESS;
  }
  if (first == "--version" || first == "-V") {
    const bool as_pg_waldump = drop_in || pg_version != nullptr;
    const std::string_view version = pg_version != nullptr ? pg_version : newest_minor(messages.major());
    write_dump(as_pg_waldump ? fmt::format("pg_waldump (PostgreSQL) {}\n", version)
                             : walkit_version() + "\n");
    return EXIT_SUCCESS;
  }
  return {};
}

}  // namespace

ParsedDump parse_dump_arguments(int argc, char** argv, bool drop_in, Messages& messages) {
  const Command command = drop_in ? Command::pg_waldump : Command::dump;
  Parser parser(drop_in, messages);
  const auto refuse = [&] {
    messages.usage_hint();
    return ParsedDump{{}, EXIT_FAILURE};
  };
  parser.arguments().jobs = default_jobs();

  // The dialect decides how everything else is read, so it comes first wherever it stands.
  const char* pg_version = from_environment("WALKIT_PG_VERSION");
  int kept = 1;
  constexpr std::string_view kPgVersion = "--pg-version=";
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]).starts_with(kPgVersion))
      pg_version = argv[i] + kPgVersion.size();
    else
      argv[kept++] = argv[i];
  }
  argc = kept;
  argv[argc] = nullptr;
  if (pg_version != nullptr && !parser.set(OptionId::pg_version, pg_version)) return refuse();

  if (const auto answered = answer_first_argument(argc, argv, drop_in, messages, pg_version))
    return {{}, *answered};
  if (argc <= 1) {
    messages.error("no arguments specified");
    return refuse();
  }
  if (!drop_in) {
    for (const Option& row : options()) {
      if (row.places < Places::environment || !row.commands.has(command) || row.id == OptionId::pg_version)
        continue;
      const char* value = from_environment(environment_name(row));
      if (value != nullptr && !parser.set(row.id, value)) return refuse();
    }
  }

  // Told whom to be, pg_waldump has the options of that major; else those of all.
  const Major newest = !drop_in ? Major::open : pg_version != nullptr ? messages.major() : kNewestMajor;
  const std::string letters = short_options(command, newest);
  const std::vector<option> names = long_options(command, newest);
  for (int value; (value = getopt_long(argc, argv, letters.c_str(), names.data(), nullptr)) != -1;) {
    const auto id = option_of(value, command);
    if (id == OptionId::rmgr && equal_ignoring_case(optarg, "list")) {
      list_rmgrs();
      return {{}, EXIT_SUCCESS};
    }
    if (!id || !parser.set(*id, optarg)) return refuse();
  }
  if (!parser.finish(argc, argv, optind)) return refuse();
  return {std::move(parser.arguments()), EXIT_SUCCESS};
}

}  // namespace walkit
