#include "archiver/spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <vector>

#include "segments/unique_fd.h"
#include "walreader/crc32c.h"

namespace walkit {
namespace {

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
    problem = "is not a directory";
  else if (status.st_uid != ::geteuid() && status.st_uid != 0)
    problem = "belongs to another user";
  else if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    problem = "can be written by others than its owner";
  if (problem == nullptr) return {};
  return std::unexpected(SpoolError{.text = fmt::format("spool \"{}\" {}", path, problem), .unsafe = true});
}

std::uint32_t checksum(std::string_view text) {
  Crc32c crc;
  crc.update(std::as_bytes(std::span(text)));
  return crc.value();
}

std::string line_of(std::string_view name, const Spool::Acknowledgement& what) {
  const FileStamp& s = what.stamp;
  std::string line =
      fmt::format("{} {} {} {} {} {} {} {} {} {}", kVersion, name, what.repository_id, what.system_identifier,
                  s.size_bytes, s.modified_ns, s.changed_ns, s.device, s.inode, what.digest.hex());
  return line + fmt::format(" {:08x}\n", checksum(line));
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t end = line.find(' ');
    words.push_back(line.substr(0, end));
    line.remove_prefix(end == line.npos ? line.size() : end + 1);
  }
  return words;
}

template <typename T>
bool read_number(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

std::optional<Spool::Acknowledgement> parse_line(std::string_view content) {
  constexpr std::size_t kWords = 11;
  if (!content.ends_with('\n')) return std::nullopt;
  content.remove_suffix(1);
  const auto words = words_of(content);
  if (words.size() != kWords || words[0] != kVersion) return std::nullopt;
  Spool::Acknowledgement what;
  what.repository_id = words[2];
  FileStamp& s = what.stamp;
  const auto digest = Digest::from_hex(words[9]);
  if (!digest || !read_number(words[3], what.system_identifier) || !read_number(words[4], s.size_bytes) ||
      !read_number(words[5], s.modified_ns) || !read_number(words[6], s.changed_ns) ||
      !read_number(words[7], s.device) || !read_number(words[8], s.inode))
    return std::nullopt;
  what.digest = *digest;
  return what;
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

std::expected<void, std::string> Spool::acknowledge(std::string_view name,
                                                    const Acknowledgement& what) const {
  return replace_file(fmt::format("{}/{}{}", path_, name, kAcknowledgementSuffix), line_of(name, what));
}

std::optional<Spool::Acknowledgement> Spool::find(std::string_view name, const FileStamp& stamp) const {
  const std::string path = fmt::format("{}/{}{}", path_, name, kAcknowledgementSuffix);
  const auto content = read_small_file(path, kMaxLineBytes);
  if (!content) return std::nullopt;
  auto what = parse_line(*content);
  // The line is made again from what was read: so name and checksum are compared too, and nothing is
  // overlooked.
  if (what && line_of(name, *what) == *content && what->stamp == stamp &&
      what->repository_id == repository_id())
    return what;
  ::unlink(path.c_str());
  return std::nullopt;
}

void Spool::forget(std::string_view name) const {
  ::unlink(fmt::format("{}/{}{}", path_, name, kAcknowledgementSuffix).c_str());
}

ArchiveResult<Repository> open_remembered(Store& store, const std::string& cluster, const Spool* spool,
                                          bool create) {
  const auto remembered = spool != nullptr ? spool->repository_id() : std::nullopt;
  auto repository =
      create && !remembered ? Repository::open_or_create(store, cluster) : Repository::open(store, cluster);
  if (repository && remembered && *remembered != repository->id())
    return std::unexpected(ArchiveError{
        .kind = ArchiveError::Kind::wrong_place,
        .text = fmt::format("the repository \"{}\" has id {}, the one used until now had id {}",
                            repository->describe(), repository->id(), *remembered),
        .hint = fmt::format(
            "Another disk may be mounted; if it is to be used from now on, remove \"{}/repository\".",
            spool->path())});
  return repository;
}

}  // namespace walkit
