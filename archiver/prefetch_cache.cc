#include "archiver/prefetch_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <thread>

#include "archiver/checked_line.h"
#include "archiver/file_calls.h"
#include "archiver/safe_path.h"
#include "archiver/spool.h"
#include "segments/page_buffer.h"
#include "segments/raw_input.h"

namespace walkit {
namespace {

constexpr std::string_view kVersion = "walkit-prefetch-1";
constexpr std::string_view kInfoSuffix = ".info";
constexpr std::string_view kPartSuffix = ".part";
constexpr std::string_view kRequestFile = "request";
constexpr std::size_t kMaxInfoBytes = 4096;
constexpr std::chrono::milliseconds kPollInterval{1};

// Small enough for the second-level cache.
constexpr std::size_t kChunkBytes = std::size_t{256} << 10;

// Whether the file is what the line says; gives its bytes to `copy` on the way if there is one.
bool is_intact(int file, const PrefetchedInfo& info, RestoredFile* copy) {
  const PageBuffer chunk(kChunkBytes);
  Digester digester;
  for (std::uint64_t offset = 0;;) {
    const auto got = pread_some(file, chunk.span(), offset);
    if (!got) return false;
    if (*got == 0) return offset == info.size_bytes && digester.value() == info.digest;
    const ByteSpan bytes = chunk.span().first(*got);
    digester.update(bytes);
    offset += *got;
    if (offset > info.size_bytes) return false;
    if (copy != nullptr && !copy->write(bytes)) return false;
  }
}

// A rename keeps mode and owner, so the file must be the caller's, as one that it wrote itself would be.
bool is_own_regular(int file) {
  struct stat status{};
  return ::fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == ::geteuid();
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::string info_line(const std::string& name, const PrefetchedInfo& info) {
  return checked_line({std::string(kVersion), name, info.origin.repository_id,
                       std::to_string(info.origin.system_identifier), info.object,
                       std::to_string(info.size_bytes), info.digest.hex()});
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<PrefetchCache> PrefetchCache::open(const std::string& spool) {
  std::string directory = spool + "/prefetch";
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return std::nullopt;
  return PrefetchCache(std::move(directory), spool + "/prefetch.lock");
}

std::string PrefetchCache::path(std::string_view file) const {
  return fmt::format("{}/{}", directory_, file);
}

bool PrefetchCache::take(const std::string& name, const PrefetchOrigin& origin, const std::string& target,
                         Deadline deadline) const {
  if (!exists(path(name))) return false;
  const auto expected = info(name);
  const bool given = expected && expected->origin == origin && give(path(name), *expected, target, deadline);
  remove(name);
  return given;
}

bool PrefetchCache::give(const std::string& path, const PrefetchedInfo& info, const std::string& target,
                         Deadline deadline) const {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid() || !is_own_regular(file.get())) return false;
  struct stat here{}, there{};
  const std::string parent = target.substr(0, target.rfind('/') + 1);
  const bool near = ::fstat(file.get(), &here) == 0 &&
                    ::stat(parent.empty() ? "." : parent.c_str(), &there) == 0 && here.st_dev == there.st_dev;
  if (near) {
    if (!is_intact(file.get(), info, nullptr)) return false;
    if (move_into_place(path, target)) return true;
    if (errno != EXDEV) return false;  // of two mounts of one device neither sees it as the same
  }
  auto copy = RestoredFile::create(target, deadline);
  return copy && is_intact(file.get(), info, &*copy) && copy->publish();
}

void PrefetchCache::await(const std::string& name, Deadline deadline) const {
  const std::string part = path(name + std::string(kPartSuffix));
  while (exists(part) && is_locked() && Deadline::clock::now() < deadline)
    std::this_thread::sleep_for(kPollInterval);
}

void PrefetchCache::note_request(const SegmentName& name) const {
  // At worst the prefetcher ends too soon.
  (void)replace_file(path(kRequestFile), checked_line({format_segment_name(name)}));
}

bool PrefetchCache::is_locked() const {
  const UniqueFd file(::open(lock_file_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  return file.valid() && !lock_file(file.get(), LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
}

UniqueFd PrefetchCache::lock() const {
  UniqueFd file(::open(lock_file_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.valid() && !lock_file(file.get(), LOCK_EX | LOCK_NB)) return {};
  return file;
}

std::optional<SegmentName> PrefetchCache::last_request() const {
  const auto content = read_small_file(path(kRequestFile), kMaxInfoBytes);
  if (!content) return std::nullopt;
  const auto words = parse_checked_line(*content);
  if (!words || words->size() != 1) return std::nullopt;
  return parse_segment_name(words->front());
}

std::vector<std::string> PrefetchCache::files() const {
  const OpenDirectory directory{
      UniqueFd(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)), directory_};
  std::vector<std::string> names;
  if (!directory.fd.valid()) return names;
  if (const auto items = read_directory(directory))
    for (const DirectoryItem& item : *items) names.push_back(item.name);
  return names;
}

std::vector<SegmentName> PrefetchCache::segments() const {
  std::vector<SegmentName> segments;
  for (const std::string& file : files())
    if (const auto name = parse_segment_name(file)) segments.push_back(*name);
  return segments;
}

void PrefetchCache::remove(const std::string& name) const {
  ::unlink(path(name).c_str());
  ::unlink(path(name + std::string(kInfoSuffix)).c_str());
}

void PrefetchCache::remove_unfinished() const {
  for (const std::string& file : files()) {
    const bool lonely_info =
        file.ends_with(kInfoSuffix) && !exists(path(file.substr(0, file.size() - kInfoSuffix.size())));
    if (file.ends_with(kPartSuffix) || lonely_info) ::unlink(path(file).c_str());
  }
}

ArchiveResult<RestoredFile> PrefetchCache::begin(const std::string& name, Deadline deadline) const {
  return RestoredFile::create(path(name), path(name + std::string(kPartSuffix)), deadline);
}

ArchiveResult<void> PrefetchCache::publish(const std::string& name, const PrefetchedInfo& info,
                                           RestoredFile& file) const {
  const std::string info_path = path(name + std::string(kInfoSuffix));
  if (const auto written = replace_file(info_path, info_line(name, info)); !written)
    return std::unexpected(
        ArchiveError{.kind = ArchiveError::Kind::target, .text = written.error(), .hint = {}});
  return file.publish();
}

std::optional<PrefetchedInfo> PrefetchCache::info(const std::string& name) const {
  constexpr std::size_t kWords = 7;
  const auto content = read_small_file(path(name + std::string(kInfoSuffix)), kMaxInfoBytes);
  if (!content) return std::nullopt;
  const auto words = parse_checked_line(*content);
  if (!words || words->size() != kWords || (*words)[0] != kVersion || (*words)[1] != name)
    return std::nullopt;
  const auto identifier = number_of((*words)[3]);
  const auto size = number_of((*words)[5]);
  const auto digest = Digest::from_hex((*words)[6]);
  if (!identifier || !size || !digest) return std::nullopt;
  return PrefetchedInfo{{(*words)[2], *identifier}, (*words)[4], *size, *digest};
}

}  // namespace walkit
