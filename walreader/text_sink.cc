#include "walreader/text_sink.h"

#include <fmt/format.h>

#include <algorithm>

namespace walkit {
namespace {

constexpr Oid kGlobalTablespace = 1664;
constexpr Oid kDefaultTablespace = 1663;

std::string_view as_text(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

void append_relation_name(TextBuffer& out, const RelFileLocator& relation, RelationNames* names) {
  const RelationName* name = names == nullptr ? nullptr : names->of(relation);
  if (name == nullptr) return;
  out.append(" (");
  out.append(name->label);
  out.append(')');
}

void append_relation_path(TextBuffer& out, RelFileLocator relation, Fork fork, const WalFormat& format) {
  if (relation.tablespace == kGlobalTablespace) {
    out.append("global/");
  } else if (relation.tablespace == kDefaultTablespace) {
    out.append("base/");
    out.append_uint(relation.database);
    out.append('/');
  } else {
    out.append("pg_tblspc/");
    out.append_uint(relation.tablespace);
    out.append("/PG_");
    out.append_uint(static_cast<std::uint64_t>(format.major));
    out.append('_');
    out.append_uint(format.catalog_version);
    out.append('/');
    out.append_uint(relation.database);
    out.append('/');
  }
  out.append_uint(relation.relation);
  if (fork != Fork::main) {
    out.append('_');
    out.append(fork_name(fork));
  }
}

// Both divisions truncate toward zero, so moments before 2000 get a negative fraction, as in the real
// programs.
void append_time(TextBuffer& out, PgTime time, LocalTime& zone) {
  const LocalTimeText local = zone.at(time.microseconds / kMicrosecondsPerSecond + kPostgresEpochUnixSeconds);
  out.append(local.date_time);
  const std::int64_t fraction = time.microseconds % kMicrosecondsPerSecond;
  out.append('.');
  if (fraction < 0) {
    out.append(fmt::format("{:06}", fraction));
  } else {
    char digits[6];
    std::int64_t rest = fraction;
    for (int i = 5; i >= 0; --i, rest /= 10) digits[i] = static_cast<char>('0' + rest % 10);
    out.append({digits, sizeof digits});
  }
  out.append(' ');
  out.append(local.zone);
}

std::string_view fork_name(Fork fork) {
  switch (fork) {
    case Fork::main:
      return "main";
    case Fork::fsm:
      return "fsm";
    case Fork::vm:
      return "vm";
    case Fork::init:
      return "init";
  }
  return "?";
}

std::string_view compression_name(Compression compression) {
  switch (compression) {
    case Compression::none:
      return {};
    case Compression::pglz:
      return "pglz";
    case Compression::lz4:
      return "lz4";
    case Compression::zstd:
      return "zstd";
  }
  return {};
}

void TextSink::text(std::string_view literal) { out_.append(literal); }

void TextSink::uint(std::string_view lead, std::string_view, std::uint64_t value) {
  out_.append_with(lead.size() + text::kMaxDigits,
                   [&](char* to) { return text::put_uint(text::put(to, lead), value); });
}

void TextSink::sint(std::string_view lead, std::string_view, std::int64_t value) {
  out_.append(lead);
  out_.append_sint(value);
}

void TextSink::hex(std::string_view lead, std::string_view, std::uint64_t value, int digits) {
  out_.append(lead);
  out_.append_hex(value, digits);
}

void TextSink::real(std::string_view lead, std::string_view, double value) {
  out_.append(lead);
  out_.append(fmt::format("{:g}", value));
}

void TextSink::real_fixed(std::string_view lead, std::string_view, double value) {
  out_.append(lead);
  out_.append(fmt::format("{:f}", value));
}

void TextSink::boolean(std::string_view lead, std::string_view, bool value, std::string_view yes,
                       std::string_view no) {
  out_.append(lead);
  out_.append(value ? yes : no);
}

void TextSink::word(std::string_view lead, std::string_view, std::string_view value) {
  out_.append(lead);
  out_.append(value);
}

void TextSink::string(std::string_view lead, std::string_view, ByteSpan value) {
  out_.append(lead);
  out_.append(as_text(value));
}

void TextSink::octets(std::string_view lead, std::string_view, ByteSpan value) {
  out_.append(lead);
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (i > 0) out_.append(' ');
    out_.append_hex(static_cast<std::uint8_t>(value[i]), 2);
  }
}

void TextSink::lsn(std::string_view lead, std::string_view, Lsn value) {
  out_.append(lead);
  out_.append_lsn(value);
}

void TextSink::time(std::string_view lead, std::string_view, PgTime value) {
  out_.append(lead);
  append_time(out_, value, zone_);
}

void TextSink::full_xid(std::string_view lead, std::string_view, std::uint64_t value) {
  out_.append(lead);
  out_.append_uint(value >> 32);
  out_.append(':');
  out_.append_uint(value & 0xFFFFFFFF);
}

void TextSink::relation(std::string_view lead, std::string_view, RelFileLocator value) {
  out_.append_with(lead.size() + text::kMaxRelation,
                   [&](char* to) { return text::put_relation(text::put(to, lead), value); });
  append_relation_name(out_, value, names_);
}

void TextSink::path(std::string_view lead, std::string_view, RelFileLocator value, Fork fork) {
  out_.append(lead);
  append_relation_path(out_, value, fork, format_);
  append_relation_name(out_, value, names_);
}

void TextSink::begin_array(std::string_view lead, std::string_view) { out_.append(lead); }
void TextSink::end_array(std::string_view tail) { out_.append(tail); }
void TextSink::begin_object(std::string_view lead, std::string_view) { out_.append(lead); }
void TextSink::end_object(std::string_view tail) { out_.append(tail); }

}  // namespace walkit
