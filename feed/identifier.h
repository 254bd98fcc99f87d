// Names as SQL has them.
#pragma once

#include <string>
#include <string_view>

namespace walkit {

/// Appends the name, in quotes where quote_ident() of any server from 13 to 18 puts it in quotes
/// (quote_identifier of utils/adt/ruleutils.c): where it is not lower case, or a keyword that is not free.
void append_identifier(std::string& out, std::string_view name);

}  // namespace walkit
