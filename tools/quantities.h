// Values with units, as people type them in options. Nothing but the whole text is accepted: nullopt for
// signs, junk, and what is too large.
#pragma once

#include <sys/types.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "walreader/types.h"

namespace walkit {

/// Decimal digits that make a number from `lowest` to `highest`.
template <typename Number>
std::optional<Number> parse_number(std::string_view text, Number lowest, Number highest) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  if (number < lowest || number > highest) return {};
  return number;
}

/// Bytes: "4096", "16MiB", "4 GiB". As in postgresql.conf, kB, MB, GB and TB are powers of 1024 too.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// "500ms", "60s", "5min", "2h", "1d"; seconds without a unit. At most a year.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// A moment in UTC: "2026-11-23", "2026-11-23 04:30", "2026-11-23T04:30:15.25Z"; what is left out is zero. Or
/// at another offset: "2026-11-23 06:30+02", +0230, +02:30.
std::optional<PgTime> parse_moment(std::string_view text);
/// "0/16B3748".
std::optional<Lsn> parse_lsn(std::string_view text);

/// The items of a list that commas separate.
std::vector<std::string> split_list(std::string_view text);

/// Permissions of a file: three octal digits, perhaps after a 0. The owner must be able to read and write,
/// others must not be able to write, and nothing is executable.
std::optional<mode_t> parse_file_mode(std::string_view text);

/// The permissions of directories that hold such files: searchable by whom the files are readable by.
mode_t directory_mode(mode_t file_mode);

/// A group by its name or number, if there is one.
std::optional<gid_t> find_group(const std::string& name);

}  // namespace walkit
