#include "archiver/durable_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>

namespace walkit {
namespace {

std::string temporary_name(const std::string& name) {
  std::uint64_t random = 0;
  // Should there be no random bits, O_EXCL still keeps two writers apart.
  if (::getrandom(&random, sizeof random, 0) < 0) random = 0;
  return fmt::format(".tmp-{}-{}-{:016x}-{}", host_name(), ::getpid(), random, name);
}

// A file that is being made and cannot be found, or whose temporary name is taken, says nothing about the
// object.
template <typename T>
StoreResult<T> failing_only(StoreResult<T> result, StoreError::Kind kind) {
  if (!result && result.error().kind == kind) result.error().kind = StoreError::Kind::io;
  return result;
}

StoreResult<UniqueFd> make_temporary(const OpenDirectory& directory, const std::string& temporary,
                                     const std::string& path) {
  constexpr int kMake = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  UniqueFd file(::openat(directory.fd.get(), temporary.c_str(), kMake, 0600));
  if (!file.valid()) return call_failed("create file", path, errno);
  // The lock only tells cleaners that the file is in use. Without it they go by its age.
  lock_file(file.get(), LOCK_EX);
  return file;
}

}  // namespace

StoreResult<std::unique_ptr<PendingObject>> DurableFile::create(OpenDirectory directory, std::string name,
                                                                const FileModes& modes, PlaceMethod first) {
  std::string temporary = temporary_name(name);
  std::string path = directory.path_of(name);
  auto file = failing_only(make_temporary(directory, temporary, path), StoreError::Kind::absent);
  file = failing_only(std::move(file), StoreError::Kind::exists);
  if (!file) return std::unexpected(std::move(file).error());
  std::unique_ptr<DurableFile> pending(new DurableFile(
      std::move(directory), std::move(name), std::move(temporary), std::move(path), *std::move(file), first));
  // From here on the destructor removes the file.
  if (auto set =
          apply_mode(pending->file_.get(), pending->directory_, modes.file, modes.group, pending->path_);
      !set)
    return std::unexpected(std::move(set).error());
  return pending;
}

DurableFile::~DurableFile() {
  if (state_ != State::placed) ::unlinkat(directory_.fd.get(), temporary_.c_str(), 0);
}

StoreResult<void> DurableFile::write(ByteSpan bytes) {
  if (state_ != State::writing) return refuse();
  auto written = write_all(bytes);
  if (!written) state_ = State::failed;
  return written;
}

StoreResult<void> DurableFile::write_all(ByteSpan bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    // A write that takes nothing and names no cause has no room.
    if (written <= 0) return call_failed("write file", path_, written < 0 ? errno : ENOSPC);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

StoreResult<void> DurableFile::publish() {
  if (state_ != State::writing) return refuse();
  state_ = State::failed;
  return failing_only(sync_and_place(), StoreError::Kind::absent);
}

StoreResult<void> DurableFile::sync_and_place() {
  if (auto synced = sync_file(file_.get(), path_); !synced) return synced;
  auto placed = place_file(directory_, file_.get(), temporary_, name_, first_method_);
  if (!placed && placed.error().kind == StoreError::Kind::exists) {
    // Whoever hears of an object takes it for archived, but its writer may have died before its last fsync.
    if (auto synced = sync_existing(directory_, name_); !synced) return synced;
  }
  if (!placed) return placed;
  state_ = State::placed;
  auto synced = sync_directory(directory_);
  if (!synced) synced.error().text += fmt::format(" (\"{}\" may be gone after a power failure)", name_);
  return synced;
}

StoreResult<void> DurableFile::refuse() const {
  return std::unexpected(StoreError{StoreError::Kind::io,
                                    fmt::format("file \"{}\" was published before, or could not be", path_)});
}

}  // namespace walkit
