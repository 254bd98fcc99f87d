#include "feed/snapshot_io.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "feed/snapshot_fields.h"
#include "walreader/bytes.h"

namespace walkit {
namespace {

constexpr std::string_view kMagic = "WKITFEED";
constexpr std::uint32_t kFormat = 1;
constexpr std::size_t kMaxBlockBytes = std::size_t{256} << 10;

constexpr std::string_view kDamaged = "is damaged";

template <std::integral T>
ByteSpan bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

ByteSpan bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

}  // namespace

SnapshotWriter::SnapshotWriter(SnapshotSink& sink) : sink_(sink) {
  hand_on(bytes_of(kMagic));
  hand_on(bytes_of(kFormat));
}

void SnapshotWriter::hand_on(ByteSpan bytes) {
  if (!done_) return;
  crc_.update(bytes);
  done_ = sink_.write(bytes);
  written_bytes_ += bytes.size();
}

void SnapshotWriter::end_block() {
  hand_on(bytes_of(static_cast<std::uint32_t>(block_.size())));
  hand_on(block_);
  const std::uint32_t crc = crc_.value();
  hand_on(bytes_of(crc));
  block_.clear();
}

void SnapshotWriter::bytes(ByteSpan bytes) {
  while (!bytes.empty()) {
    const std::size_t fitting = std::min(bytes.size(), kMaxBlockBytes - block_.size());
    block_.insert(block_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(fitting));
    bytes = bytes.subspan(fitting);
    if (block_.size() == kMaxBlockBytes) end_block();
  }
}

std::expected<void, std::string> SnapshotWriter::finish() {
  if (!block_.empty()) end_block();
  end_block();  // an empty one is the last
  return done_;
}

void SnapshotWriter::put(const std::string& text) {
  put(std::uint64_t{text.size()});
  bytes(bytes_of(text));
}

void SnapshotWriter::put(const std::vector<std::byte>& blob) {
  put(std::uint64_t{blob.size()});
  bytes(blob);
}

// 0 stands for none; the number after the last one begins a schema that was not written yet.
void SnapshotWriter::put(const SchemaRef& schema) {
  if (schema == nullptr) return put(std::uint32_t{0});
  const auto [known, added] = schemas_.try_emplace(schema, static_cast<std::uint32_t>(schemas_.size() + 1));
  put(known->second);
  if (added) put(*schema);
}

SnapshotReader::SnapshotReader(SnapshotSource& source) : source_(source) {
  std::array<std::byte, kMagic.size() + sizeof kFormat> head;
  if (!read_fully(head) || !std::ranges::equal(std::span(head).first(kMagic.size()), bytes_of(kMagic))) {
    error_ = "is not the snapshot of a feed";
    return;
  }
  const auto format = load_le<std::uint32_t>(head.data() + kMagic.size());
  if (format != kFormat) error_ = fmt::format("is a snapshot of format {}, not {}", format, kFormat);
}

bool SnapshotReader::read_fully(std::span<std::byte> out) {
  const auto got = source_.read(out);
  if (!got) {
    fail(got.error());
    return false;
  }
  if (*got == out.size()) {
    crc_.update(out);
    return true;
  }
  fail(kDamaged);
  return false;
}

bool SnapshotReader::check_crc() {
  const std::uint32_t expected = crc_.value();
  std::array<std::byte, sizeof expected> stored;
  if (!read_fully(stored)) return false;
  if (load_le<std::uint32_t>(stored.data()) == expected) return true;
  fail(kDamaged);
  return false;
}

// False at the end, too.
bool SnapshotReader::next_block() {
  if (!ok() || ended_) return false;
  std::array<std::byte, sizeof(std::uint32_t)> head;
  if (!read_fully(head)) return false;
  const auto size = load_le<std::uint32_t>(head.data());
  if (size > kMaxBlockBytes) {
    fail(kDamaged);
    return false;
  }
  block_.resize(size);
  if (!read_fully(block_) || !check_crc()) return false;
  rest_ = block_;
  ended_ = size == 0;
  return !ended_;
}

void SnapshotReader::bytes(std::span<std::byte> out) {
  while (!out.empty()) {
    if (rest_.empty() && !next_block()) {
      fail(kDamaged);
      std::ranges::fill(out, std::byte{0});
      return;
    }
    const std::size_t fitting = std::min(out.size(), rest_.size());
    std::ranges::copy(rest_.first(fitting), out.begin());
    out = out.subspan(fitting);
    rest_ = rest_.subspan(fitting);
  }
}

// Block by block, since a length is only believed as far as there are bytes.
void SnapshotReader::append(std::uint64_t size, auto& to) {
  while (size > 0) {
    if (rest_.empty() && !next_block()) return fail(kDamaged);
    const auto fitting = static_cast<std::size_t>(std::min<std::uint64_t>(size, rest_.size()));
    const auto* const from =
        reinterpret_cast<const typename std::remove_cvref_t<decltype(to)>::value_type*>(rest_.data());
    to.insert(to.end(), from, from + fitting);
    rest_ = rest_.subspan(fitting);
    size -= fitting;
  }
}

void SnapshotReader::get(std::string& text) {
  std::uint64_t size = 0;
  get(size);
  text.clear();
  append(size, text);
}

void SnapshotReader::get(std::vector<std::byte>& blob) {
  std::uint64_t size = 0;
  get(size);
  blob.clear();
  append(size, blob);
}

void SnapshotReader::get(SchemaRef& schema) {
  std::uint32_t number = 0;
  get(number);
  schema = nullptr;
  if (number == 0) return;
  if (number > schemas_.size() + 1) return fail(kDamaged);
  if (number == schemas_.size() + 1) {
    auto made = std::make_shared<RelationSchema>();
    get(*made);
    schemas_.push_back(std::move(made));
  }
  schema = schemas_[number - 1];
}

void SnapshotReader::fail(std::string_view why) {
  if (error_.empty()) error_ = why;
}

std::expected<void, std::string> SnapshotReader::status() const {
  return ok() ? std::expected<void, std::string>{} : std::unexpected(error_);
}

std::expected<void, std::string> SnapshotReader::finish() {
  if (ok() && !rest_.empty()) fail(kDamaged);
  if (next_block()) fail(kDamaged);
  std::array<std::byte, 1> more;
  if (ok())
    if (const auto got = source_.read(more); !got || *got > 0) fail(got ? kDamaged : got.error());
  return status();
}

}  // namespace walkit
