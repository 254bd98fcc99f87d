#include "tools/catalog_start.h"

namespace walkit {

std::expected<CatalogStart, std::string> open_catalog_start(const std::string& where) {
  auto directory = DataDirectoryReader::open(where);
  if (!directory) return std::unexpected(std::move(directory).error());
  auto catalog = (*directory)->read_catalog();
  if (!catalog) return std::unexpected(std::move(catalog).error());
  CatalogStart source;
  source.directory = *std::move(directory);
  source.catalog = *std::move(catalog);
  source.pages = &source.directory->pages();
  source.transactions = &source.directory->transactions();
  source.start = source.directory->start();
  source.system_identifier = source.directory->control().system_identifier;
  return source;
}

}  // namespace walkit
