#include "archiver/metrics.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <map>
#include <thread>

#include "archiver/data_directory.h"
#include "archiver/file_calls.h"

namespace walkit {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;
constexpr std::chrono::milliseconds kLockWait{1000};
constexpr std::chrono::milliseconds kLockInterval{10};
constexpr mode_t kFileMode = 0644;  // for node_exporter, which is another user; names no row and no value

constexpr std::string_view kPrefix = "walkit_push_";

struct Family {
  std::string_view name;  ///< after kPrefix
  std::string_view type;
  std::string_view help;
};

constexpr Family kLastSegment{"last_archived_info", "gauge", "The segment that was archived last."};
constexpr Family kLastLsn{"last_archived_lsn_bytes", "gauge", "Where the records of that segment end."};
constexpr Family kLastTime{"last_archived_timestamp_seconds", "gauge", "When it was archived."};
constexpr Family kBacklogSegments{"backlog_segments", "gauge", "Files in pg_wal that wait to be archived."};
constexpr Family kBacklogBytes{"backlog_bytes", "gauge", "Size of the files that wait to be archived."};
constexpr Family kFiles{"files_total", "counter", "Files archived."};
constexpr Family kPlainBytes{"plain_bytes_total", "counter", "Bytes archived, before compression."};
constexpr Family kStoredBytes{"stored_bytes_total", "counter", "Bytes archived, after compression."};
constexpr Family kDamaged{"damaged_segments_total", "counter",
                          "Segments archived although a record in them is damaged."};
constexpr Family kSeconds{"stage_seconds_total", "counter",
                          "Time spent archiving, by stage, of all threads."};
constexpr Family kFailures{"failures_total", "counter", "Files that could not be archived, by reason."};

struct Stage {
  std::string_view name;
  double StageSeconds::* seconds;
};
constexpr Stage kStages[] = {
    {"read", &StageSeconds::read},   {"check", &StageSeconds::check}, {"compress", &StageSeconds::compress},
    {"write", &StageSeconds::write}, {"sync", &StageSeconds::sync},
};

struct Counter {
  const Family& family;
  std::uint64_t Metrics::* value;
};
constexpr Counter kCounters[] = {
    {kFiles, &Metrics::files},
    {kPlainBytes, &Metrics::plain_bytes},
    {kStoredBytes, &Metrics::stored_bytes},
    {kDamaged, &Metrics::damaged_segments},
};

// In the order of PushFailure.
constexpr std::array<std::string_view, kPushFailures> kReasons{
    "io",          "unreachable", "denied",   "no_space",       "timeout", "no_repository",
    "wrong_place", "bad_input",   "conflict", "damaged_archive"};

class Renderer {
 public:
  explicit Renderer(std::string_view cluster) : cluster_(cluster) {}

  void family(const Family& family) {
    add("# HELP {}{} {}\n# TYPE {}{} {}\n", kPrefix, family.name, family.help, kPrefix, family.name,
        family.type);
  }
  void series(const Family& family, auto value) {
    add("{}{}{{cluster=\"{}\"}} {}\n", kPrefix, family.name, cluster_, value);
  }
  void series(const Family& family, std::string_view label, std::string_view label_value, auto value) {
    add("{}{}{{cluster=\"{}\",{}=\"{}\"}} {}\n", kPrefix, family.name, cluster_, label, label_value, value);
  }
  void single(const Family& of, auto value) {
    family(of);
    series(of, value);
  }
  std::string take() { return std::move(text_); }

 private:
  template <typename... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
  }

  std::string_view cluster_;
  std::string text_;
};

// The series of a text, taken as they come: whether all is as it should be shows when it is rendered again.
class Series {
 public:
  Series(std::string_view text, std::string_view cluster) : cluster_(cluster) {
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(line.size() + 1, text.size()));
      const std::size_t space = line.rfind(' ');
      if (line.starts_with('#') || space == std::string_view::npos) continue;
      values_.emplace(line.substr(0, space), line.substr(space + 1));
    }
  }

  template <typename Number>
  bool read(const Family& family, Number& to) const {
    return read_key(fmt::format("{}{}{{cluster=\"{}\"}}", kPrefix, family.name, cluster_), to);
  }
  template <typename Number>
  bool read(const Family& family, std::string_view label, std::string_view label_value, Number& to) const {
    return read_key(prefix(family, label) + fmt::format("{}\"}}", label_value), to);
  }
  // What a label is in the only series that has it.
  std::optional<std::string> label_value(const Family& family, std::string_view label) const {
    const std::string before = prefix(family, label);
    constexpr std::string_view kAfter = "\"}";
    for (const auto& [key, value] : values_)
      if (key.starts_with(before) && key.ends_with(kAfter) && key.size() > before.size() + kAfter.size())
        return std::string(key.substr(before.size(), key.size() - before.size() - kAfter.size()));
    return {};
  }

 private:
  std::string prefix(const Family& family, std::string_view label) const {
    return fmt::format("{}{}{{cluster=\"{}\",{}=\"", kPrefix, family.name, cluster_, label);
  }
  template <typename Number>
  bool read_key(const std::string& key, Number& to) const {
    const auto found = values_.find(key);
    if (found == values_.end()) return false;
    const std::string_view text = found->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
    return error == std::errc() && end == text.data() + text.size();
  }

  std::string_view cluster_;
  std::map<std::string_view, std::string_view, std::less<>> values_;
};

std::optional<LastArchived> read_last(const Series& series) {
  auto name = series.label_value(kLastSegment, "segment");
  if (!name || !parse_wal_file_name(*name)) return {};
  LastArchived last{.name = *std::move(name), .end = {}};
  if (!series.read(kLastLsn, last.end.value) || !series.read(kLastTime, last.unix_s)) return {};
  return last;
}

