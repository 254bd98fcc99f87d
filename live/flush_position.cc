#include "live/flush_position.h"

#include <fmt/format.h>

#include <charconv>

namespace walkit {
namespace {

// SQL has no unsigned integers of 64 bits but in numeric: identifiers beyond 2^63 come as negative ones.
constexpr const char* kQuestion =
    "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END "
    "- '0/0'::pg_lsn, system_identifier FROM pg_control_system()";

template <typename Number>
std::optional<Number> number_of(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return number;
}

}  // namespace

std::expected<Lsn, std::string> FlushPosition::now() {
  const auto row = connection_.query_row(kQuestion, 2);
  if (!row) return std::unexpected(error_line(row.error()));
  const auto identifier = number_of<std::int64_t>((*row)[1].value_or(""));
  if (!identifier || static_cast<std::uint64_t>(*identifier) != system_identifier_)
    return std::unexpected(fmt::format("the server that answers has the system identifier {}, not {}",
                                       identifier ? static_cast<std::uint64_t>(*identifier) : 0,
                                       system_identifier_));
  const auto position = number_of<std::uint64_t>((*row)[0].value_or(""));
  if (!position) return std::unexpected("the server does not say how far its WAL goes");
  return Lsn{*position};
}

}  // namespace walkit
