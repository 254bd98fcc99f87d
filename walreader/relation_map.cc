#include "walreader/relation_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "walreader/bytes.h"
#include "walreader/crc32c.h"

namespace walkit {
namespace {

constexpr std::uint8_t kRelationMapRmgrId = 7;
constexpr std::uint32_t kMagic = 0x592717;

/// RelMapFile of each length: how many mappings there is room for, and where the CRC of all before it lies.
struct Layout {
  std::size_t size;
  std::uint32_t slots;
  std::size_t crc_offset;
};
constexpr std::array<Layout, 2> kLayouts{{{512, 62, 504}, {kMaxRelationMapFileSize, 64, 520}}};

std::unexpected<std::string> invalid(std::string why) { return std::unexpected(std::move(why)); }

}  // namespace

Oid RelationMap::filenode(Oid relation) const {
  const auto entry = std::ranges::find(entries_, relation, &Entry::relation);
  return entry == entries_.end() ? 0 : entry->filenode;
}

std::expected<RelationMap, std::string> parse_relation_map(ByteSpan file) {
  const auto layout = std::ranges::find(kLayouts, file.size(), &Layout::size);
  if (layout == kLayouts.end()) return invalid(fmt::format("its length is {} bytes", file.size()));
  Cursor in(file);
  const std::uint32_t magic = in.u32();
  if (magic != kMagic) return invalid(fmt::format("its magic number is {:08X}, not {:08X}", magic, kMagic));
  Crc32c crc;
  crc.update(file.first(layout->crc_offset));
  const auto stored = load_le<std::uint32_t>(file.data() + layout->crc_offset);
  if (crc.value() != stored)
    return invalid(fmt::format("its CRC is {:08X}, calculated {:08X}", stored, crc.value()));
  const std::uint32_t count = in.u32();
  if (count > layout->slots) return invalid(fmt::format("it claims to hold {} mappings", count));
  std::vector<RelationMap::Entry> entries(count);
  for (RelationMap::Entry& entry : entries) {
    entry.relation = in.u32();
    entry.filenode = in.u32();
  }
  return RelationMap(std::move(entries));
}

std::optional<RelationMapUpdate> relation_map_update(const Record& record) {
  if (record.rmid() != kRelationMapRmgrId || record.rmgr_info() != 0) return std::nullopt;
  Cursor in(record.main_data());
  RelationMapUpdate update;
  update.database = in.u32();
  update.tablespace = in.u32();
  const std::uint32_t size = in.u32();
  auto map = parse_relation_map(in.bytes(size));
  if (!map) return std::nullopt;
  update.map = std::move(*map);
  return update;
}

}  // namespace walkit
