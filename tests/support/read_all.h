// Driving a Reader over WAL in memory, fed in pieces of any size.
#pragma once

#include <functional>
#include <string>

#include "tests/support/byte_writer.h"
#include "walreader/reader.h"

namespace walkit::test {

/// What tells two records apart: their fields, and a checksum over every span a Record hands out.
struct RecordPrint {
  Lsn lsn, end, prev;
  TimelineId timeline;
  std::uint32_t total_length = 0;
  Xid xid = 0;
  std::uint8_t info = 0;
  std::uint8_t rmid = 0;
  std::size_t blocks = 0;
  std::uint32_t contents_crc = 0;
  bool operator==(const RecordPrint&) const = default;
};
RecordPrint print_of(const Record& record);

/// What reading WAL to its end gave.
struct ReadLog {
  std::vector<RecordPrint> records;
  ReadStatus end = ReadStatus::need_more;  ///< need_more: the bytes ended
  ReadError error;
  Lsn pending_record;
};
/// Equal in every respect, the error's numbers included.
bool operator==(const ReadLog& a, const ReadLog& b);
std::string to_string(const ReadLog& log);

/// WAL in memory, and where it begins.
struct WalInMemory {
  Geometry geometry;
  const WalFormat* format = nullptr;
  Lsn start;
  ByteSpan bytes;

  Lsn end() const { return start + bytes.size(); }
};

using NextChunkSize = std::function<std::size_t()>;
using RecordHandler = std::function<void(const Record&)>;

/// Reads on until the WAL ends or the reader stops, which stands where find() or resume() put it. Each piece
/// is copied to memory of its own that goes away with the next, so that a sanitizer sees any use of old
/// bytes.
ReadStatus drive(Reader& reader, const WalInMemory& wal, const NextChunkSize& next_size,
                 const RecordHandler& handle);

/// Reads from `wal.start` in pieces of `next_size()` bytes, or all at once without it.
ReadLog read_all(const WalInMemory& wal, const NextChunkSize& next_size = {});

/// Sizes 1, 1, 1...; pseudo-random ones that depend on `seed` alone.
NextChunkSize single_bytes();
NextChunkSize random_sizes(std::uint32_t seed, std::size_t largest = 20'000);

}  // namespace walkit::test
