#include "segments/object_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "segments/iso_time.h"
#include "walreader/bytes.h"
#include "walreader/read_error.h"
#include "walreader/segment_name.h"

namespace walkit {
namespace {

constexpr std::uint32_t kTrailerMagic = 0x184D2A57;  // one of those of skippable frames
constexpr std::string_view kTrailerEnd = "WKIT";
constexpr std::size_t kTrailerHead = 8;                                             // magic, size
constexpr std::size_t kTrailerLengthAndEnd = 8;                                     // length, kTrailerEnd
constexpr std::size_t kTrailerTail = sizeof(std::uint64_t) + kTrailerLengthAndEnd;  // checksum before them

// Longer texts are cut, so that no header becomes longer than kMaxTrailerSize, even if each byte takes six.
constexpr std::size_t kLongestText = 2048;

constexpr std::array<std::string_view, 3> kEndings{"full", "end_of_wal", "corrupt"};  // by SegmentEnding

std::string_view as_text(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<std::byte> as_bytes(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

// --- writing
// -------------------------------------------------------------------------------------------------

// Not in the middle of a character of UTF-8.
std::string limited(const std::string& text) {
  std::size_t size = std::min(text.size(), kLongestText);
  while (size > 0 && size < text.size() && (text[size] & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

void add_summary(nlohmann::ordered_json& json, const SegmentSummary& summary) {
  json["first_lsn"] = to_string(summary.first);
  json["last_lsn"] = to_string(summary.last);
  json["end_lsn"] = to_string(summary.end);
  json["records"] = summary.records;
  if (summary.lowest_xid) json["lowest_xid"] = *summary.lowest_xid;
  if (summary.highest_xid) json["highest_xid"] = *summary.highest_xid;
  if (summary.first_commit) json["first_commit_time"] = iso_time(*summary.first_commit);
  if (summary.last_commit) json["last_commit_time"] = iso_time(*summary.last_commit);
  json["check"] = kEndings[static_cast<std::size_t>(summary.ending)];
  if (summary.ending == SegmentEnding::full) return;
  json["check_stopped_at"] = to_string(summary.stopped_at);
  json["check_reason"] = limited(summary.reason);
}

std::string to_json(const ObjectHeader& header) {
  nlohmann::ordered_json json;
  json["format"] = kObjectFormat;
  json["name"] = limited(header.name);
  json["system_identifier"] = std::to_string(header.system_identifier);  // more than a double holds
  if (header.major != 0) json["major"] = header.major;
  if (header.segment_size_bytes != 0) json["segment_size_bytes"] = header.segment_size_bytes;
  json["plain_size_bytes"] = header.plain_size_bytes;
  json["plain_xxh3_128"] = header.plain_digest.hex();
  json["payload_size_bytes"] = header.payload_size_bytes;
  json["payload_xxh3_128"] = header.payload_digest.hex();
  json["codec"] = codec_word(header.codec.codec);
  json["level"] = header.codec.level;
  if (header.summary) add_summary(json, *header.summary);
  json["damaged"] = header.damaged;
  json["diverging"] = header.diverging;
  json["archived_at"] = iso_time_ms(header.archived_at_unix_ms);
  json["archived_by"] = limited(header.archived_by);
  // Paths may hold any bytes.
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

template <std::integral T>
void append_le(std::vector<std::byte>& to, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i) to.push_back(static_cast<std::byte>(value >> 8 * i));
}

std::vector<std::byte> frame(std::string_view json) {
  std::vector<std::byte> frame;
  const auto length = static_cast<std::uint32_t>(kTrailerHead + json.size() + kTrailerTail);
  frame.reserve(length);
  append_le(frame, kTrailerMagic);
  append_le(frame, static_cast<std::uint32_t>(length - kTrailerHead));
  const auto append = [&frame](std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    frame.insert(frame.end(), bytes.begin(), bytes.end());
  };
  append(json);
  append_le(frame, checksum64(frame));
  append_le(frame, length);
  append(kTrailerEnd);
  return frame;
}

// What ends a sidecar; `text` is all before it, the JSON without its last brace.
std::string seal(std::string_view text) {
  return fmt::format(",\"xxh3_64\":\"{:016x}\"}}\n", checksum64(std::as_bytes(std::span(text))));
}

// --- reading
// -------------------------------------------------------------------------------------------------

std::unexpected<HeaderError> wrong(std::string text) {
  return std::unexpected(HeaderError{.text = std::move(text)});
}

template <std::integral T>
std::optional<T> parse_number(std::string_view text, int base) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

std::optional<Lsn> parse_lsn(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return {};
  const auto high = parse_number<std::uint32_t>(text.substr(0, slash), 16);
  const auto low = parse_number<std::uint32_t>(text.substr(slash + 1), 16);
  if (!high || !low) return {};
  return Lsn{std::uint64_t{*high} << 32 | *low};
}

std::optional<SegmentEnding> parse_ending(std::string_view text) {
  const auto word = std::ranges::find(kEndings, text);
  if (word == kEndings.end()) return {};
  return static_cast<SegmentEnding>(word - kEndings.begin());
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  return parse_number<std::uint64_t>(text, 10);
}

/// The members of an object. What is missing or is not as it should be yields a zero and makes error() tell,
/// so that a sequence of reads needs one check at its end.
class Members {
 public:
  explicit Members(const nlohmann::json& object) : object_(object) {}

  bool has(const char* key) const { return object_.contains(key); }

  template <std::integral T>
  T number(const char* key) {
    const auto member = object_.find(key);
    if (member != object_.end() && member->is_number_unsigned())
      if (const auto value = member->get<std::uint64_t>(); std::in_range<T>(value))
        return static_cast<T>(value);
    fail(key);
    return {};
  }

  std::string text(const char* key) {
    const auto member = object_.find(key);
    if (member != object_.end() && member->is_string()) return member->get<std::string>();
    fail(key);
    return {};
  }

  bool boolean(const char* key) {
    const auto member = object_.find(key);
    if (member != object_.end() && member->is_boolean()) return member->get<bool>();
    fail(key);
    return false;
  }

  /// A text, as `parse` understands it.
  template <typename T>
  T parsed(const char* key, std::optional<T> (*parse)(std::string_view)) {
    const auto value = parse(text(key));
    if (!value) fail(key);
    return value.value_or(T{});
  }

  void fail(const char* key) {
    if (!error_) error_ = fmt::format("its header has no valid \"{}\"", key);
  }
  const std::optional<std::string>& error() const { return error_; }

 private:
  const nlohmann::json& object_;
  std::optional<std::string> error_;
};

SegmentSummary read_summary(Members& in) {
  SegmentSummary summary;
  summary.first = in.parsed("first_lsn", parse_lsn);
  summary.last = in.parsed("last_lsn", parse_lsn);
  summary.end = in.parsed("end_lsn", parse_lsn);
  summary.records = in.number<std::uint64_t>("records");
  if (in.has("lowest_xid")) summary.lowest_xid = in.number<Xid>("lowest_xid");
  if (in.has("highest_xid")) summary.highest_xid = in.number<Xid>("highest_xid");
  if (in.has("first_commit_time")) summary.first_commit = in.parsed("first_commit_time", parse_iso_time);
  if (in.has("last_commit_time")) summary.last_commit = in.parsed("last_commit_time", parse_iso_time);
  summary.ending = in.parsed("check", parse_ending);
  if (summary.ending == SegmentEnding::full) return summary;
  summary.stopped_at = in.parsed("check_stopped_at", parse_lsn);
  summary.reason = in.text("check_reason");
  return summary;
}

std::uint32_t read_segment_size(Members& in) {
  const auto size = in.number<std::uint32_t>("segment_size_bytes");
  if (!valid_segment_size(size)) in.fail("segment_size_bytes");
  return size;
}

CodecChoice read_codec(Members& in) {
  CodecChoice choice = in.parsed("codec", parse_codec);
  choice.level = in.number<int>("level");
  if (!valid_level(choice)) in.fail("level");
  return choice;
}

ObjectHeader read_header(Members& in) {
  ObjectHeader header;
  header.name = in.text("name");
  header.system_identifier = in.parsed("system_identifier", parse_decimal);
  if (in.has("major")) header.major = in.number<int>("major");
  if (in.has("segment_size_bytes")) header.segment_size_bytes = read_segment_size(in);
  header.plain_size_bytes = in.number<std::uint64_t>("plain_size_bytes");
  header.plain_digest = in.parsed("plain_xxh3_128", Digest::from_hex);
  header.payload_size_bytes = in.number<std::uint64_t>("payload_size_bytes");
  header.payload_digest = in.parsed("payload_xxh3_128", Digest::from_hex);
  header.codec = read_codec(in);
  if (in.has("check")) header.summary = read_summary(in);
  header.damaged = in.boolean("damaged");
  header.diverging = in.boolean("diverging");
  header.archived_at_unix_ms = in.parsed("archived_at", parse_iso_time_ms);
  header.archived_by = in.text("archived_by");
  return header;
}

// Scalars by key; nullopt for anything else, and for a key that comes twice.
std::optional<nlohmann::json> parse_flat_object(std::string_view text) {
  using Event = nlohmann::json::parse_event_t;
  bool flat = true;
  std::size_t keys = 0;
  const auto watch = [&](int depth, Event event, const nlohmann::json&) {
    if (depth > 0 && (event == Event::object_start || event == Event::array_start)) flat = false;
    if (event == Event::key) ++keys;
    return flat;
  };
  auto object = nlohmann::json::parse(text, watch, /*allow_exceptions=*/false);
  if (!flat || !object.is_object() || object.size() != keys) return {};
  return object;
}

// Of JSON whose checksum was right: so what is wrong here was written so.
std::expected<ObjectHeader, HeaderError> from_json(std::string_view text) {
  const auto object = parse_flat_object(text);
  if (!object) return wrong("its header is no JSON object of plain values");
  Members in(*object);
  const auto format = in.number<std::uint64_t>("format");
  if (format > kObjectFormat)
    return std::unexpected(HeaderError{
        .text = fmt::format("its format is {}, this walkit reads formats up to {}", format, kObjectFormat),
        .newer = true});
  if (format != kObjectFormat) in.fail("format");
  ObjectHeader header = read_header(in);
  if (in.error()) return wrong(*in.error());
  return header;
}

std::unexpected<HeaderError> no_header() { return wrong("it does not end in a header of walkit"); }

}  // namespace

std::vector<std::byte> encode_trailer(const ObjectHeader& header) { return frame(to_json(header)); }

std::vector<std::byte> encode_sidecar(const ObjectHeader& header) {
  std::string text = to_json(header);
  text.pop_back();
  return as_bytes(text + seal(text));
}

std::expected<std::size_t, HeaderError> trailer_size(ByteSpan tail) {
  if (tail.size() < kTrailerLengthAndEnd) return no_header();
  tail = tail.last(kTrailerLengthAndEnd);
  const auto length = load_le<std::uint32_t>(tail.data());
  if (as_text(tail.last(kTrailerEnd.size())) != kTrailerEnd) return no_header();
  if (length < kTrailerHead + kTrailerTail || length > kMaxTrailerSize) return no_header();
  return length;
}

// Writing what was read again is the simplest check that leaves out no bit.
std::expected<ObjectHeader, HeaderError> decode_trailer(ByteSpan trailer) {
  const auto size = trailer_size(trailer);
  if (!size) return std::unexpected(size.error());
  if (*size != trailer.size()) return wrong("its header has another length than it says");
  const auto json = as_text(trailer.subspan(kTrailerHead, trailer.size() - kTrailerHead - kTrailerTail));
  if (!std::ranges::equal(frame(json), trailer)) return wrong("its header does not match its checksum");
  return from_json(json);
}

std::expected<ObjectHeader, HeaderError> decode_sidecar(ByteSpan json) {
  const std::size_t seal_size = seal({}).size();
  const std::string_view text = as_text(json);
  if (text.size() < seal_size || text.size() > kMaxTrailerSize) return wrong("it is no header of walkit");
  const auto body = text.substr(0, text.size() - seal_size);
  if (text.substr(body.size()) != seal(body)) return wrong("the header does not match its checksum");
  return from_json(std::string(body) + "}");
}

}  // namespace walkit
