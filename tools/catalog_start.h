// Where the catalogs are that give names to the numbers in WAL.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "feed/catalog.h"
#include "feed/catalog_loader.h"
#include "feed/io/data_directory_reader.h"

namespace walkit {

/// Catalogs as of a position in WAL, and what it takes to follow them from there.
struct CatalogStart {
  std::unique_ptr<DataDirectoryReader> directory;  ///< what the pages and transactions below belong to
  std::unique_ptr<Catalog> catalog;
  BasePages* pages = nullptr;
  TransactionLog* transactions = nullptr;
  Lsn start;  ///< the catalogs are right for records from here on, if they are followed
  std::uint64_t system_identifier = 0;
};

/// `where`: the data directory of a stopped server, or a base backup. On error: one line.
std::expected<CatalogStart, std::string> open_catalog_start(const std::string& where);

}  // namespace walkit
