// What the feed has to know of a relation to read its rows: decided once for each of its looks.
#pragma once

#include <unordered_map>

#include "feed/catalog.h"
#include "feed/feed_filter.h"
#include "feed/file_hash.h"

namespace walkit {

enum class RelationRole : std::uint8_t {
  ignored,  ///< its changes are nobody's events, or not wanted
  table,
  toast,
  transient,  ///< rows on their way into a table's next file: no events, but its pages will matter
  unknown,    ///< the catalogs do not know it
};

struct RelationView {
  RelationRole role = RelationRole::unknown;
  SchemaRef schema;                          ///< with the names of the columns' types
  std::optional<RelFileLocator> toast_file;  ///< where the table's large values are
  const RelationSchema* source = nullptr;    ///< as the catalog gave it
  std::uint64_t generation = 0;              ///< of the catalog
};

/// Borrows all it is given. One thread at a time.
class RelationViews {
 public:
  RelationViews(Catalog& catalog, const FeedFilter& filter) : catalog_(catalog), filter_(filter) {}

  /// The relation in a file as `asking` sees it; valid until the next call.
  const RelationView& of(const RelFileLocator& file, Xid asking);
  /// A schema with the names of its types; nullptr of nullptr.
  SchemaRef named(const SchemaRef& schema, Xid asking);
  bool wants(const RelationSchema& schema) const;
  /// Whether a change of a row, with its schema from here, is of columns that are wanted; an update only if
  /// it changed one of them, or may have.
  bool concerns(const Change& change) const;
  /// What was decided is decided anew.
  void forget() { views_.clear(); }

 private:
  void renew(RelationView& view, const SchemaRef& source, Xid asking);
  bool wants_table(const RelationSchema& schema) const;
  bool has_wanted_column(const RelationSchema& schema) const;
  SchemaRef without_others(RelationSchema schema) const;
  RelationRole role_of(const RelationSchema& schema) const;
  std::optional<RelFileLocator> toast_file(const RelationSchema& schema) const;

  Catalog& catalog_;
  const FeedFilter& filter_;
  std::unordered_map<RelFileLocator, RelationView, FileHash> views_;
};

}  // namespace walkit
