#include "feed/type_name.h"

#include <fmt/format.h>

#include <algorithm>

#include "feed/identifier.h"

namespace walkit {
namespace {

// How a modifier prints: the functions named typmodout of these types.
std::string length(std::int32_t typmod) { return fmt::format("({})", typmod); }
std::string text_length(std::int32_t typmod) {
  constexpr std::int32_t kHeader = 4;
  return typmod > kHeader ? length(typmod - kHeader) : "";
}

std::string numeric(std::int32_t typmod) {
  constexpr std::int32_t kHeader = 4;
  if (typmod < kHeader) return "";
  const std::int32_t packed = typmod - kHeader;
  const std::int32_t scale = ((packed & 0x7FF) ^ 0x400) - 0x400;  // signed from 15 on, below 1024 before
  return fmt::format("({},{})", packed >> 16 & 0xFFFF, scale);
}

// INTERVAL_MASK() of utils/timestamp.h.
std::string interval(std::int32_t typmod) {
  constexpr std::int32_t kMonth = 1 << 1, kYear = 1 << 2, kDay = 1 << 3;
  constexpr std::int32_t kHour = 1 << 10, kMinute = 1 << 11, kSecond = 1 << 12;
  constexpr std::int32_t kFullPrecision = 0xFFFF;
  struct Range {
    std::int32_t fields;
    std::string_view name;
  };
  constexpr Range kRanges[] = {
      {kYear, " year"},
      {kMonth, " month"},
      {kDay, " day"},
      {kHour, " hour"},
      {kMinute, " minute"},
      {kSecond, " second"},
      {kYear | kMonth, " year to month"},
      {kDay | kHour, " day to hour"},
      {kDay | kHour | kMinute, " day to minute"},
      {kDay | kHour | kMinute | kSecond, " day to second"},
      {kHour | kMinute, " hour to minute"},
      {kHour | kMinute | kSecond, " hour to second"},
      {kMinute | kSecond, " minute to second"},
  };
  const auto range = std::ranges::find(kRanges, typmod >> 16 & 0x7FFF, &Range::fields);
  std::string text(range == std::end(kRanges) ? "" : range->name);
  const std::int32_t precision = typmod & 0xFFFF;
  return precision == kFullPrecision ? text : text + length(precision);
}

/// A type that has words of its own in the grammar.
struct Words {
  Oid type;
  std::string_view before;  ///< the modifier
  std::string_view after = {};
  std::string (*modifier)(std::int32_t) = nullptr;
  std::string_view bare = {};  ///< without a modifier, where that is not before and after
};

constexpr Words kWords[] = {
    {16, "boolean"},
    {20, "bigint"},
    {21, "smallint"},
    {23, "integer"},
    {114, "json"},  // a keyword since 17
    {700, "real"},
    {701, "double precision"},
    {1042, "character", "", text_length, "bpchar"},
    {1043, "character varying", "", text_length},
    {1083, "time", " without time zone", length},
    {1114, "timestamp", " without time zone", length},
    {1184, "timestamp", " with time zone", length},
    {1186, "interval", "", interval},
    {1266, "time", " with time zone", length},
    {1560, "bit", "", length, "\"bit\""},
    {1562, "bit varying", "", length},
    {1700, "numeric", "", numeric},
};

std::string quoted(std::string_view name) {
  std::string text;
  append_identifier(text, name);
  return text;
}

std::string element_name(const TypeInfo& type, std::int32_t typmod) {
  const auto words = std::ranges::find(kWords, type.oid, &Words::type);
  if (words == std::end(kWords)) {
    const bool visible = type.schema == "pg_catalog" || type.schema == "public";
    return visible ? quoted(type.name) : quoted(type.schema) + "." + quoted(type.name);
  }
  if (typmod < 0 && !words->bare.empty()) return std::string(words->bare);
  std::string name(words->before);
  if (typmod >= 0 && words->modifier != nullptr) name += words->modifier(typmod);
  return name.append(words->after);
}

}  // namespace

std::string type_name(const TypeCatalog& types, Oid type, std::int32_t typmod) {
  const TypeInfo* found = types.type(type);
  if (found == nullptr) return "???";
  constexpr std::int16_t kVarlena = -1;
  // int2vector and oidvector have elements but are no arrays to the user; their names do not begin with _.
  const bool array = found->element != 0 && found->storage.length == kVarlena && found->name.starts_with('_');
  if (!array) return element_name(*found, typmod);
  const TypeInfo* const element = types.type(found->element);
  return (element == nullptr ? "???" : element_name(*element, typmod)) + "[]";
}

}  // namespace walkit
