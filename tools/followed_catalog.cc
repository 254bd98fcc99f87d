#include "tools/followed_catalog.h"

#include "tools/feed_input.h"

namespace walkit {

FollowedCatalog::FollowedCatalog(FeedOrigin& origin)
    : origin_(origin), spill_(temporary_directory()), pages_(spill_, origin.base()) {}

std::expected<void, std::string> FollowedCatalog::read() {
  auto catalog = origin_.read_catalog(pages_);
  if (!catalog) return std::unexpected(std::move(catalog).error());
  catalog_ = *std::move(catalog);
  catalog_->set_decoders([this](std::int32_t encoding) { return &decoders_.of(encoding); });
  follower_.emplace(*catalog_, pages_, origin_.log());
  return {};
}

}  // namespace walkit
