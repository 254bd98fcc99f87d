#include "segments/segment_summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "walreader/chain.h"
#include "walreader/read_error.h"
#include "walreader/rmgr/transaction.h"

namespace walkit {
namespace {

// No page of a file is of a later one than the file's, which only its name tells.
constexpr TimelineId kAnyTimeline{UINT32_MAX};

}  // namespace

SegmentCheck::SegmentCheck(const PageProbe& probe)
    : geometry_(probe.geometry()),
      format_(probe.format),
      timeline_(probe.page.timeline),
      start_(geometry_.segment_start(geometry_.segment_of(probe.page.address))),
      reader_(geometry_, *format_) {
  summary_.end = start_;
  reader_.find(start_);
}

void SegmentCheck::feed(ByteSpan bytes) {
  bytes = bytes.first(std::min<std::uint64_t>(bytes.size(), geometry_.segment_size_bytes - fed_));
  const Lsn at = start_ + fed_;
  fed_ += bytes.size();
  if (!stopped_) {
    reader_.feed(at, bytes);
    read();
    if (!stopped_) return;
    // What the reader did not get to.
    bytes = bytes.last(start_ + fed_ - reader_.wants());
  }
  look_for_written_page(start_ + fed_ - bytes.size(), bytes);
}

void SegmentCheck::read() {
  for (;;) {
    switch (reader_.next()) {
      case ReadStatus::record:
        add(reader_.record());
        break;
      case ReadStatus::need_more:
        return;
      case ReadStatus::end_of_wal:
      case ReadStatus::corrupt:
        stop();
        return;
    }
  }
}

void SegmentCheck::add(const Record& record) {
  if (summary_.records++ == 0) summary_.first = record.lsn();
  summary_.last = record.lsn();
  summary_.end = record.end();
  if (record.xid() != 0) add_xid(record.xid());
  if (record.rmid() != kTransactionRmgrId) return;
  if (const auto mark = transaction_mark(record)) {
    add_xid(mark->xid);
    add_time(mark->time);
  }
}

void SegmentCheck::add_xid(Xid xid) {
  summary_.lowest_xid = std::min(summary_.lowest_xid.value_or(xid), xid);
  summary_.highest_xid = std::max(summary_.highest_xid.value_or(xid), xid);
}

void SegmentCheck::add_time(PgTime time) {
  summary_.first_commit = std::min(summary_.first_commit.value_or(time), time);
  summary_.last_commit = std::max(summary_.last_commit.value_or(time), time);
}

// A crash, or a recycled file, may leave anything after the last record. What they do not leave is a page
// further on that was written for its place: then there was a record here. And a segment's first page is what
// its address says.
void SegmentCheck::stop() {
  stopped_ = true;
  const ReadError& error = reader_.error();
  summary_.stopped_at = error.at;
  summary_.reason = error_text(error, {format_->major, geometry_, std::max(timeline_, reader_.timeline())});
  const Lsn stopped_page = geometry_.page_of(std::max(error.at, summary_.end));
  const Lsn read_page = geometry_.page_of(reader_.wants() - 1);
  went_on_ = error.at == start_ || read_page > stopped_page;
}

// The page header may come in pieces.
void SegmentCheck::look_for_written_page(Lsn at, ByteSpan bytes) {
  while (!bytes.empty() && !went_on_) {
    const std::uint32_t offset = geometry_.offset_in_page(at);
    const std::size_t part = offset < page_header_.size() ? page_header_.size() : geometry_.block_size_bytes;
    const std::size_t step = std::min(part - offset, bytes.size());
    if (offset < page_header_.size()) {
      std::ranges::copy(bytes.first(step), page_header_.begin() + offset);
      went_on_ = offset + step == page_header_.size() &&
                 judge_page(parse_page_header(page_header_), geometry_.page_of(at), kAnyTimeline,
                            reader_.timeline(), *format_) == PageState::own;
    }
    bytes = bytes.subspan(step);
    at = at + step;
  }
}

SegmentSummary SegmentCheck::finish() {
  if (stopped_) {
    summary_.ending = went_on_ ? SegmentEnding::corrupt : SegmentEnding::end_of_wal;
  } else if (fed_ < geometry_.segment_size_bytes) {
    summary_.ending = SegmentEnding::end_of_wal;
    summary_.stopped_at = start_ + fed_;
    summary_.reason = fmt::format("file ends at offset {}", fed_);
  }
  return summary_;
}

}  // namespace walkit
