#include "archiver/spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "archiver/checked_line.h"
#include "segments/unique_fd.h"

namespace walkit {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRepositoryFile = "repository";
constexpr std::string_view kAcknowledgementSuffix = ".ok";
constexpr std::string_view kVersion = "walkit-ok-1";
constexpr std::size_t kMaxLineBytes = 1024;

std::string system_text(std::string_view what, const std::string& path, int error) {
  return fmt::format("could not {} \"{}\": {}", what, path, std::strerror(error));
}

std::unexpected<SpoolError> unusable(std::string text) {
  return std::unexpected(SpoolError{.text = std::move(text), .unsafe = false});
}

// Who can write to a spool can have segments thought of as archived.
std::expected<void, SpoolError> check_private(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return unusable(system_text("open spool directory", path, errno));
  const char* problem = nullptr;
  if (!S_ISDIR(status.st_mode))
    problem = S_ISLNK(status.st_mode) ? "is a symbolic link" : "is not a directory";
  else if (status.st_uid != ::geteuid() && status.st_uid != 0)
    problem = "belongs to another user";
  else if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    problem = "can be written by others than its owner";
  if (problem == nullptr) return {};
  return std::unexpected(SpoolError{.text = fmt::format("spool \"{}\" {}", path, problem), .unsafe = true});
}

// What an acknowledgement begins with: exactly this file, in exactly this repository.
std::vector<std::string> subject(std::string_view name, std::string_view repository_id, const FileStamp& s) {
  std::vector<std::string> words{std::string(kVersion), std::string(name), std::string(repository_id)};
  for (const auto number : {s.size_bytes, std::bit_cast<std::uint64_t>(s.modified_ns),
                            std::bit_cast<std::uint64_t>(s.changed_ns), s.device, s.inode})
    words.push_back(std::to_string(number));
  return words;
}

std::int64_t nanoseconds(const struct timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

FileStamp FileStamp::of(const struct stat& status) {
  return {.size_bytes = static_cast<std::uint64_t>(status.st_size),
          .modified_ns = nanoseconds(status.st_mtim),
          .changed_ns = nanoseconds(status.st_ctim),
          .device = status.st_dev,
          .inode = status.st_ino};
}

std::expected<void, std::string> replace_file(const std::string& path, std::string_view content) {
  const std::string temporary = fmt::format("{}.{}.tmp", path, ::getpid());
  const UniqueFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return std::unexpected(system_text("create file", temporary, errno));
  const ssize_t written = ::write(fd.get(), content.data(), content.size());
  const int error = written < 0 ? errno : ENOSPC;
  if (written != static_cast<ssize_t>(content.size()) || ::rename(temporary.c_str(), path.c_str()) != 0) {
    const int why = written == static_cast<ssize_t>(content.size()) ? errno : error;
    ::unlink(temporary.c_str());
    return std::unexpected(system_text("write file", path, why));
  }
  return {};
}

std::expected<Spool, SpoolError> Spool::open(const std::string& root, const std::string& repository_url,
                                             const std::string& cluster, const DataDirectory& server) {
  if (const auto safe = check_private(root); !safe) return std::unexpected(safe.error());
  const std::string key = fmt::format("{}\n{}\n{}\n{}", repository_url, cluster, server.device, server.inode);
  std::string path = fmt::format("{}/{}-{:016x}", root, cluster, checksum64(std::as_bytes(std::span(key))));
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return unusable(system_text("create spool directory", path, errno));
  if (const auto safe = check_private(path); !safe) return std::unexpected(safe.error());
  return Spool(std::move(path));
}

std::optional<std::string> Spool::repository_id() const {
  auto content = read_small_file(fmt::format("{}/{}", path_, kRepositoryFile), kMaxLineBytes);
  if (!content || !content->ends_with('\n')) return std::nullopt;
  content->pop_back();
  return *content;
}

std::expected<void, std::string> Spool::remember(std::string_view repository_id) const {
  if (this->repository_id() == repository_id) return {};
  return replace_file(fmt::format("{}/{}", path_, kRepositoryFile), fmt::format("{}\n", repository_id));
}

std::string Spool::path_of(std::string_view name) const {
  return fmt::format("{}/{}{}", path_, name, kAcknowledgementSuffix);
}

std::expected<void, std::string> Spool::acknowledge(std::string_view name,
                                                    const Acknowledgement& what) const {
  auto words = subject(name, what.repository_id, what.stamp);
  words.push_back(std::to_string(what.system_identifier));
  words.push_back(what.digest.hex());
  return replace_file(path_of(name), checked_line(words));
}

bool Spool::is_acknowledged(std::string_view name, const FileStamp& stamp) const {
  const auto line = read_small_file(path_of(name), kMaxLineBytes);
  if (!line) return false;
  const auto words = parse_checked_line(*line);
  const auto expected = subject(name, repository_id().value_or(""), stamp);
  if (words && std::ranges::mismatch(expected, *words).in1 == expected.end()) return true;
  forget(name);
  return false;
}

void Spool::forget(std::string_view name) const { ::unlink(path_of(name).c_str()); }

void Spool::forget_unless(const std::function<bool(const std::string& name)>& wanted) const {
  std::error_code error;
  for (fs::directory_iterator entry(path_, error), end; !error && entry != end; entry.increment(error)) {
    const std::string file = entry->path().filename().string();
    const std::size_t suffix = file.rfind(kAcknowledgementSuffix);
    if (suffix != file.npos && !wanted(file.substr(0, suffix))) ::unlink(entry->path().c_str());
  }
}

ArchiveResult<Repository> open_remembered(Store& store, const std::string& cluster, const Spool* spool,
                                          bool create) {
  const auto remembered = spool != nullptr ? spool->repository_id() : std::nullopt;
  if (create && !remembered) return Repository::open_or_create(store, cluster);
  return Repository::open(store, cluster, remembered);
}

}  // namespace walkit
