// Files of a data directory, wherever they are read from.
//
// One thread at a time. Errors are one line that names the file.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "walreader/types.h"

namespace walkit {

/// Paths are relative to the data directory.
class DataFiles {
 public:
  virtual ~DataFiles() = default;

  /// A file as messages name it, in quotes.
  virtual std::string quoted(std::string_view path) const = 0;

  /// At most `limit` bytes of the beginning of a file; nothing if there is none.
  virtual std::expected<std::optional<std::vector<std::byte>>, std::string> read(std::string_view path,
                                                                                 std::size_t limit) = 0;
  /// Fills `out` from a file at an offset. False if there is no such file or it ends before.
  virtual std::expected<bool, std::string> read_at(std::string_view path, std::uint64_t offset,
                                                   std::span<std::byte> out) = 0;
  /// The names in a directory, in order; none if there is no such directory.
  virtual std::expected<std::vector<std::string>, std::string> list(std::string_view path) = 0;

  // Of files that a server writes to while they are read. Others are as they were.

  /// A page that was read is whole, but may be as of any moment until then.
  virtual bool in_use() const { return false; }
  /// Whether a file was last written in a later second than this one (since 1970, by the server's clock).
  virtual std::expected<bool, std::string> written_after(std::string_view, std::int64_t) { return false; }
  /// No transaction from this one on has begun by now; `start` is what that was when reading began.
  virtual std::expected<Xid, std::string> next_xid(Xid start) { return start; }
};

}  // namespace walkit
