#include "walreader/statistics.h"

#include <algorithm>

#include "walreader/bytes.h"
#include "walreader/local_time.h"

namespace walkit {
namespace {

// Tables are looked at whenever the log passes a multiple of this, not in between: so what is folded depends
// on the log alone, not on how it was cut up among threads.
constexpr int kStrideBits = 20;
constexpr std::size_t kMaxRows = std::size_t{1} << 18;
constexpr std::size_t kMaxCheckpoints = 4096;
// Longer lists of subtransactions than ASSIGNMENT records and commits of sane programs have are cut.
constexpr std::size_t kMaxLinks = 65536;
constexpr std::int64_t kMicrosecondsPerMinute = 60 * kMicrosecondsPerSecond;

Volume difference(const Volume& all, const Volume& part) {
  return {all.records - part.records, all.record_bytes - part.record_bytes,
          all.image_bytes - part.image_bytes};
}

void add_without_images(Volume& to, const Record& record) {
  ++to.records;
  to.record_bytes += record.length_without_images();
}

ImageReason reason_of(const Record& record, const ImageRef& image) {
  if (!image.apply) return ImageReason::consistency;
  if (is_image_record(record)) return ImageReason::fpi;
  return is_hint_image_record(record) ? ImageReason::hint : ImageReason::first_touch;
}

}  // namespace

std::int64_t minute_of(PgTime time) {
  constexpr std::int64_t kEpochMinutes = kPostgresEpochUnixSeconds / 60;
  const std::int64_t minutes = time.microseconds / kMicrosecondsPerMinute;
  const bool before = time.microseconds % kMicrosecondsPerMinute < 0;
  return minutes - (before ? 1 : 0) + kEpochMinutes;
}

TransactionRow& TransactionRow::operator+=(const TransactionRow& later) {
  if (later.top_xid != 0) top_xid = later.top_xid;
  volume += later.volume;
  if (!first.valid()) first = later.first;
  if (later.outcome) {
    outcome = later.outcome;
    end_time = later.end_time;
  }
  return *this;
}

MinuteRow& MinuteRow::operator+=(const MinuteRow& other) {
  volume += other.volume;
  commits += other.commits;
  aborts += other.aborts;
  return *this;
}

ImageVolume& ImageVolume::operator+=(const ImageVolume& other) {
  images += other.images;
  stored_bytes += other.stored_bytes;
  hole_bytes += other.hole_bytes;
  compression_saved_bytes += other.compression_saved_bytes;
  return *this;
}

void CheckpointHistory::add(const Checkpoint& checkpoint) {
  Entry entry{checkpoint, {}};
  if (!entries_.empty()) {
    const Lsn before = entries_.back().checkpoint.redo;
    const std::uint64_t distance = checkpoint.redo > before ? checkpoint.redo - before : 0;
    entry.distance_bytes = distance;
    sum_of_distances_ += distance;
    largest_distance_ = std::max(largest_distance_, distance);
  }
  entries_.push_back(entry);
  ++count_;
}

void CheckpointHistory::append(const CheckpointHistory& later) {
  if (later.entries_.empty()) return;
  const std::uint64_t folded = later.count_ - later.entries_.size();
  add(later.entries_.front().checkpoint);
  if (folded > 0) entries_.back().distance_bytes = later.entries_.front().distance_bytes;
  entries_.insert(entries_.end(), later.entries_.begin() + 1, later.entries_.end());
  count_ += later.count_ - 1;
  sum_of_distances_ += later.sum_of_distances_;
  largest_distance_ = std::max(largest_distance_, later.largest_distance_);
}

void CheckpointHistory::fold() {
  if (entries_.size() > kMaxCheckpoints)
    entries_.erase(entries_.begin(), entries_.end() - kMaxCheckpoints / 2);
}

void Statistics::begin_stride(std::uint64_t stride) {
  if (stride == stride_) return;
  stride_ = stride;
  relations_.fold(kMaxRows);
  transactions_.fold(kMaxRows);
  minutes_.fold(kMaxRows);
  checkpoints_.fold();
}

void Statistics::add(const Record& record) {
  begin_stride(record.lsn().value >> kStrideBits);
  if (!first_.valid()) first_ = record.lsn();
  end_ = record.end();
  timeline_ = record.timeline();
  counts_.add(record);
  total_.add(record);

  TransactionRow& transaction = transactions_.at(record.xid());
  transaction.volume.add(record);
  if (!transaction.first.valid()) transaction.first = record.lsn();
  if (record.toplevel_xid()) transaction.top_xid = *record.toplevel_xid();

  add_blocks(record);
  if (record.rmid() == kTransactionRmgrId) add_transaction(record);
  if (record.rmid() == kXlogRmgrId) add_xlog(record);
}

void Statistics::add_blocks(const Record& record) {
  const auto blocks = record.blocks();
  if (blocks.empty()) {
    add_without_images(relations_.at({}).blocks.volume, record);
    add_without_images(forks_[kNoFork].volume, record);
    return;
  }
  const BlockRef& home = blocks.front();
  add_without_images(relations_.at(home.relation).blocks.volume, record);
  add_without_images(forks_[std::min(static_cast<std::size_t>(home.fork), kOtherFork)].volume, record);
  for (const BlockRef& block : blocks)
    if (block.has_image) add_image(record, block);
}

void Statistics::add_image(const Record& record, const BlockRef& block) {
  const ImageRef& image = block.image;
  const BlockVolume one{{.image_bytes = image.stored_length}, 1};
  relations_.at(block.relation).blocks += one;
  forks_[std::min(static_cast<std::size_t>(block.fork), kOtherFork)] += one;

  const std::uint32_t kept = image.hole_length + std::uint32_t{image.stored_length};
  const bool smaller = image.compression != Compression::none && kept < kRelationBlockSize;
  images_[static_cast<std::size_t>(reason_of(record, image))][static_cast<std::size_t>(image.compression)] +=
      {.images = 1,
       .stored_bytes = image.stored_length,
       .hole_bytes = image.hole_length,
       .compression_saved_bytes = smaller ? kRelationBlockSize - kept : 0};
}

// The time of an online checkpoint is when it began, which may be many minutes before it is logged; so only
// shutdown checkpoints tell the time.
void Statistics::add_xlog(const Record& record) {
  if (is_segment_switch(record)) {
    ++switches_;
    const std::uint64_t span = record.end() - record.lsn();
    unused_bytes_ += span - std::min(span, std::uint64_t{record.total_length()});
  } else if (const auto checkpoint = read_checkpoint(record)) {
    checkpoints_.add(*checkpoint);
    constexpr std::int64_t kMostSeconds = INT64_MAX / kMicrosecondsPerSecond;
    const std::int64_t seconds = checkpoint->unix_seconds;
    if (checkpoint->shutdown && seconds >= 0 && seconds <= kMostSeconds)
      state_time(PgTime{(seconds - kPostgresEpochUnixSeconds) * kMicrosecondsPerSecond});
  }
}

void Statistics::add_transaction(const Record& record) {
  if (const auto mark = transaction_mark(record)) {
    TransactionRow& transaction = transactions_.at(mark->xid);
    transaction.outcome = mark->kind;
    transaction.end_time = mark->time;
    link(mark->xid, mark->subxacts);
    MinuteRow& minute = state_time(mark->time);
    if (mark->kind == TransactionMark::Kind::commit) {
      ++commits_;
      ++minute.commits;
    } else if (mark->kind == TransactionMark::Kind::abort) {
      ++aborts_;
      ++minute.aborts;
    }
  } else if (const auto assignment = subxact_assignment(record)) {
    link(assignment->top_xid, assignment->subxacts);
  }
}

void Statistics::link(Xid top_xid, ByteSpan subxacts) {
  Cursor xids(subxacts);
  for (std::size_t i = 0; xids.remaining() >= sizeof(Xid) && i < kMaxLinks; ++i)
    transactions_.at(xids.u32()).top_xid = top_xid;
}

MinuteRow& Statistics::state_time(PgTime time) {
  if (!first_time_) first_time_ = time;
  last_time_ = time;
  MinuteRow& minute = minutes_.at(minute_of(time));
  minute.volume += after_last_time();
  at_last_time_ = total_;
  return minute;
}

Volume Statistics::after_last_time() const { return difference(total_, at_last_time_); }

ImageVolume Statistics::all_images() const {
  ImageVolume sum;
  for (const auto& of_reason : images_)
    for (const ImageVolume& volume : of_reason) sum += volume;
  return sum;
}

std::uint64_t Statistics::overhead_bytes() const {
  const std::uint64_t used = total_.total_bytes() + unused_bytes_;
  const std::uint64_t span = end_ > first_ ? end_ - first_ : 0;
  return span > used ? span - used : 0;
}

void Statistics::merge(const Statistics& later) {
  if (!later.first_.valid()) return;
  begin_stride(later.first_.value >> kStrideBits);
  stride_ = later.stride_;
  if (!first_.valid()) first_ = later.first_;
  end_ = later.end_;
  timeline_ = later.timeline_;

  if (later.first_time_) {
    minutes_.at(minute_of(*later.first_time_)).volume += after_last_time();
    at_last_time_ = total_;
    at_last_time_ += later.at_last_time_;
    if (!first_time_) first_time_ = later.first_time_;
    last_time_ = later.last_time_;
  }
  total_ += later.total_;
  counts_ += later.counts_;
  relations_ += later.relations_;
  transactions_ += later.transactions_;
  minutes_ += later.minutes_;
  for (std::size_t i = 0; i < forks_.size(); ++i) forks_[i] += later.forks_[i];
  for (std::size_t i = 0; i < images_.size(); ++i)
    for (std::size_t j = 0; j < images_[i].size(); ++j) images_[i][j] += later.images_[i][j];
  checkpoints_.append(later.checkpoints_);
  commits_ += later.commits_;
  aborts_ += later.aborts_;
  switches_ += later.switches_;
  unused_bytes_ += later.unused_bytes_;
}

VolumeTable<TransactionRow> with_subtransactions(const VolumeTable<TransactionRow>& transactions) {
  VolumeTable<TransactionRow> whole;
  for (const TransactionRow& row : transactions.rows()) {
    const bool top_level = row.top_xid == 0 || row.top_xid == row.key;
    TransactionRow& to = whole.at(top_level ? row.key : row.top_xid);
    const auto outcome = to.outcome;
    const PgTime end_time = to.end_time;
    const Lsn first = to.first;
    to += row;
    if (first.valid() && row.first.valid()) to.first = std::min(first, row.first);
    if (!top_level && to.key != row.key) {  // a subtransaction's own fate is not its transaction's
      to.outcome = outcome;
      to.end_time = end_time;
    }
    to.top_xid = 0;
  }
  return whole;
}

}  // namespace walkit
