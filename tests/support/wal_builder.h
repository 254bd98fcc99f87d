// WAL made by hand: pages with headers, records laid across them with the right checksums and links.
#pragma once

#include "tests/support/record_builder.h"
#include "walreader/page.h"

namespace walkit::test {

inline constexpr std::uint32_t kMiB = 1 << 20;

/// What WAL is built as.
struct WalLayout {
  Major major = kNewestMajor;
  Geometry geometry = {.segment_size_bytes = kMiB, .block_size_bytes = 8192};
  TimelineId timeline = {1};
  Lsn start = {kMiB};  ///< the first byte; a multiple of the block size
  std::uint64_t system_identifier = 7'000'000'000'000'000'001;
};

/// Writes records one after the other as XLogInsert does, and on request what goes wrong in real life.
/// Every page begins with its header as soon as its first byte is needed.
class WalBuilder {
 public:
  explicit WalBuilder(const WalLayout& layout = {}) : layout_(layout), previous_(layout.start - 8) {}

  /// Appends a whole record; its prev-link and checksum are filled in. Returns where it begins.
  Lsn add(Bytes record);
  Lsn add(const RecordParts& parts) { return add(record_bytes(parts, layout_.major)); }
  /// Fills WAL with small records until `room` bytes are left on the current page.
  void fill_page_until(std::size_t room);
  /// Ends the segment as XLOG SWITCH does: zeros up to the next one.
  Lsn add_switch();
  /// Writes the part of a record that fits on the current page; the next page belongs to somebody else. The
  /// record must not fit. Returns where it begins.
  Lsn add_torn(Bytes record);
  /// Begins a page as after a crash: its first record replaces the rest of the torn one at `lost`.
  Lsn overwrite_contrecord(Lsn lost);

  /// Appends zeros, headers included, to the end of the current page or segment.
  void zeros_to_page_end();
  void zeros_to_segment_end();
  /// Appends a page of a recycled segment: its header names the address it had `distance` bytes before.
  void add_stale_page(std::uint64_t distance);
  /// Later pages are of this timeline.
  void set_timeline(TimelineId timeline) { layout_.timeline = timeline; }

  const WalLayout& layout() const { return layout_; }
  Lsn start() const { return layout_.start; }
  Lsn end() const { return layout_.start + bytes_.size(); }
  Lsn last_record() const { return previous_; }  ///< before the first, what its prev-link is to be
  const Bytes& bytes() const { return bytes_; }
  /// The bytes from `lsn` on, to be damaged.
  std::span<std::byte> at(Lsn lsn) { return std::span(bytes_).subspan(lsn - layout_.start); }
  /// Corrects the checksum of the record at `lsn`, which must lie on one page.
  void reseal(Lsn lsn);

 private:
  bool at_page_start() const { return layout_.geometry.offset_in_page(end()) == 0; }
  std::size_t room_on_page() const {
    return layout_.geometry.block_size_bytes - layout_.geometry.offset_in_page(end());
  }
  void add_page_header(std::uint16_t flags, std::uint32_t remaining_length, Lsn address);
  void begin_record();
  void zeros(std::size_t count) { bytes_.resize(bytes_.size() + count); }

  WalLayout layout_;
  Lsn previous_;
  Bytes bytes_;
};

}  // namespace walkit::test
