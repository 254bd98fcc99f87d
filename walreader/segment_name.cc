#include "walreader/segment_name.h"

namespace walkit {
namespace {

constexpr std::size_t kFieldDigits = 8;
constexpr std::string_view kHistorySuffix = ".history";
constexpr std::string_view kBackupSuffix = ".backup";

constexpr std::uint64_t segments_per_log(std::uint32_t segment_size_bytes) {
  return (std::uint64_t{1} << 32) / segment_size_bytes;
}

std::optional<std::uint32_t> parse_field(std::string_view digits) {
  if (digits.size() < kFieldDigits) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : digits.substr(0, kFieldDigits)) {
    if (c >= '0' && c <= '9')
      value = value << 4 | static_cast<std::uint32_t>(c - '0');
    else if (c >= 'A' && c <= 'F')
      value = value << 4 | static_cast<std::uint32_t>(c - 'A' + 10);
    else
      return std::nullopt;
  }
  return value;
}

void append_field(std::string& out, std::uint32_t value) {
  for (int shift = 28; shift >= 0; shift -= 4) out += "0123456789ABCDEF"[value >> shift & 0xF];
}

/// `.OOOOOOOO.backup`, what follows a segment's name in that of a backup history.
std::optional<std::uint32_t> parse_backup_tail(std::string_view tail) {
  if (tail.size() != 1 + kFieldDigits + kBackupSuffix.size()) return std::nullopt;
  if (!tail.starts_with('.') || !tail.ends_with(kBackupSuffix)) return std::nullopt;
  return parse_field(tail.substr(1));
}

}  // namespace

SegmentNo SegmentName::number(std::uint32_t segment_size_bytes) const {
  return SegmentNo{log * segments_per_log(segment_size_bytes) + segment};
}

bool SegmentName::fits(std::uint32_t segment_size_bytes) const {
  return segment < segments_per_log(segment_size_bytes);
}

std::optional<SegmentName> parse_segment_name(std::string_view name) {
  if (name.size() != kSegmentNameLength) return std::nullopt;
  const auto timeline = parse_field(name);
  const auto log = parse_field(name.substr(kFieldDigits));
  const auto segment = parse_field(name.substr(2 * kFieldDigits));
  if (!timeline || !log || !segment) return std::nullopt;
  return SegmentName{TimelineId{*timeline}, *log, *segment};
}

std::optional<WalFileName> parse_wal_file_name(std::string_view name) {
  if (name.size() == kFieldDigits + kHistorySuffix.size() && name.ends_with(kHistorySuffix)) {
    const auto timeline = parse_field(name);
    if (!timeline) return std::nullopt;
    return WalFileName{.kind = WalFileKind::history, .segment = {.timeline = TimelineId{*timeline}}};
  }
  const auto segment = parse_segment_name(name.substr(0, kSegmentNameLength));
  if (!segment) return std::nullopt;
  const std::string_view tail = name.substr(kSegmentNameLength);
  if (tail.empty()) return WalFileName{.kind = WalFileKind::segment, .segment = *segment};
  if (tail == kPartialSuffix) return WalFileName{.kind = WalFileKind::partial, .segment = *segment};
  if (const auto offset = parse_backup_tail(tail))
    return WalFileName{.kind = WalFileKind::backup_history, .segment = *segment, .backup_offset = *offset};
  return std::nullopt;
}

std::string format_segment_name(const SegmentName& name) {
  std::string out;
  out.reserve(kSegmentNameLength);
  append_field(out, name.timeline.value);
  append_field(out, name.log);
  append_field(out, name.segment);
  return out;
}

std::string segment_name(TimelineId timeline, SegmentNo number, std::uint32_t segment_size_bytes) {
  const std::uint64_t per_log = segments_per_log(segment_size_bytes);
  return format_segment_name({.timeline = timeline,
                              .log = static_cast<std::uint32_t>(number.value / per_log),
                              .segment = static_cast<std::uint32_t>(number.value % per_log)});
}

std::string history_name(TimelineId timeline) {
  std::string out;
  append_field(out, timeline.value);
  return out.append(kHistorySuffix);
}

std::string backup_history_name(TimelineId timeline, Lsn start, std::uint32_t segment_size_bytes) {
  std::string out = segment_name(timeline, SegmentNo{start.value / segment_size_bytes}, segment_size_bytes);
  out += '.';
  append_field(out, static_cast<std::uint32_t>(start.value % segment_size_bytes));
  return out.append(kBackupSuffix);
}

}  // namespace walkit
