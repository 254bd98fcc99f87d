// A line of words that ends in its own checksum: what small files of the spool consist of.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace walkit {

/// The words, which have no spaces in them, the CRC-32C of what is before it, and a line break.
std::string checked_line(const std::vector<std::string>& words);

/// The words of what checked_line() made; nullopt if a bit of it is another.
std::optional<std::vector<std::string>> parse_checked_line(std::string_view line);

}  // namespace walkit