// open()'s flags: what somebody put there that leads elsewhere is not followed.
constexpr int kOpenFlags = O_CLOEXEC | O_NOFOLLOW | O_CREAT;

std::unexpected<std::string> failed(std::string_view action, const std::string& path) {
  return std::unexpected(fmt::format("could not {} \"{}\": {}", action, path, std::strerror(errno)));
}

std::expected<UniqueFd, std::string> lock(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), kOpenFlags | O_RDONLY, kFileMode));
  if (!fd.valid()) return failed("open file", path);
  const auto until = std::chrono::steady_clock::now() + kLockWait;
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return failed("lock file", path);
    if (std::chrono::steady_clock::now() >= until)
      return std::unexpected(fmt::format("could not lock file \"{}\": held by another process", path));
    std::this_thread::sleep_for(kLockInterval);
  }
  return fd;
}

std::expected<void, std::string> write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("write file", path);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

// The caller holds the lock, so nobody else uses the temporary name.
std::expected<void, std::string> replace(const std::string& path, std::string_view text) {
  const std::string temporary = path + ".tmp";
  if (::unlink(temporary.c_str()) != 0 && errno != ENOENT) return failed("remove file", temporary);
  const UniqueFd fd(::open(temporary.c_str(), kOpenFlags | O_WRONLY | O_EXCL, kFileMode));
  if (!fd.valid()) return failed("create file", temporary);
  auto done = write_all(fd.get(), text, temporary);
  if (done && ::fchmod(fd.get(), kFileMode) != 0) done = failed("set permissions of file", temporary);
  if (done && ::rename(temporary.c_str(), path.c_str()) != 0) done = failed("rename file", temporary);
  if (!done) ::unlink(temporary.c_str());
  return done;
}

}  // namespace

Metrics& Metrics::operator+=(const Metrics& later) {
  if (later.last) last = later.last;
  if (later.backlog) backlog = later.backlog;
  for (const Counter& counter : kCounters) this->*counter.value += later.*counter.value;
  seconds += later.seconds;
  for (std::size_t i = 0; i < kPushFailures; ++i) failures[i] += later.failures[i];
  return *this;
}

PushFailure failure_of(const ArchiveError& error) {
  switch (error.kind) {
    case ArchiveError::Kind::store:
      break;
    case ArchiveError::Kind::missing:
      return PushFailure::no_repository;
    case ArchiveError::Kind::wrong_place:
      return PushFailure::wrong_place;
    case ArchiveError::Kind::bad_input:
    case ArchiveError::Kind::target:
      return PushFailure::bad_input;
    case ArchiveError::Kind::conflict:
      return PushFailure::conflict;
    case ArchiveError::Kind::damaged:
      return PushFailure::damaged_archive;
    case ArchiveError::Kind::timeout:
      return PushFailure::timeout;
  }
  switch (error.store) {
    case StoreError::Kind::unreachable:
      return PushFailure::unreachable;
    case StoreError::Kind::denied:
      return PushFailure::denied;
    case StoreError::Kind::no_space:
      return PushFailure::no_space;
    case StoreError::Kind::timeout:
      return PushFailure::timeout;
    default:
      return PushFailure::io;
  }
}

std::string render_metrics(const Metrics& metrics, std::string_view cluster) {
  Renderer out(cluster);
  if (metrics.last) {
    out.family(kLastSegment);
    out.series(kLastSegment, "segment", metrics.last->name, 1);
    out.single(kLastLsn, metrics.last->end.value);
    out.single(kLastTime, metrics.last->unix_s);
  }
  if (metrics.backlog) {
    out.single(kBacklogSegments, metrics.backlog->segments);
    out.single(kBacklogBytes, metrics.backlog->bytes);
  }
  for (const Counter& counter : kCounters) out.single(counter.family, metrics.*counter.value);
  out.family(kSeconds);
  for (const Stage& stage : kStages)
    out.series(kSeconds, "stage", stage.name, metrics.seconds.*stage.seconds);
  out.family(kFailures);  // with zeros, since Prometheus cannot tell that a new series rose from nothing
  for (std::size_t i = 0; i < kPushFailures; ++i)
    out.series(kFailures, "reason", kReasons[i], metrics.failures[i]);
  return out.take();
}

std::optional<Metrics> parse_metrics(std::string_view text, std::string_view cluster) {
  const Series series(text, cluster);
  Metrics metrics;
  metrics.last = read_last(series);
  Backlog backlog;
  if (series.read(kBacklogSegments, backlog.segments) && series.read(kBacklogBytes, backlog.bytes))
    metrics.backlog = backlog;
  for (const Counter& counter : kCounters)
    if (!series.read(counter.family, metrics.*counter.value)) return {};
  for (const Stage& stage : kStages) {
    double& seconds = metrics.seconds.*stage.seconds;
    if (!series.read(kSeconds, "stage", stage.name, seconds)) return {};
    if (!std::isfinite(seconds) || seconds < 0) return {};
  }
  for (std::size_t i = 0; i < kPushFailures; ++i)
    if (!series.read(kFailures, "reason", kReasons[i], metrics.failures[i])) return {};
  if (render_metrics(metrics, cluster) != text) return {};
  return metrics;
}

std::expected<void, std::string> update_metrics_file(const std::string& path, std::string_view cluster,
                                                     const Metrics& call) {
  const auto held = lock(path + ".lock");
  if (!held) return std::unexpected(held.error());
  Metrics all;
  if (const auto text = read_small_file(path, kMaxFileBytes))
    if (auto before = parse_metrics(*text, cluster)) all = *std::move(before);
  all += call;
  return replace(path, render_metrics(all, cluster));
}

}  // namespace walkit
