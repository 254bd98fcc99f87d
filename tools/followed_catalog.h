// The catalogs that --catalog names, kept up with WAL for whoever wants names.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "feed/catalog_follower.h"
#include "feed/io/temporary_file_spill.h"
#include "tools/feed_origin.h"
#include "tools/system_decoders.h"

namespace walkit {

/// Borrows the origin. One thread at a time.
class FollowedCatalog {
 public:
  explicit FollowedCatalog(FeedOrigin& origin);

  /// Comes first. The error is one line.
  std::expected<void, std::string> read();
  const Catalog& catalog() const { return *catalog_; }
  CatalogFollower& follower() { return *follower_; }

 private:
  FeedOrigin& origin_;
  TemporaryFileSpill spill_;
  SystemDecoders decoders_;
  PageTable pages_;
  std::unique_ptr<Catalog> catalog_;
  std::optional<CatalogFollower> follower_;
};

}  // namespace walkit
