#include "archiver/metrics.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

namespace walkit {
namespace {

Metrics some_metrics() {
  Metrics metrics;
  metrics.last =
      LastArchived{.name = "000000010000000A000000FE", .end = Lsn{0xAFF000000}, .unix_s = 1'800'000'000};
  metrics.backlog = Backlog{.segments = 3, .bytes = 3 << 24};
  metrics.files = 7;
  metrics.plain_bytes = 7 << 24;
  metrics.stored_bytes = 12345678;
  metrics.damaged_segments = 1;
  metrics.seconds = {.read = 0.1, .check = 0.25, .compress = 1.0 / 3, .write = 1e-9, .sync = 12};
  metrics.count(PushFailure::no_space);
  metrics.count(PushFailure::no_space);
  return metrics;
}

std::string rendered(const Metrics& metrics) { return render_metrics(metrics, "main"); }

// What Prometheus demands of the text format: HELP and TYPE once for each name and before its samples, the
// samples of a name together, names and labels of the allowed letters, a number each, a line feed at the end.
void expect_prometheus_format(const std::string& text) {
  static const std::regex kComment(R"(# (HELP|TYPE) ([a-z_:][a-z0-9_:]*) (.+))");
  static const std::regex kSample(
      R"re(([a-z_:][a-z0-9_:]*)\{[a-z_]+="[^"\\]*"(?:,[a-z_]+="[^"\\]*")*\} ([0-9.e+-]+))re");
  ASSERT_TRUE(text.ends_with('\n'));
  std::map<std::string, std::string> types;
  std::set<std::string> helped;
  std::set<std::string> samples;
  std::string current;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, kComment)) {
      current = match[2];
      const bool fresh =
          match[1] == "HELP" ? helped.insert(current).second : types.emplace(current, match[3]).second;
      EXPECT_TRUE(fresh) << line;
      continue;
    }
    ASSERT_TRUE(std::regex_match(line, match, kSample)) << line;
    EXPECT_EQ(match[1], current) << "samples stand under their own HELP and TYPE";
    EXPECT_TRUE(helped.contains(current) && types.contains(current)) << line;
    EXPECT_EQ(types[current] == "counter", current.ends_with("_total")) << line;
    EXPECT_TRUE(samples.insert(line.substr(0, line.rfind(' '))).second) << "twice: " << line;
    const std::string value = match[2];
    char* end = nullptr;
    EXPECT_GE(std::strtod(value.c_str(), &end), 0);
    EXPECT_EQ(*end, '\0') << line;
  }
  EXPECT_GT(samples.size(), 15u);
}

TEST(Metrics, AreInTheFormatOfPrometheus) {
  expect_prometheus_format(rendered(some_metrics()));
  expect_prometheus_format(rendered({}));
}

TEST(Metrics, SayWhatWasCounted) {
  const std::string text = rendered(some_metrics());
  for (const char* line :
       {"# TYPE walkit_push_files_total counter\nwalkit_push_files_total{cluster=\"main\"} 7\n",
        "walkit_push_last_archived_info{cluster=\"main\",segment=\"000000010000000A000000FE\"} 1\n",
        "walkit_push_last_archived_lsn_bytes{cluster=\"main\"} 47227863040\n",
        "walkit_push_last_archived_timestamp_seconds{cluster=\"main\"} 1800000000\n",
        "walkit_push_backlog_segments{cluster=\"main\"} 3\n",
        "walkit_push_backlog_bytes{cluster=\"main\"} 50331648\n",
        "walkit_push_stage_seconds_total{cluster=\"main\",stage=\"check\"} 0.25\n",
        "walkit_push_failures_total{cluster=\"main\",reason=\"no_space\"} 2\n",
        "walkit_push_failures_total{cluster=\"main\",reason=\"conflict\"} 0\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line;
}

TEST(Metrics, AreReadBackExactly) {
  for (const Metrics& metrics : {some_metrics(), Metrics()}) {
    const auto parsed = parse_metrics(rendered(metrics), "main");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(rendered(*parsed), rendered(metrics));
    EXPECT_EQ(parsed->last, metrics.last);
    EXPECT_EQ(parsed->backlog, metrics.backlog);
    EXPECT_EQ(parsed->failures, metrics.failures);
    EXPECT_EQ(parsed->seconds.compress, metrics.seconds.compress) << "to the last bit";
  }
}

TEST(Metrics, AnythingButWhatWasWrittenIsRefused) {
  const std::string text = rendered(some_metrics());
  EXPECT_FALSE(parse_metrics("", "main"));
  EXPECT_FALSE(parse_metrics(text, "other"));
  EXPECT_FALSE(parse_metrics(text + "\n", "main"));
  EXPECT_FALSE(parse_metrics(text + text, "main"));
  for (std::size_t length = 0; length < text.size(); ++length)
    EXPECT_FALSE(parse_metrics(text.substr(0, length), "main")) << "cut at " << length;
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = static_cast<char>(changed[at] ^ 0x80);
    EXPECT_FALSE(parse_metrics(changed, "main")) << "byte " << at;
  }
  for (const char* value : {"-1", "nan", "inf", "1e400", "18446744073709551616", "07", "+7", ""}) {
    std::string changed = text;
    const std::string line = "walkit_push_files_total{cluster=\"main\"} ";
    changed.replace(changed.find(line) + line.size(), 1, value);
    EXPECT_FALSE(parse_metrics(changed, "main")) << value;
    const std::string seconds = "stage=\"sync\"} ";
    changed = text;
    changed.replace(changed.find(seconds) + seconds.size(), 2, value);
    if (std::string(value) != "07") {
      EXPECT_FALSE(parse_metrics(changed, "main")) << value;
    }
  }
}

TEST(Metrics, WhatACallDoesNotKnowStays) {
  Metrics all = some_metrics();
  Metrics call;
  call.files = 2;
  call.seconds.read = 0.5;
  call.count(PushFailure::conflict);
  all += call;
  EXPECT_EQ(all.files, 9u);
  EXPECT_EQ(all.last, some_metrics().last);
  EXPECT_EQ(all.backlog, some_metrics().backlog);
  EXPECT_DOUBLE_EQ(all.seconds.read, 0.6);
  EXPECT_EQ(all.failures[static_cast<std::size_t>(PushFailure::conflict)], 1u);
  call.backlog = Backlog{};
  all += call;
  EXPECT_EQ(all.backlog, Backlog());
}

TEST(Metrics, FailuresHaveReasons) {
  EXPECT_EQ(failure_of({.kind = ArchiveError::Kind::conflict, .text = {}, .hint = {}}),
            PushFailure::conflict);
  EXPECT_EQ(failure_of(archive_error({StoreError::Kind::no_space, ""})), PushFailure::no_space);
  EXPECT_EQ(failure_of(archive_error({StoreError::Kind::timeout, ""})), PushFailure::timeout);
  EXPECT_EQ(failure_of(archive_error({StoreError::Kind::bad_name, ""})), PushFailure::io);
}

class MetricsFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "metrics_test.XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    path_ = directory_ + "/walkit.prom";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string content() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::uint64_t files() const {
    const auto metrics = parse_metrics(content(), "main");
    return metrics ? metrics->files : UINT64_MAX;
  }
  std::expected<void, std::string> update(std::uint64_t files) const {
    Metrics call;
    call.files = files;
    return update_metrics_file(path_, "main", call);
  }

