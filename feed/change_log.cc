#include "feed/change_log.h"

#include <algorithm>

#include "walreader/bytes.h"

namespace walkit {
namespace {

/// Before each change: its sequence, xid and size.
constexpr std::size_t kEntryHeaderSize = 20;
constexpr std::size_t kReadBytes = std::size_t{64} << 10;
constexpr std::size_t kMarkBytes = std::size_t{16} << 10;

struct EntryHeader {
  std::uint64_t sequence = 0;
  Xid xid = 0;
  std::uint64_t size = 0;
};

EntryHeader load_header(const std::byte* at) {
  return {load_le<std::uint64_t>(at), load_le<Xid>(at + 8), load_le<std::uint64_t>(at + 12)};
}

void store_header(char* at, const EntryHeader& header) {
  std::memcpy(at, &header.sequence, 8);
  std::memcpy(at + 8, &header.xid, 4);
  std::memcpy(at + 12, &header.size, 8);
}

std::string damaged() { return "changes read back from temporary storage are damaged"; }

// Entries in memory were written there by append(), so their sizes hold.
ByteSpan first_entry(ByteSpan entries) {
  return entries.first(kEntryHeaderSize + load_header(entries.data()).size);
}

std::string merged(ByteSpan a, ByteSpan b) {
  std::string both;
  both.reserve(a.size() + b.size());
  while (!a.empty() || !b.empty()) {
    const bool from_a =
        b.empty() || (!a.empty() && load_header(a.data()).sequence < load_header(b.data()).sequence);
    ByteSpan& from = from_a ? a : b;
    const ByteSpan entry = first_entry(from);
    both.append(reinterpret_cast<const char*>(entry.data()), entry.size());
    from = from.subspan(entry.size());
  }
  return both;
}

std::uint64_t last_sequence(ByteSpan entries) {
  std::uint64_t last = 0;
  for (; !entries.empty(); entries = entries.subspan(first_entry(entries).size()))
    last = load_header(entries.data()).sequence;
  return last;
}

}  // namespace

std::expected<SpillSpace::Extent, std::string> SpillSpace::write(ByteSpan bytes) {
  const Extent extent{end_, bytes.size()};
  if (auto written = store_.write(extent.offset, bytes); !written)
    return std::unexpected(std::move(written).error());
  end_ += bytes.size();
  return extent;
}

std::expected<void, std::string> SpillSpace::read(std::uint64_t offset, std::span<std::byte> out) {
  return store_.read(offset, out);
}

std::uint32_t ChangeLog::number_of(const SchemaRef& schema, SchemaNumbers& numbers) {
  if (schema == nullptr) return SchemaNumbers::kNone;
  if (schema.get() == last_schema_) return last_number_;
  std::uint32_t number = numbers.find(schema.get());
  const auto place = std::ranges::lower_bound(schemas_, number);
  if (number == SchemaNumbers::kNone || place == schemas_.end() || *place != number) {
    number = numbers.hold(schema);
    schemas_.insert(std::ranges::lower_bound(schemas_, number), number);
  }
  last_schema_ = schema.get();
  last_number_ = number;
  return number;
}

void ChangeLog::append(std::uint64_t sequence, Xid xid, const Change& change, SchemaNumbers& numbers) {
  const std::uint32_t old_schema = number_of(change.old_schema, numbers);
  const std::uint32_t schema = number_of(change.schema, numbers);
  const std::size_t start = tail_.size();
  mark(start, sequence);
  tail_.resize(start + kEntryHeaderSize);
  encode_change(change, schema, old_schema, tail_);
  store_header(tail_.data() + start, {sequence, xid, tail_.size() - start - kEntryHeaderSize});
}

void ChangeLog::mark(std::size_t offset, std::uint64_t sequence) {
  if (offset - (marks_.empty() ? 0 : marks_.back().offset) >= kMarkBytes)
    marks_.push_back({offset, sequence});
}

std::size_t ChangeLog::offset_of(std::uint64_t sequence) const {
  const auto above =
      std::ranges::partition_point(marks_, [&](const Mark& mark) { return mark.sequence < sequence; });
  std::size_t offset = above == marks_.begin() ? 0 : std::prev(above)->offset;
  while (offset < tail_.size() && load_header(tail().data() + offset).sequence < sequence)
    offset += first_entry(tail().subspan(offset)).size();
  return offset;
}

// Subtransactions end one after the other, so that nearly all in memory is older than what is merged and
// stays.
void ChangeLog::merge_tail(ByteSpan other) {
  if (other.empty()) return;
  const std::size_t start = offset_of(load_header(other.data()).sequence);
  const std::string both = merged(tail().subspan(start), other);
  tail_.resize(start);
  while (!marks_.empty() && marks_.back().offset >= start) marks_.pop_back();
  mark(start, load_header(std::as_bytes(std::span(both)).data()).sequence);
  tail_ += both;
}

// Assigning an empty string would keep the memory, and each change after the first spill would be spilled
// alone.
void ChangeLog::release_tail() {
  std::string().swap(tail_);
  marks_.clear();
}

void ChangeLog::merge(ChangeLog& other, SchemaNumbers& numbers) {
  merge_tail(other.tail());
  std::ranges::move(other.runs_, std::back_inserter(runs_));
  // What is spilled next begins a run of its own if it does not follow all that was.
  last_spilled_ = std::max(last_spilled_, other.last_spilled_);
  for (const std::uint32_t number : other.schemas_) {
    const auto place = std::ranges::lower_bound(schemas_, number);
    if (place != schemas_.end() && *place == number)
      numbers.release(number);
    else
      schemas_.insert(place, number);
  }
  other.runs_.clear();
  other.release_tail();
  other.schemas_.clear();
  other.last_schema_ = nullptr;
}

std::expected<void, std::string> ChangeLog::spill(SpillSpace& space) {
  if (tail_.empty()) return {};
  auto extent = space.write(tail());
  if (!extent) return std::unexpected(std::move(extent).error());
  const bool follows = !runs_.empty() && load_header(tail().data()).sequence > last_spilled_;
  if (!follows) runs_.emplace_back();
  runs_.back().push_back(*extent);
  last_spilled_ = std::max(last_spilled_, last_sequence(tail()));
  release_tail();
  return {};
}

void ChangeLog::clear(SpillSpace& space, SchemaNumbers& numbers) {
  for (const Run& run : runs_)
    for (const SpillSpace::Extent& extent : run) space.discard(extent);
  for (const std::uint32_t number : schemas_) numbers.release(number);
  runs_.clear();
  release_tail();
  schemas_.clear();
  last_schema_ = nullptr;
}

std::expected<void, std::string> ChangeLogReader::add(const ChangeLog& log) {
  for (const ChangeLog::Run& run : log.runs()) {
    Place place;
    place.extents = run;
    if (auto started = start(std::move(place)); !started) return started;
  }
  Place place;
  place.rest = log.tail();
  return start(std::move(place));
}

namespace {

constexpr auto kLater = [](const auto* a, const auto* b) { return a->entry.sequence > b->entry.sequence; };

}  // namespace

std::expected<void, std::string> ChangeLogReader::start(Place place) {
  Place& started = places_.emplace_back(std::move(place));
  const auto more = advance(started);
  if (!more) return std::unexpected(more.error());
  if (!*more) {
    places_.pop_back();
    return {};
  }
  heap_.push_back(&started);
  std::ranges::push_heap(heap_, kLater);
  return {};
}

std::expected<const LogEntry*, std::string> ChangeLogReader::next() {
  if (given_ != nullptr) {
    const auto more = advance(*given_);
    if (!more) return std::unexpected(more.error());
    if (*more) {
      heap_.push_back(given_);
      std::ranges::push_heap(heap_, kLater);
    }
    given_ = nullptr;
  }
  if (heap_.empty()) return nullptr;
  std::ranges::pop_heap(heap_, kLater);
  given_ = heap_.back();
  heap_.pop_back();
  return &given_->entry;
}

// Takes the next entry of a run; false at its end.
std::expected<bool, std::string> ChangeLogReader::advance(Place& place) {
  if (place.rest.empty() && place.left == 0) {
    if (place.extents.empty()) return false;
    place.offset = place.extents.front().offset;
    place.left = place.extents.front().size;
    place.extents = place.extents.subspan(1);
  }
  if (const auto header = have(place, kEntryHeaderSize); !header || !*header)
    return header ? std::unexpected(damaged()) : header;
  const EntryHeader header = load_header(place.rest.data());
  if (header.size > place.rest.size() + place.left) return std::unexpected(damaged());
  if (const auto body = have(place, kEntryHeaderSize + header.size); !body || !*body)
    return body ? std::unexpected(damaged()) : body;
  place.entry = {header.sequence, header.xid, place.rest.subspan(kEntryHeaderSize, header.size)};
  place.rest = place.rest.subspan(kEntryHeaderSize + header.size);
  return true;
}

// Reads on until `bytes` are there; false if the extent ends before.
std::expected<bool, std::string> ChangeLogReader::have(Place& place, std::uint64_t bytes) {
  if (place.rest.size() >= bytes) return true;
  if (place.rest.size() + place.left < bytes) return false;
  const std::size_t kept = place.rest.size();
  const std::size_t taken = static_cast<std::size_t>(
      std::min<std::uint64_t>(place.left, std::max<std::uint64_t>(kReadBytes, bytes - kept)));
  if (kept > 0) std::memmove(place.buffer.data(), place.rest.data(), kept);
  place.buffer.resize(kept + taken);
  auto read = space_.read(place.offset, std::span(place.buffer).subspan(kept));
  if (!read) return std::unexpected(std::move(read).error());
  place.offset += taken;
  place.left -= taken;
  place.rest = place.buffer;
  return true;
}

}  // namespace walkit
