#include "archiver/data_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "segments/raw_input.h"
#include "segments/unique_fd.h"

namespace walkit {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxPidFileBytes = 4096;

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

std::unexpected<ArchiveError> unreadable(const std::string& path, std::string_view why) {
  return std::unexpected(ArchiveError{.kind = ArchiveError::Kind::bad_input,
                                      .text = fmt::format("could not read file \"{}\": {}", path, why),
                                      .hint = {}});
}

}  // namespace

std::expected<std::string, int> read_small_file(const std::string& path, std::size_t max_bytes) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd.valid()) return std::unexpected(errno);
  std::string content(max_bytes + 1, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const auto got = read_some(fd.get(), std::as_writable_bytes(std::span(content)).subspan(size));
    if (!got) return std::unexpected(got.error());
    if (*got == 0) break;
    size += *got;
  }
  if (size > max_bytes) return std::unexpected(EFBIG);
  content.resize(size);
  return content;
}

std::optional<DataDirectory> find_data_directory(const std::string& wal_path) {
  std::error_code error;
  fs::path directory = fs::current_path(error);
  if (error || !exists((directory / "PG_VERSION").string())) {
    // Not resolved: pg_wal is often a link to another disk, and its parent there is no data directory.
    directory = fs::absolute(fs::path(wal_path), error).parent_path().parent_path();
    if (error || !exists((directory / "PG_VERSION").string())) return std::nullopt;
  }
  struct stat status{};
  if (::stat(directory.c_str(), &status) != 0) return std::nullopt;
  return DataDirectory{directory.string(), status.st_dev, status.st_ino};
}

bool DataDirectory::has_standby_signal() const {
  return exists(path + "/standby.signal") && !exists(path + "/recovery.signal");
}

ArchiveResult<PgControl> DataDirectory::read_control() const {
  const std::string file = path + "/global/pg_control";
  const auto content = read_small_file(file, kPgControlFileSize);
  if (!content) return unreadable(file, std::strerror(content.error()));
  auto control = parse_pg_control(std::as_bytes(std::span(*content)));
  if (!control) return unreadable(file, control.error());
  return *control;
}

bool DataDirectory::has_live_postmaster() const {
  const auto content = read_small_file(path + "/postmaster.pid", kMaxPidFileBytes);
  if (!content) return false;
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(content->data(), content->data() + content->size(), pid);
  if (error != std::errc() || pid <= 1) return false;
  return ::kill(pid, 0) == 0 || errno == EPERM;
}

}  // namespace walkit
