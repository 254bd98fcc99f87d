// Names beside the numbers of files, for whoever knows them: WAL itself has numbers only.
#pragma once

#include <string>
#include <string_view>

#include "walreader/types.h"

namespace walkit {

/// What the relation in a file is called.
struct RelationName {
  std::string database;  ///< empty: all databases share it
  std::string schema;
  std::string name;
  std::string_view kind;     ///< table, index, toast, toast index, sequence, materialized view
  std::string table_schema;  ///< of the table that it belongs to or is; empty: of none
  std::string table;
  std::string label;        ///< all that in words, such as "shop: index public.i of public.t"
  std::string table_label;  ///< the same of the table, or where there is none of the relation itself
  bool operator==(const RelationName&) const = default;
};

/// Knows the names of files at the record that is being printed.
class RelationNames {
 public:
  virtual ~RelationNames() = default;
  /// nullptr if unknown. Valid until the next call.
  virtual const RelationName* of(const RelFileLocator& file) = 0;
};

}  // namespace walkit
