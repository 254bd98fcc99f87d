// How many records of which type, and how large: what pg_waldump --stats shows.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "walreader/record.h"
#include "walreader/text_buffer.h"

namespace walkit {

/// A number of records and their bytes, full-page images counted apart.
struct Volume {
  std::uint64_t records = 0;
  std::uint64_t record_bytes = 0;
  std::uint64_t image_bytes = 0;

  std::uint64_t total_bytes() const { return record_bytes + image_bytes; }
  void add(const Record& record) {
    ++records;
    record_bytes += record.length_without_images();
    image_bytes += record.image_bytes();
  }
  Volume& operator+=(const Volume& other) {
    records += other.records;
    record_bytes += other.record_bytes;
    image_bytes += other.image_bytes;
    return *this;
  }
};

/// Volumes by resource manager and record type. A plain value of some 100 kB; one thread at a time.
class RecordCounts {
 public:
  static constexpr int kRmgrs = 256;
  static constexpr int kTypes = 16;  ///< the high nibble of xl_info

  void add(const Record& record);
  void clear() { *volumes_ = {}; }
  RecordCounts& operator+=(const RecordCounts& other);

  const Volume& of(int rmid, int type) const { return (*volumes_)[slot(rmid, type)]; }
  Volume of_rmgr(int rmid) const;
  Volume total() const;

 private:
  static constexpr std::size_t slot(int rmid, int type) {
    return static_cast<std::size_t>(rmid) * kTypes + static_cast<std::size_t>(type);
  }
  using Volumes = std::array<Volume, std::size_t{kRmgrs} * kTypes>;
  std::unique_ptr<Volumes> volumes_ = std::make_unique<Volumes>();
};

enum class CountsBy : std::uint8_t { rmgr, record_type };

/// Appends the table of pg_waldump --stats (without the line that 15 put before it).
void append_counts_table(TextBuffer& out, const RecordCounts& counts, CountsBy by, Major major);

}  // namespace walkit
