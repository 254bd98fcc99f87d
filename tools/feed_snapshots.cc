#include "tools/feed_snapshots.h"

#include <algorithm>

#include "feed/io/replaced_file.h"
#include "walreader/rmgr/xlog.h"

namespace walkit {
namespace {

/// Where catalogs are large, or much is running, less than this part of the WAL that is read is written.
constexpr std::uint64_t kShare = 16;

}  // namespace

std::expected<void, std::string> FeedSnapshots::after(const Record& record) {
  // At once, since a catalog that moves on, as a running server does, is no place to begin again at.
  if (!begun_ && decoder_.can_save()) {
    begun_ = true;
    return take();
  }
  if (!last_.valid()) last_ = record.lsn();
  if (record.rmid() != kXlogRmgrId || !read_checkpoint(record)) return {};
  if (record.end() - last_ < std::max(every_bytes_, kShare * last_bytes_)) return {};
  return take();
}

std::expected<void, std::string> FeedSnapshots::take() {
  if (given_up_ || !decoder_.can_save() || decoder_.position() == last_) return {};
  const auto delivered = deliver_();
  if (!delivered) return std::unexpected(delivered.error());
  const auto size = write_snapshot(path_, decoder_, *delivered, base_start_);
  if (!size) return std::unexpected(size.error());
  last_ = decoder_.position();
  last_bytes_ = *size;
  return {};
}

std::expected<void, std::string> FeedSnapshots::give_up() {
  given_up_ = true;
  return remove_durably(path_);
}

}  // namespace walkit
