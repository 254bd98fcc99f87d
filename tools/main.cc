// The program: which command, under which name.
#include <fmt/format.h>

#include <cstdlib>
#include <string_view>

#include "tools/cmd_dump.h"
#include "tools/options.h"
#include "tools/version_info.h"

namespace walkit {
namespace {

constexpr int kUsageError = 2;

void print_help() {
  fmt::print("walkit reads PostgreSQL's write-ahead log, of versions 13 to 18.\n\nUsage:\n");
  for (const CommandDescription& command : commands())
    fmt::print("  walkit {:<8} {}\n", command.name, command.summary);
  fmt::print("\nTry \"walkit COMMAND --help\" for the options of a command.\n");
}

int run(int argc, char** argv) {
  const std::string_view name = argv[0];
  if (name.substr(name.rfind('/') + 1) == "pg_waldump") return run_dump(argc, argv, true);
  if (argc < 2) {
    print_help();
    return kUsageError;
  }
  const std::string_view command = argv[1];
  if (command == "--help" || command == "-h" || command == "-?" || command == "help") {
    print_help();
    return EXIT_SUCCESS;
  }
  if (command == "--version" || command == "-V") {
    fmt::print("{}\n", walkit_version());
    return EXIT_SUCCESS;
  }
  argv[1] = argv[0];
  if (command == "dump") return run_dump(argc - 1, argv + 1, false);
  fmt::print(stderr, "walkit: error: there is no command \"{}\"\nwalkit: hint: Try \"walkit --help\".\n", command);
  return kUsageError;
}

}  // namespace
}  // namespace walkit

int main(int argc, char** argv) { return walkit::run(argc, argv); }
