#include "tools/feed_origin.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "tools/opened_catalog.h"

namespace walkit {
namespace {

bool is_file(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

std::expected<FeedOrigin, std::string> FeedOrigin::open(const std::string& catalog,
                                                        std::unique_ptr<SnapshotFile> resumed) {
  FeedOrigin origin;
  origin.snapshot_ = std::move(resumed);
  if (is_file(catalog)) {
    if (origin.snapshot_ == nullptr) {
      auto snapshot = SnapshotFile::open_of(catalog);
      if (!snapshot) return std::unexpected(std::move(snapshot).error());
      origin.snapshot_ = *std::move(snapshot);
    }
  } else if (!catalog.empty()) {
    auto directory = open_catalog(catalog);
    if (!directory) return std::unexpected(std::move(directory).error());
    origin.directory_ = *std::move(directory);
  }
  origin.name_ = origin.snapshot_ == nullptr ? catalog : origin.snapshot_->path();
  const bool both = origin.snapshot_ != nullptr && origin.directory_ != nullptr;
  if (both && origin.directory_->control().system_identifier != origin.system_identifier())
    return std::unexpected(
        fmt::format("file \"{}\" and directory \"{}\" are of different servers", origin.name_, catalog));
  return origin;
}

std::uint64_t FeedOrigin::system_identifier() const {
  return snapshot_ ? snapshot_->header().system_identifier : directory_->control().system_identifier;
}

Major FeedOrigin::major() const { return snapshot_ ? snapshot_->header().major : directory_->major(); }

Lsn FeedOrigin::start() const { return snapshot_ ? snapshot_->header().redo : directory_->start(); }

TimelineId FeedOrigin::timeline() const {
  return snapshot_ ? snapshot_->header().redo_timeline : directory_->timeline();
}

Lsn FeedOrigin::position() const { return snapshot_ ? snapshot_->header().position : directory_->start(); }

// A snapshot knows which of the pages are out of date of no directory but the one that its feed began with.
BasePages* FeedOrigin::base() const {
  if (!directory_) return nullptr;
  const bool same = !snapshot_ || snapshot_->header().base_start == directory_->start();
  return same ? &directory_->pages() : nullptr;
}

std::expected<std::unique_ptr<Catalog>, std::string> FeedOrigin::read_catalog(PageTable& pages) {
  return snapshot_ ? snapshot_->read_catalog(pages) : directory_->read_catalog();
}

TransactionLog& FeedOrigin::log() {
  return snapshot_ ? static_cast<TransactionLog&>(snapshot_log_) : directory_->transactions();
}

}  // namespace walkit
