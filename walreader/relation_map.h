// pg_filenode.map: which file each mapped catalog lives in.
//
// A few catalogs (pg_class itself, pg_attribute, pg_type, pg_proc, all shared ones) cannot have their file's
// number in pg_class: this file has it, one in each database's directory and one in global/. RELMAP_UPDATE
// records carry it whole. Format: utils/cache/relmapper.c; 16 made the file longer.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "walreader/record.h"
#include "walreader/types.h"

namespace walkit {

inline constexpr std::size_t kMaxRelationMapFileSize = 524;

/// A value.
class RelationMap {
 public:
  struct Entry {
    Oid relation = 0;
    Oid filenode = 0;
    bool operator==(const Entry&) const = default;
  };

  RelationMap() = default;
  explicit RelationMap(std::vector<Entry> entries) : entries_(std::move(entries)) {}

  /// 0 if the relation is not mapped here.
  Oid filenode(Oid relation) const;
  const std::vector<Entry>& entries() const { return entries_; }
  bool operator==(const RelationMap&) const = default;

 private:
  std::vector<Entry> entries_;
};

/// Takes the file apart after checking its magic and CRC. The error is one line without the file's name.
std::expected<RelationMap, std::string> parse_relation_map(ByteSpan file);

/// A map got new contents, at once and whatever becomes of the transaction (which commits next).
struct RelationMapUpdate {
  Oid database = 0;  ///< 0: the shared catalogs' map
  Oid tablespace = 0;
  RelationMap map;
};

/// nullopt if the record is no RELMAP_UPDATE or is malformed.
std::optional<RelationMapUpdate> relation_map_update(const Record& record);

}  // namespace walkit
