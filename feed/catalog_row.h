// Rows of the catalogs that tell what tables and types look like, read from tuples as they lie on a page.
//
// The columns read here are of fixed length and lie before any that may be null, so each has one place in
// each major; only pg_attribute.attmissingval lies at the end of its tuple. Sources: catalog/pg_class.h,
// pg_attribute.h, pg_type.h, pg_namespace.h, pg_enum.h, pg_index.h, pg_range.h and pg_database.h of
// PostgreSQL 13 to 18. Pure; any thread. A tuple too short for what it should hold gives nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "feed/schema.h"
#include "walreader/types.h"
#include "walreader/version.h"

namespace walkit {

/// The catalogs that are followed.
enum class CatalogKind : std::uint8_t {
  none,
  classes,
  attributes,
  types,
  namespaces,
  enums,
  indexes,
  ranges,
  databases,
};

inline constexpr Oid kPgDatabase = 1262;
inline constexpr Oid kPgCatalogNamespace = 11;
inline constexpr Oid kGlobalTablespace = 1664;
inline constexpr Oid kFirstNormalOid = 16384;

/// Which catalog a relation is, by its OID; the same in every database and major.
CatalogKind catalog_kind(Oid relation);

/// Each row has read(), key(), which is unique among a catalog's live rows, and equality in what is read.
using RowKey = std::uint64_t;

struct ClassRow {
  Oid oid = 0;
  std::string name;
  Oid name_space = 0;
  Oid filenode = 0;    ///< 0: mapped, or without storage
  Oid tablespace = 0;  ///< 0: the database's
  Oid toast = 0;
  bool shared = false;
  char persistence = 'p';
  char kind = 'r';
  std::int16_t columns = 0;
  char replica_identity = 'd';
  Oid rewrite_of = 0;

  static std::optional<ClassRow> read(ByteSpan tuple, Major major);
  RowKey key() const { return oid; }
  bool operator==(const ClassRow&) const = default;
};

struct AttributeRow {
  Oid relation = 0;
  Column column;

  static std::optional<AttributeRow> read(ByteSpan tuple, Major major);
  static RowKey key_of(Oid relation, AttributeNumber number) {
    return RowKey{relation} << 16 | static_cast<std::uint16_t>(number);
  }
  RowKey key() const { return key_of(relation, column.number); }
  bool operator==(const AttributeRow&) const = default;
};

struct TypeRow {
  Oid oid = 0;
  std::string name;
  Oid name_space = 0;
  Storage storage;
  char kind = 'b';
  char delimiter = ',';
  Oid relation = 0;  ///< of a composite
  Oid element = 0;   ///< of a true array
  Oid base = 0;
  std::int32_t base_typmod = -1;

  static std::optional<TypeRow> read(ByteSpan tuple, Major major);
  RowKey key() const { return oid; }
  bool operator==(const TypeRow&) const = default;
};

struct NamespaceRow {
  Oid oid = 0;
  std::string name;

  static std::optional<NamespaceRow> read(ByteSpan tuple, Major major);
  RowKey key() const { return oid; }
  bool operator==(const NamespaceRow&) const = default;
};

struct EnumRow {
  Oid oid = 0;
  std::string label;

  static std::optional<EnumRow> read(ByteSpan tuple, Major major);
  RowKey key() const { return oid; }
  bool operator==(const EnumRow&) const = default;
};

struct IndexRow {
  Oid index = 0;
  Oid relation = 0;
  bool primary = false;  ///< and not being dropped
  bool deferrable = false;
  bool replica_identity = false;  ///< and usable as such
  std::vector<AttributeNumber> key_columns;

  static std::optional<IndexRow> read(ByteSpan tuple, Major major);
  RowKey key() const { return index; }
  bool operator==(const IndexRow&) const = default;
};

struct RangeRow {
  Oid range = 0;
  Oid subtype = 0;
  Oid multirange = 0;

  static std::optional<RangeRow> read(ByteSpan tuple, Major major);
  RowKey key() const { return range; }
  bool operator==(const RangeRow&) const = default;
};

struct DatabaseRow {
  Oid oid = 0;
  std::string name;
  std::int32_t encoding = 0;  ///< the server's number of it (pg_enc)
  Oid tablespace = 0;

  static std::optional<DatabaseRow> read(ByteSpan tuple, Major major);
  RowKey key() const { return oid; }
  bool operator==(const DatabaseRow&) const = default;
};

/// Which catalog a row is of.
template <class Row>
inline constexpr CatalogKind kind_of = CatalogKind::none;
template <>
inline constexpr CatalogKind kind_of<ClassRow> = CatalogKind::classes;
template <>
inline constexpr CatalogKind kind_of<AttributeRow> = CatalogKind::attributes;
template <>
inline constexpr CatalogKind kind_of<TypeRow> = CatalogKind::types;
template <>
inline constexpr CatalogKind kind_of<NamespaceRow> = CatalogKind::namespaces;
template <>
inline constexpr CatalogKind kind_of<EnumRow> = CatalogKind::enums;
template <>
inline constexpr CatalogKind kind_of<IndexRow> = CatalogKind::indexes;
template <>
inline constexpr CatalogKind kind_of<RangeRow> = CatalogKind::ranges;
template <>
inline constexpr CatalogKind kind_of<DatabaseRow> = CatalogKind::databases;

/// The relation whose look a row is part of; 0: of none.
template <class Row>
Oid relation_of(const Row&) {
  return 0;
}
inline Oid relation_of(const ClassRow& row) { return row.oid; }
inline Oid relation_of(const AttributeRow& row) { return row.relation; }
inline Oid relation_of(const IndexRow& row) { return row.relation; }

}  // namespace walkit
