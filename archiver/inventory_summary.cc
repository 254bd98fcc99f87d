#include <algorithm>

#include "archiver/inventory.h"

namespace walkit {
namespace {

template <typename T>
void lower(std::optional<T>& least, const std::optional<T>& value) {
  if (value && (!least || *value < *least)) least = value;
}
template <typename T>
void raise(std::optional<T>& most, const std::optional<T>& value) {
  if (value && (!most || *value > *most)) most = value;
}

std::optional<std::int64_t> archived_ms(const InventoryItem& item) {
  return item.header ? std::optional(item.header->archived_at_unix_ms) : std::nullopt;
}

class Summarizer {
 public:
  explicit Summarizer(const Inventory& inventory)
      : inventory_(inventory),
        geometry_{.segment_size_bytes = inventory.identity.segment_size_bytes, .block_size_bytes = 0},
        copies_(restorable_copies(inventory)) {
    for (const std::size_t i : copies_) {
      const InventoryItem& item = inventory_.items[i];
      segments_.push_back({.timeline = item.name.wal.segment.timeline,
                           .number = inventory_.number_of(item),
                           .partial = item.is(WalFileKind::partial),
                           .archived = item.is(WalFileKind::segment)});
    }
  }

  InventorySummary summarize() {
    for (std::size_t i = 0; i < inventory_.items.size(); ++i) count(i);
    summary_.unreadable.insert(summary_.unreadable.end(), inventory_.unreadable_texts.begin(),
                               inventory_.unreadable_texts.end());
    std::ranges::sort(summary_.unreadable);
    const Chain chain = find_chain(segments_);
    for (const SegmentRun& run : chain.runs) add_range(run);
    for (const SegmentGap& gap : chain.gaps) add_gap(gap);
    for (const SegmentGap& gap :
         find_branch_gaps(segments_, inventory_.histories, geometry_.segment_size_bytes))
      add_gap(gap);
    return std::move(summary_);
  }

 private:
  const InventoryItem& item_of(std::size_t segment) const { return inventory_.items[copies_[segment]]; }

  std::uint64_t plain_bytes(const InventoryItem& item) const {
    if (item.header) return item.header->plain_size_bytes;
    return item.is_wal() ? geometry_.segment_size_bytes : 0;
  }

  void count(std::size_t i) {
    const InventoryItem& item = inventory_.items[i];
    switch (item.name.wal.kind) {
      case WalFileKind::segment:
        ++(item.name.variant.empty() ? summary_.segments : summary_.variants);
        break;
      case WalFileKind::partial:
        ++(item.name.variant.empty() ? summary_.partials : summary_.variants);
        break;
      case WalFileKind::history:
        ++summary_.histories;
        break;
      case WalFileKind::backup_history:
        ++summary_.labels;
        break;
    }
    summary_.plain_bytes += plain_bytes(item);
    summary_.stored_bytes += item.stored_bytes;
    if (item.error) summary_.unreadable.push_back(i);
    lower(summary_.oldest_archived_ms, archived_ms(item));
    raise(summary_.newest_archived_ms, archived_ms(item));
    if (!item.header) return;
    if (item.header->damaged) summary_.damaged.push_back(i);
    if (item.header->diverging) summary_.diverging.push_back(i);
  }

  // Where the records of a segment end, or its end if nothing says that they end before.
  Lsn end_of(std::size_t segment) const {
    const InventoryItem& item = item_of(segment);
    const bool stops =
        item.header && item.header->summary && item.header->summary->ending != SegmentEnding::full;
    if (stops && !item.header->damaged) return item.header->summary->end;
    return geometry_.segment_start(segments_[segment].number) + geometry_.segment_size_bytes;
  }

  void add_range(const SegmentRun& run) {
    const std::size_t first = run.segments.front();
    const std::size_t last = run.segments.back();
    ArchivedRange range{.timeline = run.timeline,
                        .first_file = item_of(first).name.file,
                        .last_file = item_of(last).name.file,
                        .start = geometry_.segment_start(segments_[first].number),
                        .end = end_of(last),
                        .segments = run.segments.size()};
    for (const std::size_t i : run.segments) {
      const InventoryItem& item = item_of(i);
      range.plain_bytes += plain_bytes(item);
      range.stored_bytes += item.stored_bytes;
      lower(range.first_archived_ms, archived_ms(item));
      raise(range.last_archived_ms, archived_ms(item));
      if (!item.header || !item.header->summary) continue;
      lower(range.first_commit, item.header->summary->first_commit);
      raise(range.last_commit, item.header->summary->last_commit);
    }
    if (range.timeline == inventory_.newest_timeline())
      summary_.highest = std::max(summary_.highest, range.end);
    summary_.ranges.push_back(std::move(range));
  }

  void add_gap(const SegmentGap& gap) {
    summary_.gaps.push_back(
        {.timeline = gap.timeline,
         .first_file = segment_name(gap.timeline, gap.first, geometry_.segment_size_bytes),
         .last_file = segment_name(gap.timeline, gap.last, geometry_.segment_size_bytes),
         .segments = gap.last.value - gap.first.value + 1,
         .next_file = item_of(gap.next_segment).name.file});
  }

  const Inventory& inventory_;
  const Geometry geometry_;
  const std::vector<std::size_t> copies_;
  std::vector<ChainSegment> segments_;  // one a copy
  InventorySummary summary_;
};

}  // namespace

InventorySummary summarize(const Inventory& inventory) { return Summarizer(inventory).summarize(); }

}  // namespace walkit
