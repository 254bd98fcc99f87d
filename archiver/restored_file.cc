#include "archiver/restored_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <thread>

#include "archiver/file_calls.h"

namespace walkit {
namespace {

constexpr std::chrono::milliseconds kPollInterval{2};
// Others may make and remove the same file at the same time.
constexpr int kMaxRemovals = 16;

// Not every file system has locks.
bool locked_by_another(int file) { return !lock_file(file, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK; }

enum class Remains : std::uint8_t { removed, in_use };

// What a dead process left is removed; one that lives holds a lock. The error is an errno.
std::expected<Remains, int> remove_leftover(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file.valid() && locked_by_another(file.get())) return Remains::in_use;
  // Between opening and locking somebody else may have removed it, and begun another.
  if (file.valid() && !names_file(AT_FDCWD, path, file.get())) return Remains::removed;
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return std::unexpected(errno);
  return Remains::removed;
}

}  // namespace

std::unexpected<ArchiveError> target_error(std::string_view action, std::string_view path, int error) {
  return std::unexpected(
      ArchiveError{.kind = ArchiveError::Kind::target,
                   .text = fmt::format("could not {} \"{}\": {}", action, path, std::strerror(error)),
                   .hint = {}});
}

// What a file replaces, ext4 makes it replace durably: it writes the new one out before rename() returns.
bool move_into_place(const std::string& file, const std::string& target) {
  ::unlink(target.c_str());
  return ::rename(file.c_str(), target.c_str()) == 0;
}

ArchiveResult<RestoredFile> RestoredFile::create(std::string target, std::string temporary,
                                                 Deadline deadline) {
  for (int attempts = 1;; ++attempts) {
    UniqueFd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.valid() && errno != EEXIST) return target_error("create file", temporary, errno);
    if (file.valid() && !locked_by_another(file.get()) && names_file(AT_FDCWD, temporary, file.get()))
      return RestoredFile(std::move(target), std::move(temporary), std::move(file));
    auto remains = Remains::removed;
    if (!file.valid()) {
      const auto leftover = remove_leftover(temporary);
      if (!leftover) return target_error("remove file", temporary, leftover.error());
      remains = *leftover;
    }
    // A file system on which nothing is what it was a moment ago must not keep a server waiting for ever.
    const bool at_once = remains == Remains::removed && attempts < kMaxRemovals;
    if (!at_once && Deadline::clock::now() >= deadline) return target_error("create file", temporary, EBUSY);
    if (!at_once) std::this_thread::sleep_for(kPollInterval);
  }
}

ArchiveResult<RestoredFile> RestoredFile::create(const std::string& target, Deadline deadline) {
  return create(target, target + ".walkit-tmp", deadline);
}

RestoredFile::~RestoredFile() {
  if (file_.valid()) ::unlink(temporary_.c_str());
}

ArchiveResult<void> RestoredFile::write(ByteSpan bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return target_error("write file", temporary_, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

ArchiveResult<void> RestoredFile::publish() {
  // NFS tells of a full disk when a file is closed, and closing the descriptor itself would end the lock.
  if (const int copy = ::dup(file_.get()); copy < 0 || ::close(copy) != 0)
    return target_error("write file", temporary_, errno);
  if (!move_into_place(temporary_, target_)) return target_error("create file", target_, errno);
  file_ = UniqueFd();
  return {};
}

}  // namespace walkit
