#include "feed/feed_snapshot.h"

#include <fmt/format.h>

#include "feed/feed_decoder.h"
#include "feed/snapshot_fields.h"

namespace walkit {
namespace {

/// Of pages with large values, a snapshot takes those of the latest values: 64 MiB.
constexpr std::size_t kMaxToastPages = 8192;

std::string hex(Lsn lsn) { return fmt::format("{:X}/{:X}", lsn.high(), lsn.low()); }

}  // namespace

std::expected<SnapshotHeader, std::string> read_snapshot_header(SnapshotReader& in) {
  SnapshotHeader header;
  in(header);
  const bool known = header.major >= Major::pg13 && header.major <= kNewestMajor;
  if (in.ok() && (!known || header.redo > header.position)) in.fail("contradicts itself");
  if (auto status = in.status(); !status) return std::unexpected(status.error());
  return header;
}

std::expected<std::unique_ptr<Catalog>, std::string> read_snapshot_catalog(SnapshotReader& in,
                                                                           const SnapshotHeader& header,
                                                                           PageTable& pages) {
  auto catalog = std::make_unique<Catalog>(header.major);
  catalog->load(in);
  pages.load(in);
  if (auto status = in.status(); !status) return std::unexpected(status.error());
  return catalog;
}

std::expected<void, std::string> FeedDecoder::save(SnapshotWriter& out, Lsn delivered, Lsn base_start) {
  out(SnapshotHeader{.system_identifier = system_identifier_,
                     .major = catalog_.major(),
                     .delivered = delivered,
                     .base_start = pages_.has_base() ? base_start : Lsn{},
                     .redo = redo_,
                     .redo_timeline = redo_timeline_,
                     .position = position_,
                     .last = last_});
  catalog_.save(out);
  if (auto saved = save_pages(out); !saved) return saved;
  out(filter_, heap_.gap(), truncations_);
  toast_.save(out);
  return buffer_.save(out);
}

// Those of catalogs, of large values, and which ones the base directory cannot be asked for any more.
FeedDecoder::Result FeedDecoder::save_pages(SnapshotWriter& out) {
  std::vector<PageKey> catalogs, toast;
  std::optional<RelFileLocator> relation;  // that the next two are about
  bool of_catalog = false, of_toast = false;
  pages_.for_each_known([&](const PageKey& page) {
    if (relation != page.relation) {
      relation = page.relation;
      of_catalog = catalog_.wants_pages(page.relation);
      const SchemaRef& schema = catalog_.schema(page.relation, 0);
      of_toast =
          schema != nullptr && schema->kind == 't' && views_.of(page.relation, 0).role == RelationRole::toast;
    }
    if (of_catalog) catalogs.push_back(page);
    if (of_toast) toast.push_back(page);
  });
  if (toast.size() > kMaxToastPages) toast = toast_.latest_pages(kMaxToastPages);
  pages_.save(catalogs, out);
  pages_.save(toast, out);
  pages_.save_heard_of(out);
  return pages_.error() ? Result(std::unexpected(*pages_.error())) : Result{};
}

std::expected<void, std::string> FeedDecoder::load(SnapshotReader& in, const SnapshotHeader& header) {
  pages_.load(in);
  pages_.load_heard_of(in);
  FeedFilter filter;
  TupleGap gap{};
  in(filter, gap, truncations_);
  toast_.load(in);
  if (auto loaded = buffer_.load(in); !loaded) return loaded;
  if (auto finished = in.finish(); !finished) return finished;
  if (pages_.error()) return std::unexpected(*pages_.error());
  filter_changed_ = filter.databases != filter_.databases || filter.tables != filter_.tables ||
                    filter.columns != filter_.columns || filter.operations != filter_.operations;
  if (filter_changed_) buffer_.forget_first_complete();
  heap_.set_gap(gap);
  redo_ = header.redo;
  redo_timeline_ = header.redo_timeline;
  resumed_ = header;
  return {};
}

void FeedDecoder::begin_redo(Lsn redo, TimelineId timeline) {
  redo_ = redo;
  redo_timeline_ = timeline;
}

// A record before the snapshot's position.
FeedDecoder::Result FeedDecoder::redo(const Record& record) {
  xid_ = record.xid();
  const auto changes = heap_.apply(record);
  return changes ? Result{} : std::unexpected(changes.error());
}

FeedDecoder::Result FeedDecoder::end_redo() {
  if (resumed_->last.lsn.valid() && last_ != resumed_->last)
    return std::unexpected(fmt::format(
        "the WAL before {} is not what the feed had read when it stopped there", hex(resumed_->position)));
  resumed_.reset();
  views_.forget();
  return {};
}

}  // namespace walkit
