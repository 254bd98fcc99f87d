// Names of types as format_type() of the server prints them (utils/adt/format_type.c), with a search path of
// public only. Modifiers of types from extensions are left out: their output functions are not here.
#pragma once

#include <string>

#include "feed/schema.h"

namespace walkit {

/// "character varying(20)", "integer[]", "sales.mood"; "???" if the type is not known.
std::string type_name(const TypeCatalog& types, Oid type, std::int32_t typmod);

}  // namespace walkit
