#include "feed/catalog_consistency.h"

#include <fmt/format.h>

#include <string_view>

namespace walkit {
namespace {

using Contradiction = std::optional<std::string>;

bool one_of(std::string_view known, char c) { return known.contains(c); }

std::string relation_text(const ClassRow& row) {
  return fmt::format("relation {} (\"{}\")", row.oid, row.name);
}

/// pg_class.h: RELKIND_*, RELPERSISTENCE_*, REPLICA_IDENTITY_*.
Contradiction check_relation(const DatabaseCatalog& database, const ClassRow& row) {
  const auto wrong = [&](std::string_view what) { return fmt::format("{} {}", relation_text(row), what); };
  if (!one_of("rimtSvcfpI", row.kind) || !one_of("ptu", row.persistence) ||
      !one_of("dnfi", row.replica_identity) || row.columns < 0)
    return wrong("is of no kind that there is");
  if (!database.namespaces.contains(row.name_space)) return wrong("has no row for its schema");
  if (one_of("iI", row.kind) && !database.indexes.contains(row.oid)) return wrong("has no row in pg_index");
  if (row.toast != 0 && !database.classes.contains(row.toast))
    return wrong("has no row for its TOAST relation");
  return {};
}

// A dropped column's type may be gone. A column keeps its own copy of how its type's values lie in tuples.
Contradiction check_column(const DatabaseCatalog& database, const ClassRow& relation, const AttributeRow* row,
                           AttributeNumber number) {
  const auto wrong = [&](std::string_view what) {
    return fmt::format("column {} of {} {}", number, relation_text(relation), what);
  };
  if (row == nullptr) return wrong("has no row in pg_attribute");
  if (row->column.dropped) return {};
  const TypeRow* type = database.types.newest(row->column.type);
  if (type == nullptr) return wrong(fmt::format("has a type, {}, that has no row", row->column.type));
  if (type->storage != row->column.storage) return wrong("does not look like its type");
  return {};
}

Contradiction check_type(const DatabaseCatalog& database, const TypeRow& row) {
  const auto wrong = [&](std::string_view what) {
    return fmt::format("type {} (\"{}\") {}", row.oid, row.name, what);
  };
  if (!one_of("bcdemrp", row.kind)) return wrong("is of no kind that there is");
  if (!database.namespaces.contains(row.name_space)) return wrong("has no row for its schema");
  if (row.kind == 'r' && !database.ranges.contains(row.oid)) return wrong("has no row in pg_range");
  if (row.kind == 'c' && !database.classes.contains(row.relation)) return wrong("has no row in pg_class");
  for (const Oid other : {row.element, row.base})
    if (other != 0 && !database.types.contains(other))
      return wrong(fmt::format("is of type {}, which has no row", other));
  return {};
}

}  // namespace

Contradiction contradiction(const DatabaseCatalog& database) {
  Contradiction found;
  database.classes.for_each([&](const ClassRow& row) {
    if (!found) found = check_relation(database, row);
    for (AttributeNumber number = 1; number <= row.columns && !found; ++number)
      found = check_column(database, row, database.attributes.newest(AttributeRow::key_of(row.oid, number)),
                           number);
  });
  database.types.for_each([&](const TypeRow& row) {
    if (!found) found = check_type(database, row);
  });
  return found;
}

}  // namespace walkit
