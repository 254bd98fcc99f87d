// The names of files where the catalogs that --catalog names begin, for commands that follow no WAL.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "feed/io/temporary_file_spill.h"
#include "tools/feed_origin.h"
#include "tools/system_decoders.h"

namespace walkit {

/// One thread at a time.
class CatalogLabels {
 public:
  /// Reads the catalogs. The error is one line.
  static std::expected<std::unique_ptr<CatalogLabels>, std::string> open(const std::string& catalog);

  const std::string& source() const { return origin_.name(); }
  std::uint64_t system_identifier() const { return origin_.system_identifier(); }
  /// "shop: public.orders"; empty if the catalogs do not know the file.
  std::string of(const RelFileLocator& file) const;

 private:
  explicit CatalogLabels(FeedOrigin origin);

  FeedOrigin origin_;
  TemporaryFileSpill spill_;
  SystemDecoders decoders_;
  PageTable pages_;
  std::unique_ptr<Catalog> catalog_;
};

}  // namespace walkit
