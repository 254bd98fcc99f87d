// A connection that comes about when something is asked, and again after it broke.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "live/server.h"

namespace walkit {

/// One thread at a time.
class ServerConnection {
 public:
  /// `connection` is what Server::connect() takes. Nothing waits longer than `timeout`.
  ServerConnection(std::unique_ptr<Server> server, std::string connection, std::chrono::milliseconds timeout)
      : server_(std::move(server)), connection_(std::move(connection)), timeout_(timeout) {}

  /// What query() does first if need be, for whoever wants to know earlier.
  ServerResult<void> connect();
  /// The rows of one statement. After an error other than a refusal the next call connects anew.
  ServerResult<std::vector<Row>> query(const std::string& sql);
  /// The only row of a statement that has so many columns.
  ServerResult<Row> query_row(const std::string& sql, std::size_t columns);

 private:
  Deadline deadline() const { return Deadline::clock::now() + timeout_; }

  std::unique_ptr<Server> server_;
  std::string connection_;
  std::chrono::milliseconds timeout_;
  bool connected_ = false;
};

/// What went wrong and what to do about it, in one line.
std::string error_line(const ServerError& error);

}  // namespace walkit
