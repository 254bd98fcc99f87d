// The changes of one transaction (or subtransaction) in the order they were read, in memory and beyond it.
//
// New changes go to a buffer in memory. What is spilled becomes an extent of a SpillStore; extents whose
// entries follow each other are a run. Two logs merge without reading back what was spilled: the runs of both
// are kept side by side, and a reader merges them. One thread at a time.
#pragma once

#include <deque>
#include <expected>
#include <string>
#include <vector>

#include "feed/change_codec.h"
#include "feed/spill_store.h"

namespace walkit {

/// A SpillStore whose space is given out from front to back.
class SpillSpace {
 public:
  explicit SpillSpace(SpillStore& store) : store_(store) {}

  struct Extent {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };
  std::expected<Extent, std::string> write(ByteSpan bytes);
  std::expected<void, std::string> read(std::uint64_t offset, std::span<std::byte> out);
  void discard(const Extent& extent) { store_.discard(extent.offset, extent.size); }

 private:
  SpillStore& store_;
  std::uint64_t end_ = 0;
};

/// What was read, and when: entries of all logs are ordered by their sequence.
struct LogEntry {
  std::uint64_t sequence = 0;
  Xid xid = 0;
  ByteSpan change;  ///< as encode_change() made it
};

class ChangeLog {
 public:
  using Run = std::vector<SpillSpace::Extent>;

  ChangeLog() = default;
  ChangeLog(const ChangeLog&) = delete;
  ChangeLog& operator=(const ChangeLog&) = delete;

  /// `sequence` is higher than those before.
  void append(std::uint64_t sequence, Xid xid, const Change& change, SchemaNumbers& numbers);
  /// Takes all that `other` has.
  void merge(ChangeLog& other, SchemaNumbers& numbers);
  /// Moves what is in memory to `space`.
  std::expected<void, std::string> spill(SpillSpace& space);
  /// Forgets everything.
  void clear(SpillSpace& space, SchemaNumbers& numbers);

  bool empty() const { return tail_.empty() && runs_.empty(); }
  std::size_t memory_bytes() const { return tail_.empty() ? 0 : tail_.capacity(); }
  const std::vector<Run>& runs() const { return runs_; }
  ByteSpan tail() const { return std::as_bytes(std::span(tail_)); }

 private:
  /// Where in the tail an entry begins.
  struct Mark {
    std::size_t offset = 0;
    std::uint64_t sequence = 0;
  };

  std::uint32_t number_of(const SchemaRef& schema, SchemaNumbers& numbers);
  /// Remembers an entry if none is near that is.
  void mark(std::size_t offset, std::uint64_t sequence);
  /// Of the first entry of the tail that is not before `sequence`.
  std::size_t offset_of(std::uint64_t sequence) const;
  void merge_tail(ByteSpan other);
  void release_tail();

  std::vector<Run> runs_;               // each in order
  std::uint64_t last_spilled_ = 0;      // the last sequence of the last run
  std::string tail_;                    // in order
  std::vector<Mark> marks_;             // in order, where to begin to look for a sequence
  std::vector<std::uint32_t> schemas_;  // the numbers held, sorted
  const RelationSchema* last_schema_ = nullptr;
  std::uint32_t last_number_ = 0;
};

/// Reads the entries of several logs, merged. The logs must not change meanwhile.
class ChangeLogReader {
 public:
  explicit ChangeLogReader(SpillSpace& space) : space_(space) {}

  std::expected<void, std::string> add(const ChangeLog& log);
  /// The next entry, valid until the next call; nullptr at the end.
  std::expected<const LogEntry*, std::string> next();

 private:
  // Where one run is being read; a log's tail is a run that lies in memory.
  struct Place {
    std::span<const SpillSpace::Extent> extents;  // not read at all yet
    std::uint64_t offset = 0;                     // of what follows `rest` in the extent being read
    std::uint64_t left = 0;                       // bytes of that extent there
    std::vector<std::byte> buffer;
    ByteSpan rest;  // read and not taken
    LogEntry entry;
  };

  std::expected<bool, std::string> advance(Place& place);
  std::expected<bool, std::string> have(Place& place, std::uint64_t bytes);
  std::expected<void, std::string> start(Place place);

  SpillSpace& space_;
  std::deque<Place> places_;
  std::vector<Place*> heap_;  // the lowest sequence first
  Place* given_ = nullptr;    // whose entry the caller has
};

}  // namespace walkit
