#include "tools/detached.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "segments/unique_fd.h"
#include "tests/segments/test_files.h"

namespace walkit {
namespace {

namespace fs = std::filesystem;

// What the other process has to say, once it has said it.
std::string awaited(const std::string& path) {
  for (int i = 0; i < 1000 && !fs::exists(path); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

void say(const std::string& path, const std::string& text) {
  std::ofstream(path + ".new") << text;
  fs::rename(path + ".new", path);
}

TEST(Detached, KeepsNothingOfItsParent) {
  const TempDirectory directory;
  const std::string report = directory / "report";
  const UniqueFd inherited(::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY));
  run_detached([&] {
    const bool closed = ::fcntl(inherited.get(), F_GETFD) == -1;
    const std::string out = fs::read_symlink("/proc/self/fd/1");
    const std::string error = fs::read_symlink("/proc/self/fd/2");
    const bool alone = ::getsid(0) == ::getpid() && ::getpgrp() == ::getpid();
    say(report, fmt::format("{} {} {} {} {}", closed, alone, fs::current_path().string(), out, error));
  });
  EXPECT_EQ(awaited(report), "true true / /dev/null /dev/null");
}

TEST(Detached, EndsQuietlyWhateverHappens) {
  const TempDirectory directory;
  run_detached([] { throw std::runtime_error("nobody hears this"); });
  run_detached([&] { say(directory / "report", "done"); });
  EXPECT_EQ(awaited(directory / "report"), "done");
}

}  // namespace
}  // namespace walkit
