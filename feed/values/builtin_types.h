// The built-in types that can be printed without a catalog. Their OIDs are the same in every database
// (catalog/pg_type.dat).
#pragma once

#include <cstdint>

#include "feed/values/printers.h"

namespace walkit::values {

struct BuiltinType {
  Oid oid;
  std::int16_t length;  ///< of every value; -1 for a varlena
  Unavailable (*print)(ValueRenderer& renderer, ByteSpan content, std::string& out);
};

/// nullptr if there is no such row.
const BuiltinType* find_builtin(Oid type);

}  // namespace walkit::values
