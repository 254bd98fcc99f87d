// Quoting of values within arrays, rows and ranges.
#pragma once

#include <string>

namespace walkit::values {

/// Quotes what `out` holds from `start` on as an element of an array, where that is needed: " and \ get a
/// backslash (array_out of utils/adt/arrayfuncs.c).
void quote_element(std::string& out, std::size_t start, char delimiter);

/// ... as a field of a row: " and \ are doubled (record_out of utils/adt/rowtypes.c).
void quote_field(std::string& out, std::size_t start);

/// ... as a bound of a range: as a field, but brackets ask for quotes, too (range_bound_escape of
/// utils/adt/rangetypes.c).
void quote_bound(std::string& out, std::size_t start);

}  // namespace walkit::values
