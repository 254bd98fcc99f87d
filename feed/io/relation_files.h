// The relations of a data directory, block by block, as their files have them.
#pragma once

#include <map>

#include "feed/base_pages.h"
#include "feed/io/data_files.h"

namespace walkit {

class RelationFiles final : public BasePages {
 public:
  /// Borrows `files`. `version_directory`: PG_15_202209061, what each tablespace keeps this cluster's
  /// databases in.
  RelationFiles(DataFiles& files, std::string version_directory)
      : files_(files), version_directory_(std::move(version_directory)) {}

  std::expected<bool, std::string> read(const RelFileLocator& relation, BlockNumber block,
                                        PageBytes out) override;
  /// The directory of a database's files in a tablespace.
  std::string database_directory(Oid tablespace, Oid database) const;

 private:
  DataFiles& files_;
  std::string version_directory_;
};

/// Those of a running server, for what has not changed since the start: of relations up to kMaxBlocks, as the
/// others would be too much to search. A page that cannot be read is as one that is not there.
class SmallRelationFiles final : public BasePages {
 public:
  static constexpr BlockNumber kMaxBlocks = 4096;  ///< 32 MiB

  explicit SmallRelationFiles(RelationFiles& files) : files_(files) {}

  std::expected<bool, std::string> read(const RelFileLocator& relation, BlockNumber block,
                                        PageBytes out) override;

 private:
  RelationFiles& files_;
  std::map<RelFileLocator, bool> small_;
};

}  // namespace walkit
