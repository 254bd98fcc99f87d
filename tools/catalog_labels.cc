#include "tools/catalog_labels.h"

#include "feed/catalog_names.h"
#include "tools/feed_input.h"

namespace walkit {

CatalogLabels::CatalogLabels(FeedOrigin origin)
    : origin_(std::move(origin)), spill_(temporary_directory()), pages_(spill_, origin_.base()) {}

std::expected<std::unique_ptr<CatalogLabels>, std::string> CatalogLabels::open(const std::string& catalog) {
  auto origin = FeedOrigin::open(catalog, nullptr);
  if (!origin) return std::unexpected(std::move(origin).error());
  std::unique_ptr<CatalogLabels> labels(new CatalogLabels(*std::move(origin)));
  auto read = labels->origin_.read_catalog(labels->pages_);
  if (!read) return std::unexpected(std::move(read).error());
  labels->catalog_ = *std::move(read);
  labels->catalog_->set_decoders(
      [&decoders = labels->decoders_](std::int32_t encoding) { return &decoders.of(encoding); });
  return labels;
}

std::string CatalogLabels::of(const RelFileLocator& file) const {
  const auto found = find_name(*catalog_, file, 0);
  return found ? found->name.label : std::string();
}

}  // namespace walkit
