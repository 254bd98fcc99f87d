// What the catalogs call the relation in a file.
#pragma once

#include <optional>
#include <unordered_map>

#include "feed/catalog.h"
#include "feed/file_hash.h"
#include "walreader/relation_map.h"
#include "walreader/relation_names.h"

namespace walkit {

struct FoundName {
  RelationName name;
  bool settled = true;  ///< whoever asks; else an open transaction changed the schema's name
};

/// The name of the relation in a file, as `asking` sees it; nothing if the catalogs do not know it. What is
/// being filled to take the place of a table or its TOAST relation has the table's name already.
std::optional<FoundName> find_name(const Catalog& catalog, const RelFileLocator& file, Xid asking);

/// Names of files that no relation is in any more: of those that were dropped, truncated or rewritten, until
/// the log is done with them. Bounded. One thread at a time.
class FormerNames {
 public:
  /// To be told of changes and records before the catalog is.
  void before(const Catalog& catalog, const HeapChange& change);
  void before(const Catalog& catalog, const Record& record);
  /// That the transactions are rolled back.
  void before_abort(const Catalog& catalog, std::span<const Xid> xids);

  /// nullptr if it had none.
  const RelationName* find(const RelFileLocator& file) const;

 private:
  void before(const Catalog& catalog, const RelationMapUpdate& update, Xid asking);
  void keep(const Catalog& catalog, const RelFileLocator& file, Xid asking);

  std::unordered_map<RelFileLocator, RelationName, FileHash> names_;
};

}  // namespace walkit
