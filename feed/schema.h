// What a relation and a type look like at one moment: what is needed to read a tuple and to print a value.
//
// Sources: pg_class, pg_attribute, pg_type, pg_enum, pg_index, pg_range of PostgreSQL 13 to 18.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "walreader/types.h"

namespace walkit {

using AttributeNumber = std::int16_t;

/// How values of a type lie in a tuple (typlen, typalign, typbyval).
struct Storage {
  std::int16_t length = -1;  ///< bytes; -1 varlena, -2 a string that ends with a zero
  char align = 'i';          ///< c, s, i, d: 1, 2, 4, 8 bytes
  bool by_value = false;
  bool operator==(const Storage&) const = default;
};

/// One column, dropped ones included: their values still lie in old tuples.
struct Column {
  AttributeNumber number = 0;  ///< from 1
  std::string name;
  Oid type = 0;  ///< 0 where the column was dropped
  std::int32_t typmod = -1;
  std::string type_name = {};  ///< as format_type() prints type and typmod; empty until somebody asks for it
  Storage storage;
  bool not_null = false;
  bool dropped = false;
  bool generated = false;   ///< GENERATED ALWAYS AS, stored or virtual
  bool is_virtual = false;  ///< ... virtual: not in tuples, which hold a null there
  std::optional<std::vector<std::byte>>
      missing;  ///< the value in tuples too short to hold it, as it would lie there
  bool operator==(const Column&) const = default;
};

enum class ReplicaIdentity : char { standard = 'd', nothing = 'n', full = 'f', index = 'i' };

/// A relation as one transaction sees it at one moment. Never changed once made: events hold on to it.
struct RelationSchema {
  Oid oid = 0;
  Oid database = 0;
  std::string database_name;
  std::string schema;
  std::string name;
  char kind = 'r';         ///< relkind
  char persistence = 'p';  ///< relpersistence
  bool catalog = false;    ///< a system catalog
  Oid toast = 0;           ///< its TOAST relation's OID
  Oid rewrite_of = 0;      ///< relrewrite: being filled to take the place of that relation
  ReplicaIdentity replica_identity = ReplicaIdentity::standard;
  std::vector<Column> columns;                  ///< by number, without gaps
  std::vector<AttributeNumber> primary_key;     ///< in the order of the index
  bool primary_key_deferrable = false;          ///< rows may share a key until their transaction ends
  std::vector<AttributeNumber> identity_index;  ///< of REPLICA IDENTITY USING INDEX
  bool operator==(const RelationSchema&) const = default;
};
using SchemaRef = std::shared_ptr<const RelationSchema>;

enum class TypeKind : char {
  base = 'b',
  composite = 'c',
  domain = 'd',
  enumeration = 'e',
  pseudo = 'p',
  range = 'r',
  multirange = 'm',
};

struct TypeInfo {
  Oid oid = 0;
  std::string schema;
  std::string name;  ///< typname, such as int4 or _text
  TypeKind kind = TypeKind::base;
  Storage storage;
  char delimiter = ',';           ///< typdelim, between array elements
  Oid element = 0;                ///< of a true array
  Oid base = 0;                   ///< of a domain
  std::int32_t base_typmod = -1;  ///< of a domain
  Oid range_subtype = 0;          ///< of a range
  Oid multirange_range = 0;       ///< of a multirange
  std::vector<Column> columns;    ///< of a composite, also those that only others have yet:
  std::size_t attributes = 0;     ///< these come behind so many
};

/// The types of one database as a transaction sees them at one moment. What it hands out is valid until the
/// next change is applied to the catalog.
class TypeCatalog {
 public:
  virtual ~TypeCatalog() = default;
  virtual const TypeInfo* type(Oid oid) const = 0;  ///< nullptr if unknown
  /// Valid until the next call.
  virtual std::optional<std::string_view> enum_label(Oid value) const = 0;
};

}  // namespace walkit
