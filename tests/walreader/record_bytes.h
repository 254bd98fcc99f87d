// Records made by hand, for tests of what reads them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "walreader/record.h"

namespace walkit::testing {

/// The parts of a record without a block image; its checksum and back link are left zero.
struct RecordParts {
  std::uint8_t rmid = 0;
  std::uint8_t info = 0;
  std::vector<std::byte> main_data = {};
  std::optional<std::uint16_t> origin = std::nullopt;
  std::vector<std::vector<std::byte>> block_data = {};  ///< one block reference each, ids from 0
};

/// The bytes of such a record (access/xlogrecord.h).
inline std::vector<std::byte> record_bytes(const RecordParts& parts) {
  std::vector<std::byte> bytes(kRecordHeaderSize);
  const auto put = [&bytes](auto... values) { (bytes.push_back(static_cast<std::byte>(values)), ...); };
  const auto put_u32 = [&put](std::size_t value) { put(value, value >> 8, value >> 16, value >> 24); };
  for (std::size_t id = 0; id < parts.block_data.size(); ++id) {
    const std::size_t size = parts.block_data[id].size();
    put(id, size > 0 ? 0x20 : 0x00, size, size >> 8);
    for (const std::uint32_t number : {1663u, 5u, 16384u, 7u}) put_u32(number);  // relation and block
  }
  if (parts.origin) put(253, *parts.origin, *parts.origin >> 8);
  put(254);
  put_u32(parts.main_data.size());
  for (const auto& data : parts.block_data) bytes.insert(bytes.end(), data.begin(), data.end());
  bytes.insert(bytes.end(), parts.main_data.begin(), parts.main_data.end());
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<std::byte>(bytes.size() >> 8 * i);
  bytes[16] = static_cast<std::byte>(parts.info);
  bytes[17] = static_cast<std::byte>(parts.rmid);
  return bytes;
}

/// A decoded record and the bytes it is a view of.
class HandmadeRecord {
 public:
  HandmadeRecord(const RecordParts& parts, Major major) : bytes_(record_bytes(parts)), fragment_(bytes_) {
    const Lsn start{0x1000028};
    error_ = record_.decode({&fragment_, 1}, start, start + bytes_.size(), TimelineId{1}, format_of(major));
  }
  HandmadeRecord(const HandmadeRecord&) = delete;
  HandmadeRecord& operator=(const HandmadeRecord&) = delete;

  bool ok() const { return error_.fault == BodyFault::none; }
  const Record& record() const { return record_; }

 private:
  std::vector<std::byte> bytes_;
  ByteSpan fragment_;
  Record record_;
  BodyError error_;
};

}  // namespace walkit::testing
