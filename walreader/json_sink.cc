#include "walreader/json_sink.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "walreader/local_time.h"
#include "walreader/text_sink.h"

namespace walkit {
namespace {

// The length of the UTF-8 sequence that `text` begins with, 0 if it begins with none (RFC 3629, table 3-7 of
// the Unicode standard: no overlong forms, no surrogates, nothing above U+10FFFF).
std::size_t utf8_length(ByteSpan text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0; };
  const auto tail = [&](std::size_t i) { return (at(i) & 0xC0) == 0x80; };
  const int lead = at(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const int low = lead == 0xE0 ? 0xA0 : 0x80;
    const int high = lead == 0xED ? 0x9F : 0xBF;
    return at(1) >= low && at(1) <= high && tail(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const int low = lead == 0xF0 ? 0x90 : 0x80;
    const int high = lead == 0xF4 ? 0x8F : 0xBF;
    return at(1) >= low && at(1) <= high && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

void append_json_char(TextBuffer& out, char c) {
  if (c == '"' || c == '\\') {
    out.append('\\');
    out.append(c);
  } else if (static_cast<unsigned char>(c) < 0x20) {
    out.append("\\u00");
    out.append_hex(static_cast<unsigned char>(c), 2);
  } else {
    out.append(c);
  }
}

void append_octets(TextBuffer& out, ByteSpan bytes) {
  out.append('"');
  for (const std::byte byte : bytes) out.append_hex(static_cast<std::uint8_t>(byte), 2);
  out.append('"');
}

}  // namespace

bool append_json_string(TextBuffer& out, ByteSpan text) {
  bool valid = true;
  out.append('"');
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) {
      out.append("\xEF\xBF\xBD");
      valid = false;
    } else if (length == 1) {
      append_json_char(out, static_cast<char>(text[0]));
    } else {
      out.append({reinterpret_cast<const char*>(text.data()), length});
    }
    text = text.subspan(length == 0 ? 1 : length);
  }
  out.append('"');
  return valid;
}

void JsonSink::name(std::string_view key) {
  constexpr std::size_t kPunctuation = 4;
  out_.append_with(key.size() + kPunctuation, [&](char* to) {
    if (comma_) to = text::put(to, ',');
    if (key.empty()) return to;
    return text::put(text::put(text::put(to, '"'), key), "\":");
  });
  comma_ = true;
}

void JsonSink::text(std::string_view) {}

void JsonSink::null(std::string_view key) {
  name(key);
  out_.append("null");
}

void JsonSink::uint(std::string_view, std::string_view key, std::uint64_t value) {
  name(key);
  out_.append_uint(value);
}

void JsonSink::sint(std::string_view, std::string_view key, std::int64_t value) {
  name(key);
  out_.append_sint(value);
}

void JsonSink::hex(std::string_view, std::string_view key, std::uint64_t value, int) {
  name(key);
  out_.append_uint(value);
}

void JsonSink::real(std::string_view, std::string_view key, double value) {
  if (!std::isfinite(value)) return null(key);
  name(key);
  out_.append(fmt::format("{}", value));
}

void JsonSink::real_fixed(std::string_view lead, std::string_view key, double value) {
  real(lead, key, value);
}

void JsonSink::boolean(std::string_view, std::string_view key, bool value, std::string_view,
                       std::string_view) {
  name(key);
  out_.append(value ? "true" : "false");
}

void JsonSink::word(std::string_view, std::string_view key, std::string_view value) {
  name(key);
  out_.append('"');
  out_.append(value);
  out_.append('"');
}

void JsonSink::string(std::string_view, std::string_view key, ByteSpan value) {
  name(key);
  if (append_json_string(out_, value) || key.empty()) return;
  out_.append(",\"");
  out_.append(key);
  out_.append("_hex\":");
  append_octets(out_, value);
}

void JsonSink::octets(std::string_view, std::string_view key, ByteSpan value) {
  name(key);
  append_octets(out_, value);
}

void JsonSink::lsn(std::string_view, std::string_view key, Lsn value) {
  name(key);
  out_.append('"');
  out_.append_lsn(value);
  out_.append('"');
}

// A moment whose year has more than four digits is given as microseconds since 2000-01-01 UTC.
void append_json_time(TextBuffer& out, PgTime value) {
  using namespace std::chrono;
  const sys_time<microseconds> moment =
      sys_time<microseconds>(microseconds(0)) + seconds(kPostgresEpochUnixSeconds);
  constexpr std::int64_t kLongest = std::int64_t{8000} * 366 * 86'400 * kMicrosecondsPerSecond;
  if (value.microseconds < -kLongest / 4 || value.microseconds > kLongest)
    return out.append_sint(value.microseconds);
  const auto at = moment + microseconds(value.microseconds);
  const auto day = floor<days>(at);
  const year_month_day date(day);
  if (static_cast<int>(date.year()) < 1 || static_cast<int>(date.year()) > 9999)
    return out.append_sint(value.microseconds);
  const hh_mm_ss clock(at - day);
  out.append(fmt::format("\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z\"", static_cast<int>(date.year()),
                         static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                         clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                         clock.subseconds().count()));
}

void JsonSink::time(std::string_view, std::string_view key, PgTime value) {
  name(key);
  append_json_time(out_, value);
}

void JsonSink::full_xid(std::string_view, std::string_view key, std::uint64_t value) {
  begin_object(key);
  uint("epoch", value >> 32);
  uint("xid", value & 0xFFFFFFFF);
  end_object();
}

void JsonSink::relation_members(const RelFileLocator& value) {
  uint("tablespace", value.tablespace);
  uint("database", value.database);
  uint("relation", value.relation);
  if (names_ == nullptr) return;
  const RelationName* name = names_->of(value);
  if (name == nullptr) return null("name");
  begin_object("name");
  text_or_null("database", name->database);
  text_or_null("schema", name->schema);
  text_or_null("name", name->name);
  word("kind", name->kind);
  text_or_null("table_schema", name->table_schema);
  text_or_null("table", name->table);
  end_object();
}

void JsonSink::text_or_null(std::string_view key, std::string_view value) {
  if (value.empty()) return null(key);
  string({}, key, std::as_bytes(std::span(value)));
}

void JsonSink::relation(std::string_view, std::string_view key, RelFileLocator value) {
  begin_object(key);
  relation_members(value);
  end_object();
}

void JsonSink::path(std::string_view, std::string_view key, RelFileLocator value, Fork fork) {
  begin_object(key);
  name("path");
  out_.append('"');
  append_relation_path(out_, value, fork, format_);
  out_.append('"');
  relation_members(value);
  word("fork", fork_name(fork));
  end_object();
}

void JsonSink::begin(std::string_view key, char open, char close) {
  name(key);
  out_.append(open);
  open_.push_back(close);
  comma_ = false;
}

void JsonSink::end() {
  out_.append(open_.back());
  open_.pop_back();
  comma_ = true;
}

void JsonSink::begin_array(std::string_view, std::string_view key) { begin(key, '[', ']'); }
void JsonSink::end_array(std::string_view) { end(); }
void JsonSink::begin_object(std::string_view, std::string_view key) { begin(key, '{', '}'); }
void JsonSink::end_object(std::string_view) { end(); }

void JsonSink::close_to(std::size_t depth) {
  while (open_.size() > depth) end();
}

}  // namespace walkit
