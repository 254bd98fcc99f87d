// The module walkit-pg.so: Server over libpq. Nothing in it waits longer than it was told to, apart from the
// resolution of names, which libpq leaves to libc.
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>

#include "live/server.h"

namespace walkit {
namespace {

using Kind = ServerError::Kind;
using std::chrono::milliseconds;

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using Connection = std::unique_ptr<PGconn, Finish>;
using Result = std::unique_ptr<PGresult, Finish>;

std::unexpected<ServerError> fail(Kind kind, std::string text, std::string hint = {}) {
  return std::unexpected(ServerError{kind, std::move(text), std::move(hint)});
}

// libpq breaks its messages into lines, the later ones indented.
std::string one_line(std::string_view message) {
  std::string line;
  while (!message.empty()) {
    const std::size_t begin = message.find_first_not_of(" \t\n");
    if (begin == std::string_view::npos) break;
    const std::size_t end = std::min(message.find('\n', begin), message.size());
    if (!line.empty()) line += "; ";
    line += message.substr(begin, end - begin);
    message.remove_prefix(end);
  }
  return line;
}

// Command lines are seen by everybody on the machine. libpq's words about a string it cannot parse repeat
// parts of it, so they are not used.
ServerResult<void> refuse_secrets(const std::string& connection) {
  const bool is_name = connection.find('=') == std::string::npos && !connection.starts_with("postgres://") &&
                       !connection.starts_with("postgresql://");
  if (is_name) return {};
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, Finish> options(PQconninfoParse(connection.c_str(), &message));
  PQfreemem(message);
  if (!options)
    return fail(Kind::connection_string, "the connection string is not valid",
                "It is a URI, or words such as host=/run/postgresql user=postgres.");
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    const bool secret = std::strchr(option->dispchar, '*') != nullptr;
    if (secret && option->val != nullptr)
      return fail(Kind::secret, "the connection string holds a secret: " + std::string(option->keyword),
                  "Put passwords into ~/.pgpass, or the file that PGPASSFILE names.");
  }
  return {};
}

// Waits for the socket; false once the deadline has passed.
bool await(PGconn* connection, short events, Deadline deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - Deadline::clock::now());
    pollfd socket{.fd = PQsocket(connection), .events = events, .revents = 0};
    const int ready = ::poll(&socket, 1, static_cast<int>(std::clamp<long>(left.count(), 0, 60'000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return true;  // libpq will say what is wrong with the socket
    if (left <= milliseconds(0)) return false;
  }
}

class PgServer final : public Server {
 public:
  ServerResult<void> connect(const std::string& connection, Deadline deadline) override {
    if (auto allowed = refuse_secrets(connection); !allowed) return allowed;
    const char* keywords[] = {"dbname", "fallback_application_name", nullptr};
    const char* values[] = {connection.c_str(), "walkit", nullptr};
    connection_.reset(PQconnectStartParams(keywords, values, 1));
    if (!connection_) return fail(Kind::connection, "out of memory");
    PQsetNoticeReceiver(connection_.get(), [](void*, const PGresult*) {}, nullptr);
    if (auto connected = finish_connecting(deadline); !connected) return connected;
    return start_session(deadline);
  }

  ServerResult<std::vector<Row>> query(const std::string& sql, Deadline deadline) override {
    if (PQsendQuery(connection_.get(), sql.c_str()) == 0) return broken();
    Result last;
    for (;;) {
      while (PQisBusy(connection_.get()) != 0) {
        if (!await(connection_.get(), POLLIN, deadline))
          return timed_out("the server did not answer in time");
        if (PQconsumeInput(connection_.get()) == 0) return broken();
      }
      Result next(PQgetResult(connection_.get()));
      if (!next) break;
      last = std::move(next);
    }
    if (!last) return broken();
    if (PQresultStatus(last.get()) != PGRES_TUPLES_OK && PQresultStatus(last.get()) != PGRES_COMMAND_OK)
      return refused(*last);
    return rows(last.get());
  }

 private:
  ServerResult<void> finish_connecting(Deadline deadline) {
    auto status =
        PQstatus(connection_.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (status != PGRES_POLLING_OK && status != PGRES_POLLING_FAILED) {
      const short events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT;
      if (!await(connection_.get(), events, deadline)) return timed_out("no connection came about in time");
      status = PQconnectPoll(connection_.get());
    }
    if (status == PGRES_POLLING_OK) return {};
    auto error = broken();
    if (PQconnectionNeedsPassword(connection_.get()) != 0)
      error.error().hint = "Put the password into ~/.pgpass, or the file that PGPASSFILE names.";
    return error;
  }

  // Nobody's functions but the server's own are to be called, and nothing is to run on when nobody waits for
  // it.
  ServerResult<void> start_session(Deadline deadline) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - Deadline::clock::now());
    const auto started = query(
        "SELECT pg_catalog.set_config('search_path', '', false), "
        "pg_catalog.set_config('statement_timeout', '" +
            std::to_string(std::clamp<long>(left.count(), 1, 2'000'000'000)) + "', false)",
        deadline);
    if (!started) return std::unexpected(started.error());
    return {};
  }

  std::unexpected<ServerError> broken() const {
    return fail(Kind::connection, one_line(PQerrorMessage(connection_.get())));
  }

  // libpq cannot tell what it waited for in so many words: the server may be there and not answer.
  std::unexpected<ServerError> timed_out(std::string text) const {
    const char* host = PQhost(connection_.get());
    const char* port = PQport(connection_.get());
    if (host != nullptr && *host != '\0' && port != nullptr)
      text += ": server \"" + std::string(host) + "\", port " + port;
    return fail(Kind::timeout, std::move(text));
  }

  std::unexpected<ServerError> refused(const PGresult& result) const {
    const char* message = PQresultErrorField(&result, PG_DIAG_MESSAGE_PRIMARY);
    return message != nullptr ? fail(Kind::refused, one_line(message)) : broken();
  }

  static std::vector<Row> rows(const PGresult* result) {
    std::vector<Row> rows(static_cast<std::size_t>(PQntuples(result)));
    for (int row = 0; row < PQntuples(result); ++row)
      for (int column = 0; column < PQnfields(result); ++column) {
        auto& value = rows[static_cast<std::size_t>(row)].emplace_back();
        if (PQgetisnull(result, row, column) != 0) continue;
        value.emplace(PQgetvalue(result, row, column),
                      static_cast<std::size_t>(PQgetlength(result, row, column)));
      }
    return rows;
  }

  Connection connection_;
};

}  // namespace
}  // namespace walkit

extern "C" __attribute__((visibility("default"))) walkit::Server* walkit_open_server(
    const char* walkit_version) {
  if (std::string_view(walkit_version) != WALKIT_VERSION) return nullptr;
  return new (std::nothrow) walkit::PgServer;
}
