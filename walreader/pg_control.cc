#include "walreader/pg_control.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "walreader/bytes.h"
#include "walreader/crc32c.h"
#include "walreader/segment_name.h"
#include "walreader/version.h"

namespace walkit {
namespace {

/// Versions of ControlFileData. The fields read here have not moved; what was added comes after them, so that
/// only the CRC, the structure's last field, has its place from the version.
struct Layout {
  std::uint32_t control_version;
  std::size_t crc_offset;
};
constexpr std::array<Layout, 3> kLayouts{{{1300, 288}, {1700, 288}, {1800, 292}}};

enum Offset : std::size_t {
  kSystemIdentifier = 0,
  kControlVersion = 8,
  kCatalogVersion = 12,
  kState = 16,
  kCheckpoint = 32,
  kRedo = 40,  // the checkpoint record's copy begins here
  kTimeline = 48,
  kFullPageWrites = 56,
  kNextXid = 64,  // of 64 bits: the epoch follows
  kNextMultixact = 76,
  kCheckpointTime = 104,
  kOldestActiveXid = 120,
  kMinimumRecoveryPoint = 136,
  kMinimumRecoveryTimeline = 144,
  kSegmentSize = 228,
};

std::unexpected<std::string> invalid(std::string why) { return std::unexpected(std::move(why)); }

std::unexpected<std::string> unsupported(std::string_view what, std::uint32_t version) {
  return invalid(fmt::format("its {} version {} is of no PostgreSQL from {} to {}", what, version,
                             static_cast<int>(kOldestMajor), static_cast<int>(kNewestMajor)));
}

std::expected<Layout, std::string> find_layout(std::uint32_t version) {
  const auto layout = std::ranges::find(kLayouts, version, &Layout::control_version);
  if (layout != kLayouts.end()) return *layout;
  // As pg_controldata tells: a version below 65536 has its zeros at the other end.
  if (version % 65536 == 0 && version != 0)
    return invalid("it was written by a machine of another byte order");
  return unsupported("format", version);
}

// Zero: none of the supported ones.
int major_of(std::uint32_t catalog_version) {
  for (int i = 0; i < kMajorCount; ++i) {
    const auto major = static_cast<Major>(static_cast<int>(kOldestMajor) + i);
    if (format_of(major).catalog_version == catalog_version) return static_cast<int>(major);
  }
  return 0;
}

PgControl read_fields(const std::byte* file) {
  return {.system_identifier = load_le<std::uint64_t>(file + kSystemIdentifier),
          .control_version = load_le<std::uint32_t>(file + kControlVersion),
          .catalog_version = load_le<std::uint32_t>(file + kCatalogVersion),
          .major = major_of(load_le<std::uint32_t>(file + kCatalogVersion)),
          .state = static_cast<ClusterState>(load_le<std::uint32_t>(file + kState)),
          .checkpoint = Lsn{load_le<std::uint64_t>(file + kCheckpoint)},
          .redo = Lsn{load_le<std::uint64_t>(file + kRedo)},
          .timeline = TimelineId{load_le<std::uint32_t>(file + kTimeline)},
          .full_page_writes = file[kFullPageWrites] != std::byte{0},
          .checkpoint_time = load_le<std::int64_t>(file + kCheckpointTime),
          .minimum_recovery_point = Lsn{load_le<std::uint64_t>(file + kMinimumRecoveryPoint)},
          .minimum_recovery_timeline = TimelineId{load_le<std::uint32_t>(file + kMinimumRecoveryTimeline)},
          .next_xid = load_le<Xid>(file + kNextXid),
          .next_multixact = load_le<Xid>(file + kNextMultixact),
          .oldest_active_xid = load_le<Xid>(file + kOldestActiveXid),
          .segment_size_bytes = load_le<std::uint32_t>(file + kSegmentSize)};
}

}  // namespace

std::expected<PgControl, std::string> parse_pg_control(ByteSpan file) {
  const auto too_short = [&](std::size_t wanted) {
    return invalid(fmt::format("it has only {} bytes of at least {}", file.size(), wanted));
  };
  if (file.size() < kState) return too_short(kState);
  const auto layout = find_layout(load_le<std::uint32_t>(file.data() + kControlVersion));
  if (!layout) return std::unexpected(layout.error());
  const std::size_t size = layout->crc_offset + sizeof(std::uint32_t);
  if (file.size() < size) return too_short(size);
  Crc32c crc;
  crc.update(file.first(layout->crc_offset));
  const auto stored = load_le<std::uint32_t>(file.data() + layout->crc_offset);
  if (crc.value() != stored)
    return invalid(fmt::format("its CRC is {:08X}, calculated {:08X}", stored, crc.value()));
  const PgControl control = read_fields(file.data());
  if (control.major == 0) return unsupported("catalog", control.catalog_version);
  if (control.state > ClusterState::in_production)
    return invalid(fmt::format("its cluster state {} is unknown", static_cast<std::uint32_t>(control.state)));
  if (!valid_segment_size(control.segment_size_bytes))
    return invalid(fmt::format("its segment size {} is invalid", control.segment_size_bytes));
  return control;
}

}  // namespace walkit
