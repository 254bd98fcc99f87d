#include "tools/pg_module.h"

#include "tools/module.h"

namespace walkit {

ServerResult<std::unique_ptr<Server>> load_server_module() {
  auto server = make_by_module<Server>({.file = "walkit-pg.so",
                                        .factory = kServerFactory,
                                        .purpose = "Servers are talked to",
                                        .needs = "libpq (on Debian: libpq5)"});
  if (server) return *std::move(server);
  return std::unexpected(ServerError{ServerError::Kind::connection, std::move(server.error().text),
                                     std::move(server.error().hint)});
}

}  // namespace walkit
