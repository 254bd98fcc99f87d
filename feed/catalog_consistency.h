// Whether a database's catalogs agree with each other.
//
// Where pages have no checksums, a row that a damaged page lost shows only by what refers to it. Nothing of
// this holds of files that changed while they were copied: there WAL puts rows right later.
#pragma once

#include <optional>
#include <string>

#include "feed/database_catalog.h"

namespace walkit {

/// The first contradiction, in words without a file's name; nothing if there is none. Pure.
std::optional<std::string> contradiction(const DatabaseCatalog& database);

}  // namespace walkit
