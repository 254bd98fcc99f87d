#include "feed/io/relation_files.h"

#include <fmt/format.h>

#include "feed/catalog_row.h"

namespace walkit {
namespace {

constexpr Oid kDefaultTablespace = 1663;
constexpr std::uint32_t kSegmentBlocks = 131072;  // RELSEG_SIZE: 1 GiB

}  // namespace

std::string RelationFiles::database_directory(Oid tablespace, Oid database) const {
  if (tablespace == kGlobalTablespace) return "global";
  if (tablespace == kDefaultTablespace) return fmt::format("base/{}", database);
  return fmt::format("pg_tblspc/{}/{}/{}", tablespace, version_directory_, database);
}

std::expected<bool, std::string> RelationFiles::read(const RelFileLocator& relation, BlockNumber block,
                                                     PageBytes out) {
  std::string path =
      fmt::format("{}/{}", database_directory(relation.tablespace, relation.database), relation.relation);
  if (block >= kSegmentBlocks) path += fmt::format(".{}", block / kSegmentBlocks);
  return files_.read_at(path, std::uint64_t{block % kSegmentBlocks} * kRelationBlockSize, out);
}

std::expected<bool, std::string> SmallRelationFiles::read(const RelFileLocator& relation, BlockNumber block,
                                                          PageBytes out) {
  const auto [small, added] = small_.try_emplace(relation, false);
  if (added) small->second = files_.read(relation, kMaxBlocks, out) == false;
  return small->second && block < kMaxBlocks && files_.read(relation, block, out).value_or(false);
}

}  // namespace walkit
