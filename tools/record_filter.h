// Which records a dump shows.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "walreader/record.h"
#include "walreader/relation_names.h"

namespace walkit {

/// Empty criteria pass everything; several values of one are alternatives, different criteria must all hold.
struct RecordFilter {
  std::array<bool, 256> rmgrs{};
  bool by_rmgr = false;
  std::vector<Xid> xids;
  std::vector<RelFileLocator> relations;
  std::vector<std::string> relation_names;  ///< schema.name or name, with *: alternatives to `relations`
  std::vector<std::string> tables;          ///< the same of tables, with their indexes and TOAST
  std::optional<BlockNumber> block;
  std::optional<Fork> fork;
  bool with_image = false;
  std::vector<std::string> types;  ///< "INSERT" or "Heap/INSERT", in any case

  /// True if every record passes.
  bool empty() const;
  bool by_name() const { return !relation_names.empty() || !tables.empty(); }
  /// `names`: nullptr where relations have none, so that no name matches.
  bool matches(const Record& record, RelationNames* names = nullptr) const;

 private:
  bool matches_blocks(const Record& record, RelationNames* names) const;
  bool matches_relation(const RelFileLocator& relation, RelationNames* names) const;
  bool matches_type(const Record& record) const;
};

/// Equal but for the case of ASCII letters, as pg_strcasecmp in the C locale.
/// Whether some major has a record type of this name, INSERT or Heap/INSERT.
bool record_type_exists(std::string_view name);

bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace walkit
