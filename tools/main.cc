// The program: which command, under which name.
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <string_view>

#include "tools/cmd_check.h"
#include "tools/cmd_dump.h"
#include "tools/cmd_expire.h"
#include "tools/cmd_feed.h"
#include "tools/cmd_find.h"
#include "tools/cmd_get.h"
#include "tools/cmd_info.h"
#include "tools/cmd_init.h"
#include "tools/cmd_ls.h"
#include "tools/cmd_push.h"
#include "tools/cmd_stats.h"
#include "tools/cmd_verify.h"
#include "tools/options.h"
#include "tools/output.h"
#include "tools/version_info.h"

namespace walkit {
namespace {

constexpr int kUsageError = 2;
constexpr int kOutOfMemory = 3;

int run_walkit_dump(int argc, char** argv) { return run_dump(argc, argv, false); }

// argv[0] is the program's name, what follows the command comes after it. Returns the exit status.
struct CommandEntry {
  std::string_view name;
  int (*run)(int argc, char** argv);
};

constexpr CommandEntry kCommands[] = {
    {"dump", run_walkit_dump}, {"stats", run_stats}, {"verify", run_verify}, {"init", run_init},
    {"push", run_push},        {"get", run_get},     {"ls", run_ls},         {"info", run_info},
    {"expire", run_expire},    {"check", run_check}, {"feed", run_feed},     {"find", run_find},
};

std::string help() {
  std::string text =
      "walkit reads and archives the write-ahead log of PostgreSQL 13 to 18, and tells what "
      "changed.\n\nUsage:\n";
  for (const CommandDescription& command : commands())
    text += fmt::format("  walkit {:<11} {}\n", command.name, command.summary);
  return text +
         "  walkit man         print the manual page\n"
         "  walkit completion  print the completion script of bash, zsh or fish\n"
         "\nTry \"walkit COMMAND --help\" for the options of a command. Started under the name\n"
         "pg_waldump, walkit does what pg_waldump does.\n";
}

int print(std::string_view text) {
  write_output(text);
  return EXIT_SUCCESS;
}

int refuse(std::string_view text) {
  fmt::print(stderr, "walkit: error: {}\nwalkit: hint: Try \"walkit --help\" for more information.\n", text);
  return kUsageError;
}

int print_completion(std::string_view shell) {
  const std::string script = completion_script(shell);
  if (script.empty()) return refuse("completion is there for bash, zsh and fish: walkit completion bash");
  return print(script);
}

int run(int argc, char** argv) {
  const std::string_view program = argv[0];
  if (program.substr(program.rfind('/') + 1) == "pg_waldump") return run_dump(argc, argv, true);
  if (argc < 2) {
    write_output(help());
    return kUsageError;
  }
  const std::string_view command = argv[1];
  for (const CommandEntry& entry : kCommands) {
    if (command != entry.name) continue;
    argv[1] = argv[0];
    return entry.run(argc - 1, argv + 1);
  }
  if (command == "--help" || command == "-h" || command == "-?" || command == "help") return print(help());
  if (command == "--version" || command == "-V") return print(walkit_version() + "\n");
  if (command == "man") return print(man_page());
  if (command == "completion") return print_completion(argc > 2 ? argv[2] : "");
  return refuse(fmt::format("there is no command \"{}\"", command));
}

// A lack of memory that nobody caught, in whatever thread. Nothing is allocated to say so.
[[noreturn]] void end_without_memory() {
  constexpr std::string_view kText = "walkit: error: out of memory\n";
  try {
    if (const auto thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    static_cast<void>(!::write(STDERR_FILENO, kText.data(), kText.size()));
    ::_exit(kOutOfMemory);
  } catch (...) {  // a fault of the program: its core tells more than a line could
  }
  std::abort();
}

}  // namespace
}  // namespace walkit

int main(int argc, char** argv) {
  std::set_terminate(walkit::end_without_memory);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow further is an error of writing, which says where
  return walkit::run(argc, argv);
}
