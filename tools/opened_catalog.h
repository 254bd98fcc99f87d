// What --catalog names: a data directory, or a running server.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "feed/io/data_directory_reader.h"

namespace walkit {

/// A connection string or URI, as opposed to a path; a path that could be taken for one begins with . or /.
bool is_connection(std::string_view catalog);

/// Opens what --catalog names. The error is one line.
std::expected<std::unique_ptr<DataDirectoryReader>, std::string> open_catalog(const std::string& catalog);

/// pg_wal of the running server, if its data directory can be read here. The error is one line.
std::expected<std::string, std::string> find_server_wal(const std::string& connection,
                                                        std::uint64_t system_identifier);
/// How far the server's WAL is flushed now, or replayed on a standby. The error is one line.
std::expected<Lsn, std::string> server_wal_end(const std::string& connection,
                                               std::uint64_t system_identifier);
/// The same, to be asked again and again.
std::function<std::expected<Lsn, std::string>()> follow_server_wal(std::string connection,
                                                                   std::uint64_t system_identifier);

}  // namespace walkit
