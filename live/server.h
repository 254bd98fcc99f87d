// A running server, asked over a connection. What implements it needs libpq and is loaded when a command
// wants it: libpq and what it links are most of the time that starting a program takes.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "archiver/store_decorators.h"

namespace walkit {

struct ServerError {
  enum class Kind : unsigned char {
    connection,         ///< there is none, or it broke
    secret,             ///< the connection string holds a password
    connection_string,  ///< it cannot be parsed; the text does not repeat it
    refused,            ///< the server answered with an error
    timeout,
  };
  Kind kind = Kind::connection;
  std::string text;  ///< one line, without secrets
  std::string hint;  ///< what to do; may be empty
};

template <typename T>
using ServerResult = std::expected<T, ServerError>;

/// One row of a result; NULL is nullopt.
using Row = std::vector<std::optional<std::string>>;

/// One thread at a time. Destroying it ends the session.
class Server {
 public:
  virtual ~Server() = default;

  /// Connects as libpq does: PGHOST and its other variables, and over them `connection`, which is a
  /// connection string, a URI or the name of a database. Names in later queries mean what is in pg_catalog.
  virtual ServerResult<void> connect(const std::string& connection, Deadline deadline) = 0;

  /// The rows of one statement.
  virtual ServerResult<std::vector<Row>> query(const std::string& sql, Deadline deadline) = 0;
};

/// What the module exports, under this name. It returns nullptr unless it belongs to the same release of
/// walkit; otherwise a server that is not connected, for the caller to delete.
inline constexpr const char* kServerFactory = "walkit_open_server";
using ServerFactory = Server*(const char* walkit_version);

}  // namespace walkit
