// Races programs against each other:
//
//     side_by_side RUNS COMMAND [ARG...] [::: COMMAND [ARG...]]...
//
// Every command runs RUNS times, taking turns with the others so that whatever else the machine does hits all
// alike; standard output goes to /dev/null. Prints a line for each command: fastest and median wall-clock
// time in milliseconds and peak resident memory in KiB, separated by tabs. A command that fails ends the
// race.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

namespace {

struct Racer {
  std::vector<char*> argv;  // ends with a nullptr, as posix_spawn wants it
  std::vector<double> milliseconds;
  long peak_kib = 0;
};

std::vector<Racer> parse_commands(char** begin, char** end) {
  const auto is_separator = [](const char* word) { return std::string_view(word) == ":::"; };
  std::vector<Racer> racers;
  while (begin < end) {
    char** const stop = std::find_if(begin, end, is_separator);
    racers.emplace_back().argv.assign(begin, stop);
    racers.back().argv.push_back(nullptr);
    begin = stop == end ? end : stop + 1;
  }
  return racers;
}

/// Runs the command once to its end. False: it could not be started, or failed.
bool run(Racer& racer, const posix_spawn_file_actions_t& quiet) {
  const auto begin = std::chrono::steady_clock::now();
  pid_t child = 0;
  if (const int error = posix_spawnp(&child, racer.argv[0], &quiet, nullptr, racer.argv.data(), environ)) {
    std::fprintf(stderr, "side_by_side: could not start \"%s\": %s\n", racer.argv[0], std::strerror(error));
    return false;
  }
  int status = 0;
  rusage usage{};
  if (wait4(child, &status, 0, &usage) != child) return false;
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  racer.milliseconds.push_back(took.count());
  racer.peak_kib = std::max(racer.peak_kib, usage.ru_maxrss);
  if (status == 0) return true;
  std::fprintf(stderr, "side_by_side: \"%s\" failed\n", racer.argv[0]);
  return false;
}

void report(Racer& racer) {
  std::ranges::sort(racer.milliseconds);
  const double median = racer.milliseconds[racer.milliseconds.size() / 2];
  std::printf("%.2f\t%.2f\t%ld\n", racer.milliseconds.front(), median, racer.peak_kib);
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc > 1 ? std::atoi(argv[1]) : 0;
  std::vector<Racer> racers = parse_commands(argv + std::min(argc, 2), argv + argc);
  if (runs < 1 || racers.empty()) {
    std::fputs("usage: side_by_side RUNS COMMAND [ARG...] [::: COMMAND [ARG...]]...\n", stderr);
    return 2;
  }

  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  for (int i = 0; i < runs; ++i)
    for (Racer& racer : racers)
      if (!run(racer, quiet)) return 1;
  for (Racer& racer : racers) report(racer);
}
