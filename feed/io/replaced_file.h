// Files that are replaced whole and durably, or not at all.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "segments/unique_fd.h"

namespace walkit {

/// `could not WHAT file "PATH": ` and what errno says.
std::string file_error(std::string_view what, const std::string& path);

/// False: errno says why.
bool write_all(int fd, std::string_view text);

/// A file under another name until it is published; what was not published is removed. One thread at a time.
/// Errors are one line.
class ReplacedFile {
 public:
  static std::expected<ReplacedFile, std::string> create(std::string path);
  ReplacedFile(ReplacedFile&& other) noexcept = default;
  ReplacedFile& operator=(ReplacedFile&&) = delete;
  ~ReplacedFile();

  std::expected<void, std::string> write(std::string_view bytes);
  /// Takes the place of what has the name now, durably and in one step.
  std::expected<void, std::string> publish();

 private:
  ReplacedFile(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string temporary() const;

  std::string path_;
  UniqueFd fd_;
};

/// Durably; that it is not there is no error.
std::expected<void, std::string> remove_durably(const std::string& path);

}  // namespace walkit
