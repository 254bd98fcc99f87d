#include "live/server_facts.h"

#include <algorithm>
#include <charconv>

#include "walreader/segment_name.h"

namespace walkit {
namespace {

template <typename Number>
std::optional<Number> number_of(const std::optional<std::string>& text) {
  Number number{};
  if (!text) return {};
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || end != text->data() + text->size()) return {};
  return number;
}

std::unexpected<ServerError> unexpected_answer() {
  return std::unexpected(ServerError{
      ServerError::Kind::refused, "the server's answer is not what a PostgreSQL server says", {}});
}

// One row of so many columns.
ServerResult<Row> ask_row(Server& server, const std::string& sql, std::size_t columns, Deadline deadline) {
  auto rows = server.query(sql, deadline);
  if (!rows) return std::unexpected(std::move(rows).error());
  if (rows->size() != 1 || rows->front().size() != columns) return unexpected_answer();
  return std::move(rows->front());
}

constexpr const char* kFunctions[] = {kControlFunction, kRestorePointFunction, kSwitchFunction};

}  // namespace

const std::string* ServerFacts::setting(const std::string& name) const {
  const auto found = settings.find(name);
  return found == settings.end() ? nullptr : &found->second;
}

bool ServerFacts::may_execute(const std::string& function) const {
  return std::ranges::find(refused_functions, function) == refused_functions.end();
}

std::optional<ClusterIdentity> ServerFacts::identity() const {
  const std::string* size = setting("wal_segment_size");
  const auto bytes = size == nullptr ? std::nullopt : number_of<std::uint32_t>(*size);
  if (!system_identifier || !bytes || !valid_segment_size(*bytes)) return {};
  return ClusterIdentity{*system_identifier, major(), *bytes};
}

ServerResult<ServerFacts> read_server_role(Server& server, Deadline deadline) {
  const auto row = ask_row(server,
                           "SELECT current_setting('server_version_num'), current_setting('server_version'), "
                           "pg_is_in_recovery(), quote_ident(current_user::text)",
                           4, deadline);
  if (!row) return std::unexpected(row.error());
  const auto version_num = number_of<int>((*row)[0]);
  if (!version_num) return unexpected_answer();
  ServerFacts facts;
  facts.version_num = *version_num;
  facts.version = (*row)[1].value_or("");
  facts.is_standby = (*row)[2] == "t";
  facts.user = (*row)[3].value_or("");
  return facts;
}

ServerResult<void> read_server_settings(Server& server, ServerFacts& facts, Deadline deadline) {
  // pg_settings leaves out what the user may not see
  const auto settings = server.query(
      "SELECT name, setting FROM pg_settings WHERE name IN ('wal_level', 'archive_mode', 'archive_command', "
      "'archive_library', 'archive_timeout', 'restore_command', 'full_page_writes', 'data_directory', "
      "'wal_segment_size')",
      deadline);
  if (!settings) return std::unexpected(settings.error());
  for (const Row& row : *settings) {
    if (row.size() != 2 || !row[0]) return unexpected_answer();
    facts.settings[*row[0]] = row[1].value_or("");
  }
  for (const char* function : kFunctions) {
    const auto row = ask_row(
        server, std::string("SELECT has_function_privilege('") + function + "', 'EXECUTE')", 1, deadline);
    if (!row) return std::unexpected(row.error());
    if (row->front() != "t") facts.refused_functions.emplace_back(function);
  }
  if (!facts.may_execute(kControlFunction)) return {};
  const auto row = ask_row(server, "SELECT system_identifier FROM pg_control_system()", 1, deadline);
  if (!row) return std::unexpected(row.error());
  // SQL has no unsigned integers: identifiers beyond 2^63 come as negative ones
  const auto identifier = number_of<std::int64_t>(row->front());
  if (!identifier) return unexpected_answer();
  facts.system_identifier = static_cast<std::uint64_t>(*identifier);
  return {};
}

}  // namespace walkit
