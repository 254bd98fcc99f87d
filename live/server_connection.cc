#include "live/server_connection.h"

#include <fmt/format.h>

namespace walkit {

ServerResult<void> ServerConnection::connect() {
  if (connected_) return {};
  auto connected = server_->connect(connection_, deadline());
  connected_ = connected.has_value();
  return connected;
}

ServerResult<std::vector<Row>> ServerConnection::query(const std::string& sql) {
  if (auto connected = connect(); !connected) return std::unexpected(std::move(connected).error());
  auto rows = server_->query(sql, deadline());
  if (!rows && rows.error().kind != ServerError::Kind::refused) connected_ = false;
  return rows;
}

ServerResult<Row> ServerConnection::query_row(const std::string& sql, std::size_t columns) {
  auto rows = query(sql);
  if (!rows) return std::unexpected(std::move(rows).error());
  if (rows->size() == 1 && rows->front().size() == columns) return std::move(rows->front());
  return std::unexpected(ServerError{
      ServerError::Kind::refused, "the server's answer is not what a PostgreSQL server says", {}});
}

std::string error_line(const ServerError& error) {
  return error.hint.empty() ? error.text : fmt::format("{} ({})", error.text, error.hint);
}

}  // namespace walkit
