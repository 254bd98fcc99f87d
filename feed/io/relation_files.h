// The relations of a data directory, block by block, as their files have them.
#pragma once

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

}  // namespace walkit
