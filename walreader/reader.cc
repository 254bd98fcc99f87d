#include "walreader/reader.h"

#include <algorithm>
#include <cstring>

#include "walreader/bytes.h"
#include "walreader/crc32c.h"

namespace walkit {
namespace {

constexpr std::uint64_t kAlignment = 8;  // MAXALIGN: records begin at multiples of it
constexpr std::uint8_t kXlogRmgr = 0;
constexpr std::uint8_t kXlogSwitch = 0x40;
constexpr std::size_t kCrcOffset = 20;  // of xl_crc; the header is summed up to it

constexpr std::uint64_t align_up(std::uint64_t value, std::uint64_t to) {
  return (value + to - 1) & ~(to - 1);
}

bool is_rmgr_id(std::uint8_t id, const WalFormat& format) {
  return id <= format.max_builtin_rmgr || (format.custom_rmgrs && id >= 128);
}

// True where nothing was ever written after the last record: zeros of a new segment, or pages that a recycled
// segment had at its former, lower address. Anything else that is not a record was damaged.
bool is_end_of_wal(const ReadError& error) {
  switch (error.fault) {
    case ReadFault::record_length:
      return error.found == 0;
    case ReadFault::magic:
      return error.found == 0 && !error.other.valid();
    case ReadFault::page_address:
      return error.other < error.at;
    default:
      return false;
  }
}

}  // namespace

void Reader::find(Lsn start) {
  chunk_ = {};
  position_ = geometry_.page_of(start);
  state_ = State::seeking;
  error_ = {};
  page_end_ = {};
  header_part_size_ = 0;
  latest_page_ = {};
  latest_timeline_ = {};
  start_ = start;
  resume_at_ = {};
  previous_ = {};
  first_ = true;
}

void Reader::resume(Lsn position, Lsn previous, TimelineId timeline) {
  find(position);
  latest_timeline_ = timeline;
  resume_at_ = position;
  previous_ = previous;
  first_ = false;
}

bool Reader::check_segment(Lsn segment_start, ByteSpan first_page) {
  if (first_page.size() < kLongPageHeaderSize) return true;  // the page's own reader will say so
  return validate_page(parse_page_header(first_page), segment_start);
}

void Reader::feed(Lsn at, ByteSpan bytes) {
  chunk_ = bytes.subspan(std::min<std::uint64_t>(position_ - at, bytes.size()));
}

ReadStatus Reader::next() {
  for (;;) {
    waiting_ = false;
    switch (state_) {
      case State::seeking:
        seek();
        break;
      case State::at_boundary:
        if (begin_record() && record_.lsn() >= start_) return ReadStatus::record;
        break;
      case State::in_record:
        if (read_record() && record_.lsn() >= start_) return ReadStatus::record;
        break;
      case State::stopped:
        return stop_status_;
    }
    if (waiting_) return ReadStatus::need_more;
  }
}

// Goes to the first record that begins on or after the page of position_, or to resume_at_.
bool Reader::seek() {
  if (!on_known_page() && !page_header()) return false;
  if (resume_at_.valid()) {
    const std::uint32_t offset = geometry_.offset_in_page(resume_at_);
    if (offset != 0 && offset < page_.size())
      return fail({.fault = ReadFault::record_offset,
                   .at = resume_at_,
                   .found = offset,
                   .expected = static_cast<std::int64_t>(page_.size())});
    state_ = State::at_boundary;
    if (resume_at_ > position_) skip_to(resume_at_);
    return true;
  }
  if (!page_.continues_record()) {
    state_ = State::at_boundary;
    return true;
  }
  const std::uint64_t room = geometry_.block_size_bytes - page_.size();
  const std::uint64_t rest = align_up(page_.remaining_length, kAlignment);
  if (rest < room) state_ = State::at_boundary;
  skip_to(position_ + std::min(rest, room));
  return true;
}

// Reads and checks the header of the page that begins at position_ (or began in the chunk before).
bool Reader::page_header() {
  PageHeader page;
  if (header_part_size_ == 0 && chunk_.size() >= kLongPageHeaderSize) {
    page = parse_page_header(chunk_.first(kLongPageHeaderSize));
    advance(page.size());
  } else {
    // Byte by byte: whether the header is a long one is known once it is as long as a short one.
    while (header_part_size_ < kShortPageHeaderSize ||
           header_part_size_ < parse_page_header(header_part_).size()) {
      if (chunk_.empty()) return wait();
      header_part_[header_part_size_++] = chunk_.front();
      advance(1);
    }
    page = parse_page_header(header_part_);
    header_part_size_ = 0;
  }
  const Lsn start = position_ - page.size();
  if (!validate_page(page, start)) return false;
  page_ = page;
  page_end_ = start + geometry_.block_size_bytes;
  return true;
}

// xlogreader.c, XLogReaderValidatePageHeader.
bool Reader::validate_page(const PageHeader& page, Lsn at) {
  if (page.magic != format_->magic)
    return fail({.fault = ReadFault::magic, .at = at, .other = page.address, .found = page.magic});
  const bool first_of_segment = geometry_.offset_in_segment(at) == 0;
  if ((page.info & ~kAllPageFlags) != 0)
    return fail({.fault = ReadFault::info_bits, .at = at, .found = page.info});
  if (page.long_header()) {
    if (page.segment_size_bytes != geometry_.segment_size_bytes)
      return fail({.fault = ReadFault::segment_size, .at = at, .found = page.segment_size_bytes});
    if (page.block_size_bytes != geometry_.block_size_bytes)
      return fail({.fault = ReadFault::block_size, .at = at, .found = page.block_size_bytes});
  } else if (first_of_segment) {
    return fail({.fault = ReadFault::info_bits, .at = at, .found = page.info});
  }
  if (page.address != at) return fail({.fault = ReadFault::page_address, .at = at, .other = page.address});
  if (at > latest_page_ && page.timeline < latest_timeline_)
    return fail({.fault = ReadFault::timeline_order,
                 .at = at,
                 .found = page.timeline.value,
                 .expected = latest_timeline_.value});
  latest_page_ = at;
  latest_timeline_ = page.timeline;
  return true;
}

// True if that was the whole record, else it is to be collected.
bool Reader::begin_record() {
  if (!on_known_page() && !page_header()) return false;
  if (page_.continues_record() && geometry_.offset_in_page(position_) == page_.size())
    return fail({.fault = ReadFault::contrecord_requested, .at = position_});
  record_lsn_ = position_;
  record_timeline_ = page_.timeline;
  const std::size_t there = std::min<std::uint64_t>(page_end_ - position_, chunk_.size());
  if (there >= kRecordHeaderSize) {
    total_ = load_le<std::uint32_t>(chunk_.data());
    if (total_ >= kRecordHeaderSize && total_ <= there) return read_in_place();
  }
  total_ = 0;
  got_ = 0;
  header_checked_ = false;
  fragments_.clear();
  kept_.clear();
  state_ = State::in_record;
  return false;
}

// What read_record() does, for nearly all records: those that lie whole on a page and in the chunk.
bool Reader::read_in_place() {
  whole_ = chunk_.first(total_);
  advance(total_);
  const std::byte* header = whole_.data();
  return check_header(header) && check_crc({&whole_, 1}, header) && finish_record({&whole_, 1}, header);
}

bool Reader::read_record() {
  if (total_ == 0) {
    // xl_tot_len never crosses a page, the rest of the header may.
    const std::uint64_t room = page_end_ - record_lsn_;
    if (!collect(static_cast<std::uint32_t>(std::min<std::uint64_t>(room, kRecordHeaderSize)))) return false;
    total_ = load_le<std::uint32_t>(record_header());
    if (total_ < kRecordHeaderSize)
      return fail({.fault = ReadFault::record_length,
                   .at = record_lsn_,
                   .found = total_,
                   .expected = kRecordHeaderSize});
  }
  if (!header_checked_) {
    if (!collect(kRecordHeaderSize) || !check_header(record_header())) return false;
    header_checked_ = true;
  }
  if (!collect(total_)) return false;
  const std::byte* header = record_header();
  return check_crc(fragments_, header) && finish_record(fragments_, header);
}

// Adds fragments until `wanted` bytes of the record are there.
bool Reader::collect(std::uint32_t wanted) {
  while (got_ < wanted) {
    if (!on_known_page() && !continue_on_page()) return false;
    const std::size_t size = std::min<std::uint64_t>({wanted - got_, page_end_ - position_, chunk_.size()});
    if (size == 0) return wait();
    add_fragment(size);
  }
  return true;
}

void Reader::add_fragment(std::size_t size) {
  fragments_.push_back(chunk_.first(size));
  got_ += static_cast<std::uint32_t>(size);
  advance(size);
}

// The record goes on on the page at position_.
bool Reader::continue_on_page() {
  if (!page_header()) return false;
  if (page_.overwrites_contrecord()) {
    // The rest was lost in a crash and another record written in its place: forget the beginning.
    state_ = State::at_boundary;
    return false;
  }
  if (!page_.continues_record()) return fail({.fault = ReadFault::contrecord_flag, .at = record_lsn_});
  const std::uint32_t rest = page_.remaining_length;
  if (rest == 0 || total_ != rest + got_)
    return fail({.fault = ReadFault::contrecord_length,
                 .at = record_lsn_,
                 .found = rest,
                 .expected = std::int64_t{total_} - got_});
  return true;
}

const std::byte* Reader::join_header() {
  std::size_t have = 0;
  for (const ByteSpan& fragment : fragments_) {
    const std::size_t size = std::min(fragment.size(), kRecordHeaderSize - have);
    std::memcpy(joined_header_.data() + have, fragment.data(), size);
    have += size;
  }
  return joined_header_.data();
}

// xlogreader.c, ValidXLogRecordHeader.
bool Reader::check_header(const std::byte* header) {
  const Lsn prev{load_le<std::uint64_t>(header + 8)};
  const auto rmid = static_cast<std::uint8_t>(header[17]);
  if (!is_rmgr_id(rmid, *format_))
    return fail({.fault = ReadFault::rmgr_id, .at = record_lsn_, .found = rmid});
  if (first_ ? prev >= record_lsn_ : prev != previous_)
    return fail({.fault = ReadFault::prev_link, .at = record_lsn_, .other = prev});
  return true;
}

bool Reader::check_crc(std::span<const ByteSpan> fragments, const std::byte* header) {
  Crc32c crc;
  std::size_t skip = kRecordHeaderSize;  // the header comes last in the sum
  for (const ByteSpan& fragment : fragments) {
    const std::size_t skipped = std::min(skip, fragment.size());
    skip -= skipped;
    crc.update(fragment.subspan(skipped));
  }
  crc.update(ByteSpan(header, kCrcOffset));
  if (crc.value() != load_le<std::uint32_t>(header + kCrcOffset))
    return fail({.fault = ReadFault::checksum, .at = record_lsn_});
  return true;
}

bool Reader::finish_record(std::span<const ByteSpan> fragments, const std::byte* header) {
  const auto info = static_cast<std::uint8_t>(header[16]);
  const bool is_switch =
      static_cast<std::uint8_t>(header[17]) == kXlogRmgr && (info & kRmgrInfoMask) == kXlogSwitch;
  const Lsn end{align_up(position_.value, is_switch ? geometry_.segment_size_bytes : kAlignment)};
  state_ = State::at_boundary;
  const BodyError body = record_.decode(fragments, record_lsn_, end, record_timeline_, *format_);
  if (body.fault != BodyFault::none) return fail({.fault = ReadFault::body, .at = record_lsn_, .body = body});
  skip_to(end);
  previous_ = record_lsn_;
  first_ = false;
  return true;
}

void Reader::advance(std::size_t bytes) {
  chunk_ = chunk_.subspan(bytes);
  position_ = position_ + bytes;
}

// Goes forward, maybe beyond what was fed.
void Reader::skip_to(Lsn position) {
  chunk_ = chunk_.subspan(std::min<std::uint64_t>(position - position_, chunk_.size()));
  position_ = position;
}

bool Reader::fail(ReadError error) {
  error_ = error;
  error_.last_record = previous_;
  stop_status_ = is_end_of_wal(error_) ? ReadStatus::end_of_wal : ReadStatus::corrupt;
  state_ = State::stopped;
  return false;
}

bool Reader::wait() {
  if (state_ == State::in_record) keep_fragments();
  waiting_ = true;
  return false;
}

// The chunk is used up and may go: what the record has of it moves to memory of our own.
void Reader::keep_fragments() {
  if (fragments_.empty()) return;
  const bool first_is_kept = !kept_.empty();
  if (kept_.capacity() < got_)
    kept_.reserve(std::max<std::size_t>(got_, std::min<std::size_t>(total_, 2 * kept_.capacity())));
  for (std::size_t i = first_is_kept ? 1 : 0; i < fragments_.size(); ++i)
    kept_.insert(kept_.end(), fragments_[i].begin(), fragments_[i].end());
  fragments_.assign(1, kept_);
}

}  // namespace walkit
