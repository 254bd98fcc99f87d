#include "feed/io/replaced_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace walkit {
namespace {

std::expected<void, std::string> sync_directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.valid() && ::fsync(fd.get()) == 0) return {};
  return std::unexpected(file_error("fsync the directory of", path));
}

}  // namespace

std::string file_error(std::string_view what, const std::string& path) {
  return fmt::format("could not {} file \"{}\": {}", what, path, strerror(errno));
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string ReplacedFile::temporary() const { return path_ + ".walkit-tmp"; }

std::expected<ReplacedFile, std::string> ReplacedFile::create(std::string path) {
  ReplacedFile file(std::move(path), {});
  file.fd_ = UniqueFd(::open(file.temporary().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file.fd_.valid()) return std::unexpected(file_error("create", file.temporary()));
  return file;
}

ReplacedFile::~ReplacedFile() {
  if (fd_.valid()) ::unlink(temporary().c_str());
}

std::expected<void, std::string> ReplacedFile::write(std::string_view bytes) {
  if (write_all(fd_.get(), bytes)) return {};
  return std::unexpected(file_error("write", temporary()));
}

std::expected<void, std::string> ReplacedFile::publish() {
  if (::fsync(fd_.get()) != 0) return std::unexpected(file_error("fsync", temporary()));
  if (::rename(temporary().c_str(), path_.c_str()) != 0)
    return std::unexpected(file_error("rename", temporary()));
  fd_ = {};
  return sync_directory_of(path_);
}

std::expected<void, std::string> remove_durably(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return sync_directory_of(path);
  if (errno == ENOENT) return {};
  return std::unexpected(file_error("remove", path));
}

}  // namespace walkit
