#include "tools/opened_catalog.h"

#include <fmt/format.h>

#include "feed/io/directory_files.h"
#include "live/flush_position.h"
#include "live/server_files.h"
#include "tools/pg_module.h"
#include "walreader/pg_control.h"

namespace walkit {
namespace {

constexpr std::chrono::seconds kTimeout{30};
constexpr std::chrono::seconds kFollowTimeout{5};  // in which nobody sees that the user wants to end

std::expected<ServerConnection, std::string> connection_to(const std::string& connection,
                                                           std::chrono::milliseconds timeout = kTimeout) {
  auto server = load_server_module();
  if (!server) return std::unexpected(error_line(server.error()));
  return ServerConnection(*std::move(server), connection, timeout);
}

std::expected<void, std::string> expect_data_directory(const std::string& directory,
                                                       std::uint64_t system_identifier) {
  constexpr std::string_view kControlFile = "global/pg_control";
  auto files = DirectoryFiles::open(directory);
  if (!files) return std::unexpected(files.error());
  const auto content = files->read(kControlFile, kPgControlFileSize);
  if (!content) return std::unexpected(content.error());
  const auto control = parse_pg_control(content->value_or(std::vector<std::byte>()));
  if (!control || control->system_identifier != system_identifier)
    return std::unexpected(fmt::format("\"{}\" is not that server's here", directory));
  return {};
}

}  // namespace

bool is_connection(std::string_view catalog) {
  if (catalog.starts_with('/') || catalog.starts_with('.')) return false;
  return catalog.starts_with("postgres://") || catalog.starts_with("postgresql://") || catalog.contains('=');
}

std::expected<std::unique_ptr<DataDirectoryReader>, std::string> open_catalog(const std::string& catalog) {
  if (!is_connection(catalog)) return DataDirectoryReader::open(catalog);
  auto connection = connection_to(catalog);
  if (!connection) return std::unexpected(std::move(connection).error());
  auto files = ServerFiles::open(*std::move(connection));
  if (!files) return std::unexpected(error_line(files.error()));
  return DataDirectoryReader::open(*std::move(files));
}

std::expected<std::string, std::string> find_server_wal(const std::string& connection,
                                                        std::uint64_t system_identifier) {
  auto server = connection_to(connection);
  if (!server) return std::unexpected(std::move(server).error());
  // pg_settings leaves out what the role may not see.
  const auto rows = server->query("SELECT setting FROM pg_settings WHERE name = 'data_directory'");
  if (!rows) return std::unexpected(error_line(rows.error()));
  if (rows->empty() || rows->front().size() != 1)
    return std::unexpected("the role may not see where the data directory is (GRANT pg_read_all_settings)");
  const std::string directory = rows->front()[0].value_or("");
  if (auto here = expect_data_directory(directory, system_identifier); !here)
    return std::unexpected(here.error());
  return directory + "/pg_wal";
}

std::expected<Lsn, std::string> server_wal_end(const std::string& connection,
                                               std::uint64_t system_identifier) {
  auto server = connection_to(connection);
  if (!server) return std::unexpected(std::move(server).error());
  return FlushPosition(*std::move(server), system_identifier).now();
}

std::function<std::expected<Lsn, std::string>()> follow_server_wal(std::string connection,
                                                                   std::uint64_t system_identifier) {
  auto server = connection_to(connection, kFollowTimeout);
  if (!server)
    return [error = server.error()] { return std::expected<Lsn, std::string>(std::unexpect, error); };
  auto position = std::make_shared<FlushPosition>(*std::move(server), system_identifier);
  return [position] { return position->now(); };
}

}  // namespace walkit
