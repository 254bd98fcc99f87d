// The decoder: WAL bytes in, checked records out. It reads nothing by itself; whoever has the bytes feeds
// them.
//
//     Reader reader(geometry, format);
//     reader.find(start);
//     for (;;) switch (reader.next()) {
//       case ReadStatus::record:     use(reader.record()); break;
//       case ReadStatus::need_more:  reader.feed(reader.wants(), bytes_from(reader.wants())); break;
//       case ReadStatus::end_of_wal:
//       case ReadStatus::corrupt:    return reader.error();
//     }
//
// It follows access/transam/xlogreader.c check by check, so that it stops where PostgreSQL stops and says why
// in the same words. It throws nothing, prints nothing, and allocates only to keep what crosses fed chunks
// (at most the bytes fed, never a length it merely read).
#pragma once

#include <array>
#include <vector>

#include "walreader/page.h"
#include "walreader/read_error.h"
#include "walreader/record.h"

namespace walkit {

enum class ReadStatus : std::uint8_t {
  record,      ///< record() is the next one
  need_more,   ///< feed() bytes from wants() on; where there are none, the range ends here
  end_of_wal,  ///< nothing was written here yet: zeros, or pages of a recycled segment
  corrupt,     ///< what is written here is not a record; error() says why
};

/// Reads the records of one timeline's WAL in order. One thread at a time; not copyable.
class Reader {
 public:
  Reader(Geometry geometry, const WalFormat& format) : geometry_(geometry), format_(&format) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// Starts anew: the first record returned is the first that begins at or after `start`. Records before it
  /// on its page are read and checked but not returned, as XLogFindNextRecord does.
  void find(Lsn start);

  /// Starts anew at `position`, the end() of the record at `previous`, which timeline() was of then.
  void resume(Lsn position, Lsn previous, TimelineId timeline);

  /// Checks the header of a segment's first page, as xlogreader does when it enters a segment elsewhere.
  /// False: error() tells. Call it after find() or resume(), before next().
  bool check_segment(Lsn segment_start, ByteSpan first_page);

  /// Adds bytes that begin at `at`, which must not be after wants(); what lies before wants() is passed over.
  /// Records alias the bytes until the next call of feed().
  void feed(Lsn at, ByteSpan bytes);

  /// Where the next byte it can use lies. After an XLOG SWITCH record that is the next segment.
  Lsn wants() const { return position_; }

  /// Reads on. After end_of_wal or corrupt it stays there until find() or resume().
  ReadStatus next();

  /// The last record returned; valid until the next call of next(), feed(), find() or resume().
  const Record& record() const { return record_; }

  const ReadError& error() const { return error_; }

  /// The record before the position read next; zero if none has been read.
  Lsn last_record() const { return previous_; }

  /// Of the last page read: no later page may be of an older one.
  TimelineId timeline() const { return latest_timeline_; }

  /// A record that was begun and whose rest has not been fed yet: its start, else zero.
  Lsn pending_record() const { return state_ == State::in_record ? record_lsn_ : Lsn{}; }

 private:
  enum class State : std::uint8_t { seeking, at_boundary, in_record, stopped };

  // Each step returns false if it could not finish: it waits for bytes, has failed, or changed the state.
  bool seek();
  bool page_header();
  bool begin_record();
  bool read_in_place();
  bool read_record();
  bool collect(std::uint32_t wanted);
  bool continue_on_page();
  bool check_header(const std::byte* header);
  bool check_crc(std::span<const ByteSpan> fragments, const std::byte* header);
  bool finish_record(std::span<const ByteSpan> fragments, const std::byte* header);

  bool validate_page(const PageHeader& page, Lsn at);
  bool fail(ReadError error);
  bool wait();
  void keep_fragments();
  void add_fragment(std::size_t size);
  void advance(std::size_t bytes);
  void skip_to(Lsn position);
  /// The first bytes of the record in one piece: as many of kRecordHeaderSize as have been collected.
  const std::byte* record_header() {
    const ByteSpan first = fragments_.front();
    return first.size() >= kRecordHeaderSize ? first.data() : join_header();
  }
  const std::byte* join_header();
  bool on_known_page() const { return position_ < page_end_; }

  Geometry geometry_;
  const WalFormat* format_;

  Lsn position_;    // the next byte to look at
  ByteSpan chunk_;  // what was fed and lies at position_ and after it
  State state_ = State::stopped;
  bool waiting_ = false;
  ReadStatus stop_status_ = ReadStatus::need_more;
  ReadError error_;

  PageHeader page_;  // the last one read, and
  Lsn page_end_;     // where its page ends: position_ lies on that page or is at its end
  std::array<std::byte, kLongPageHeaderSize> header_part_;  // the beginning of a header cut by a chunk's end
  std::size_t header_part_size_ = 0;
  Lsn latest_page_;             // the furthest page whose header was valid, and
  TimelineId latest_timeline_;  // its timeline: they never go backwards

  Lsn start_;          // find(): no record before it is returned
  Lsn resume_at_;      // resume(): where on the page the next record begins; zero after find()
  Lsn previous_;       // the last record read
  bool first_ = true;  // the first record's prev-link has nothing to be equal to

  Lsn record_lsn_;  // the record being collected,
  TimelineId record_timeline_;
  std::uint32_t total_ = 0;  // its xl_tot_len, zero until known,
  std::uint32_t got_ = 0;    // and how much of it is in fragments_
  bool header_checked_ = false;
  ByteSpan whole_;  // the record if it lies in one piece, else
  std::vector<ByteSpan> fragments_;
  std::vector<std::byte> kept_;  // fragments of chunks that are gone
  std::array<std::byte, kRecordHeaderSize> joined_header_;
  Record record_;
};

}  // namespace walkit
