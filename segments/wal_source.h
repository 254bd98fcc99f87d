// Where WAL comes from, as one stretch of bytes addressed by LSN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>

#include "segments/file_error.h"
#include "walreader/types.h"

namespace walkit {

/// Why there are no bytes at `lsn`; enough to say it in pg_waldump's words.
struct SourceError {
  enum class Kind : std::uint8_t {
    segment_missing,  ///< no file holds that segment: `could not find file "SEGMENT"`
    open_failed,      ///< `could not open file "SEGMENT": ...`
    read_failed,      ///< `could not read from file "SEGMENT", offset N: ...`
    truncated,        ///< the file ends at `offset`, within its segment: `...: read 0 of N`
    before_start,     ///< a source that is one file begins after `lsn`
  };
  Kind kind = Kind::segment_missing;
  Lsn lsn;
  std::string segment;       ///< 24 digits
  std::uint32_t offset = 0;  ///< of `lsn` in the segment
  FileError file;  ///< of open_failed and read_failed; otherwise its path if there is one, and no more
};

/// WAL of one timeline (and, where asked, of its ancestors). Any thread may call any member.
class WalSource {
 public:
  virtual ~WalSource() = default;

  /// Reads bytes from `lsn` on, across segments. At least one unless `out` is empty; fewer than asked for
  /// means that reading on from there fails, with the error that says why.
  virtual std::expected<std::size_t, SourceError> read_at(Lsn lsn, std::span<std::byte> out) = 0;

  virtual Geometry geometry() const = 0;
  virtual TimelineId timeline() const = 0;
};

}  // namespace walkit
