// Moments as object headers state them: ISO 8601, UTC, with a fraction of fixed length.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "walreader/types.h"

namespace walkit {

/// "2026-08-01T12:00:00.123456Z". Moments outside the years 1 to 9999, which no clock shows but damaged WAL
/// may, become the first or last one within.
std::string iso_time(PgTime time);
/// "2026-08-01T12:00:00.123Z", of milliseconds since 1970; likewise.
std::string iso_time_ms(std::int64_t unix_ms);

/// Exactly what the functions above write; nullopt for anything else.
std::optional<PgTime> parse_iso_time(std::string_view text);
std::optional<std::int64_t> parse_iso_time_ms(std::string_view text);

}  // namespace walkit