  std::string directory_;
  std::string path_;
};

TEST_F(MetricsFile, CountersGoOnFromOneCallToTheNext) {
  ASSERT_TRUE(update(2));
  EXPECT_EQ(files(), 2u);
  ASSERT_TRUE(update(3));
  EXPECT_EQ(files(), 5u);
  struct stat status;
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, mode_t{0644});
  EXPECT_FALSE(std::filesystem::exists(path_ + ".tmp"));
}

TEST_F(MetricsFile, ADamagedFileBeginsAtZero) {
  ASSERT_TRUE(update(2));
  std::ofstream(path_, std::ios::app) << "x";
  ASSERT_TRUE(update(3));
  EXPECT_EQ(files(), 3u);
  std::ofstream(path_ + ".tmp") << "left by a crash";
  ASSERT_TRUE(update(1));
  EXPECT_EQ(files(), 4u);
}

TEST_F(MetricsFile, NoCallIsLostWhenManyRun) {
  constexpr int kThreads = 4;
  constexpr int kCalls = 25;
  std::atomic<int> failures = 0;
  std::vector<std::jthread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&] {
      for (int call = 0; call < kCalls; ++call)
        if (!update(1)) ++failures;
    });
  threads.clear();
  EXPECT_EQ(files() + static_cast<std::uint64_t>(failures), std::uint64_t{kThreads * kCalls});
}

TEST_F(MetricsFile, AnErrorIsOneLine) {
  path_ = directory_ + "/missing/walkit.prom";
  EXPECT_EQ(update(1).error(), "could not open file \"" + path_ + ".lock\": No such file or directory");
  path_ = directory_ + "/link.prom";
  std::filesystem::create_symlink(directory_ + "/elsewhere", path_ + ".lock");
  EXPECT_FALSE(update(1)) << "links are not followed";
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/elsewhere"));
}

TEST_F(MetricsFile, ALockThatIsNeverGivenBackEndsTheWait) {
  const std::string lock = path_ + ".lock";
  const int fd = ::open(lock.c_str(), O_CREAT | O_RDONLY | O_CLOEXEC, 0644);
  ASSERT_GE(fd, 0);
  ASSERT_EQ(::flock(fd, LOCK_EX), 0);
  EXPECT_EQ(update(1).error(), "could not lock file \"" + lock + "\": held by another process");
  ::close(fd);
  EXPECT_TRUE(update(1));
}

}  // namespace
}  // namespace walkit
