// Files of a data directory or base backup that nobody writes to.
//
// Symbolic links are followed in one place only: the entries of pg_tblspc.
#pragma once

#include "feed/io/data_files.h"
#include "segments/unique_fd.h"

namespace walkit {

/// Keeps at most kOpenFiles descriptors of files that were read.
class DirectoryFiles final : public DataFiles {
 public:
  static constexpr std::size_t kOpenFiles = 32;

  static std::expected<DirectoryFiles, std::string> open(std::string directory);

  const std::string& directory() const { return directory_; }

  std::string quoted(std::string_view path) const override;
  std::expected<std::optional<std::vector<std::byte>>, std::string> read(std::string_view path,
                                                                         std::size_t limit) override;
  std::expected<bool, std::string> read_at(std::string_view path, std::uint64_t offset,
                                           std::span<std::byte> out) override;
  std::expected<std::vector<std::string>, std::string> list(std::string_view path) override;

 private:
  struct OpenFile {
    std::string path;
    std::uint64_t last_use = 0;
    UniqueFd fd;  // invalid: there is no such file
  };

  DirectoryFiles(std::string directory, UniqueFd root)
      : directory_(std::move(directory)), root_(std::move(root)) {}
  std::expected<UniqueFd, std::string> open_file(std::string_view path) const;
  std::expected<int, std::string> find(std::string_view path);
  std::unexpected<std::string> failed(std::string_view what, std::string_view path) const;

  std::string directory_;
  UniqueFd root_;
  std::vector<OpenFile> open_;
  std::uint64_t uses_ = 0;
};

}  // namespace walkit
