#include "tools/units.h"

#include <fmt/format.h>

namespace walkit {

std::string binary_size(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  // 1023.95 and more would print as 1024.0 of a unit
  constexpr double kNextUnit = 1023.95;
  double value = static_cast<double>(bytes) / 1024;
  const char* const* unit = kUnits;
  for (; value >= kNextUnit; value /= 1024) ++unit;
  return fmt::format("{:.1f} {}", value, *unit);
}

std::string plural(std::uint64_t count, std::string_view one, std::string_view many) {
  if (count == 1) return fmt::format("1 {}", one);
  return many.empty() ? fmt::format("{} {}s", count, one) : fmt::format("{} {}", count, many);
}

std::string percentage(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  return fmt::format("{:.1f}%", 100 * static_cast<double>(part) / static_cast<double>(whole));
}

}  // namespace walkit
