// Records made by hand, as the bytes that go into WAL (access/xlogrecord.h).
#pragma once

#include <optional>

#include "tests/support/byte_writer.h"
#include "walreader/record.h"

namespace walkit::test {

/// A full-page image as a record stores it.
struct StoredImage {
  Bytes payload;
  std::uint16_t hole_offset = 0;
  std::uint16_t hole_length = 0;  ///< stored only if the image is compressed and has_hole
  bool has_hole = false;
  bool apply = true;
  Compression compression = Compression::none;
};

/// One block reference of a record.
struct Block {
  std::uint8_t id = 0;
  Fork fork = Fork::main;
  BlockNumber block = 7;
  std::optional<RelFileLocator> relation = RelFileLocator{1663, 5, 16384};  ///< none: the one before
  bool will_init = false;
  Bytes data = {};
  std::optional<StoredImage> image = std::nullopt;
};

/// What a record is made of. Its prev-link and checksum are WalBuilder's business.
struct RecordParts {
  std::uint8_t rmid = 0;
  std::uint8_t info = 0;
  Xid xid = 0;
  std::vector<Block> blocks = {};
  std::optional<std::uint16_t> origin = std::nullopt;
  std::optional<Xid> toplevel_xid = std::nullopt;
  Bytes main_data = {};
};

/// The record's bytes, with a zero prev-link and checksum. `major` decides the bits of image headers.
Bytes record_bytes(const RecordParts& parts, Major major = kNewestMajor);

/// A record whose headers after the fixed one and whose payload are given as they are, sensible or not.
Bytes raw_record(std::uint8_t rmid, std::uint8_t info, ByteSpan headers, ByteSpan payload = {});

/// Sets the prev-link and the checksum of a whole record.
void seal_record(std::span<std::byte> record, Lsn prev);

inline constexpr std::uint8_t kXlogRmgrId = 0;
inline constexpr std::uint8_t kLogicalMessageRmgrId = 21;
inline constexpr std::uint8_t kXlogNoop = 0x20;
inline constexpr std::uint8_t kXlogSwitch = 0x40;
inline constexpr std::uint8_t kXlogOverwriteContrecord = 0xD0;

/// A record of XLOG NOOP with `size` bytes of main data: something to fill WAL with.
Bytes noop_record(std::size_t size = 8, std::uint8_t fill = 0x5A);

/// A logical message (replication/message.h), as pg_logical_emit_message writes it.
RecordParts logical_message(std::string_view prefix, ByteSpan message, bool transactional = false);

}  // namespace walkit::test
