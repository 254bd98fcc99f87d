// Files of a data directory or base backup that nobody writes to.
//
// Symbolic links are followed in one place only: the entries of pg_tblspc. One thread at a time. Errors are
// one line that names the file.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feed/base_pages.h"
#include "feed/page_checksum.h"
#include "segments/unique_fd.h"
#include "walreader/types.h"

namespace walkit {

class DataFiles {
 public:
  static std::expected<DataFiles, std::string> open(std::string directory);

  const std::string& directory() const { return directory_; }

  /// A file by its path from the directory; nothing if there is none.
  std::expected<std::optional<UniqueFd>, std::string> open_file(std::string_view path) const;
  /// At most `limit` bytes of the beginning of a file; nothing if there is none.
  std::expected<std::optional<std::vector<std::byte>>, std::string> read(std::string_view path,
                                                                         std::size_t limit) const;
  /// Fills `out` from a file at an offset. False if there is no such file or it ends before.
  std::expected<bool, std::string> read_at(std::string_view path, std::uint64_t offset,
                                           std::span<std::byte> out) const;
  /// The names in a directory; none if there is no such directory.
  std::expected<std::vector<std::string>, std::string> list(std::string_view path) const;

 private:
  DataFiles(std::string directory, UniqueFd root)
      : directory_(std::move(directory)), root_(std::move(root)) {}
  std::unexpected<std::string> failed(std::string_view what, std::string_view path) const;

  std::string directory_;
  UniqueFd root_;
};

/// pread() until `out` is full or the file ends: how many bytes there were. Negative: errno says why.
std::ptrdiff_t read_fully(int fd, std::span<std::byte> out, std::uint64_t offset);

/// The relations of a data directory, block by block, as the files have them. At most kOpenFiles descriptors.
class RelationFiles : public BasePages {
 public:
  static constexpr std::size_t kOpenFiles = 32;

  /// Borrows `files`. `version_directory`: PG_15_202209061, what each tablespace keeps this cluster's
  /// databases in. `checksums`: pages have them.
  RelationFiles(const DataFiles& files, std::string version_directory, bool checksums)
      : files_(files), version_directory_(std::move(version_directory)), checksums_(checksums) {}

  std::expected<bool, std::string> read(const RelFileLocator& relation, BlockNumber block,
                                        PageBytes out) override;
  bool intact(PageBytes page, BlockNumber block) const override {
    return !checksums_ || has_right_checksum(page, block);
  }
  /// The directory of a database's files in a tablespace.
  std::string database_directory(Oid tablespace, Oid database) const;

 private:
  /// A segment of 1 GiB of a relation.
  struct OpenFile {
    RelFileLocator relation;
    std::uint32_t segment = 0;
    std::uint64_t last_use = 0;
    UniqueFd fd;  // invalid: there is no such file
  };
  std::expected<const OpenFile*, std::string> find(const RelFileLocator& relation, std::uint32_t segment);
  std::string path_of(const RelFileLocator& relation, std::uint32_t segment) const;

  const DataFiles& files_;
  std::string version_directory_;
  bool checksums_;
  std::vector<OpenFile> open_;
  std::uint64_t uses_ = 0;
};

}  // namespace walkit
