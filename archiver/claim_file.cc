#include "archiver/claim_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <thread>

#include "archiver/file_calls.h"

namespace walkit {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{2};
constexpr std::chrono::milliseconds kPause{5};
// Claims are held for a few system calls. Longer than any of them takes.
constexpr std::int64_t kAbandonedSeconds = 60;

// Its maker locks a claim before it writes the host into it, so whoever gets the lock of one of this host
// knows that the maker is gone. Locks of other hosts may be invisible here: there, age decides.
bool is_abandoned(int fd, const std::string& host) {
  std::array<char, 128> text;
  const ssize_t got = ::pread(fd, text.data(), text.size(), 0);
  if (got > 0 && std::string_view(text.data(), static_cast<std::size_t>(got)) == host) return true;
  struct stat status;
  return ::fstat(fd, &status) == 0 && age_seconds(status) > kAbandonedSeconds;
}

// Only a hint to whoever finds the claim after a crash: without it they wait longer.
void note_host(int fd, const std::string& host) {
  [[maybe_unused]] const ssize_t written = ::pwrite(fd, host.data(), host.size(), 0);
}

// The claim, or an invalid descriptor if somebody else has it at the moment.
std::expected<UniqueFd, int> try_to_take(int directory, const std::string& file_name,
                                         const std::string& host) {
  constexpr int kMake = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  UniqueFd file(::openat(directory, file_name.c_str(), kMake, 0640));
  const bool made = file.valid();
  if (!made && errno != EEXIST) return std::unexpected(errno);
  if (!made)
    file = UniqueFd(::openat(directory, file_name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid() && errno != ENOENT && errno != EACCES) return std::unexpected(errno);
  if (!file.valid()) return UniqueFd();

  const bool locked = lock_file(file.get(), made ? LOCK_EX : LOCK_EX | LOCK_NB);
  if (!made && !locked && errno == EWOULDBLOCK) return UniqueFd();
  // Between opening and locking it may have been given back, or taken over.
  if (!names_file(directory, file_name, file.get())) return UniqueFd();
  if (!made && !is_abandoned(file.get(), host)) return UniqueFd();
  if (made && locked) note_host(file.get(), host);
  return file;
}

}  // namespace

std::string Claim::file_name(const std::string& name) { return fmt::format(".{}.claim", name); }

std::expected<Claim, int> Claim::take(int directory, const std::string& name) {
  std::string claim = file_name(name);
  const std::string host = host_name();
  for (const auto give_up = steady_clock::now() + kPatience;;) {
    auto taken = try_to_take(directory, claim, host);
    if (!taken) return std::unexpected(taken.error());
    if (taken->valid()) return Claim(directory, std::move(claim), *std::move(taken));
    if (steady_clock::now() >= give_up) return std::unexpected(EBUSY);
    std::this_thread::sleep_for(kPause);
  }
}

Claim::~Claim() {
  if (file_.valid()) ::unlinkat(directory_, file_name_.c_str(), 0);
}

}  // namespace walkit
