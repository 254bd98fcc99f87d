// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace walkit {

/// "512 B", "1.5 KiB", "16.0 MiB": one decimal, in the largest unit that leaves at least 1.
std::string binary_size(std::uint64_t bytes);

/// "1 segment", "2 segments"; `many` is for nouns that are not made plural by an s.
std::string plural(std::uint64_t count, std::string_view one, std::string_view many = {});

/// "12.3%"; "-" of nothing.
std::string percentage(std::uint64_t part, std::uint64_t whole);

}  // namespace walkit
