#include "live/server_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace walkit {
namespace {

using Kind = ServerError::Kind;

constexpr int kAttempts = 20;

/// What is called here, with the arguments that EXECUTE has to be granted for.
constexpr std::string_view kFunctions[] = {"pg_read_binary_file(text, bigint, bigint, boolean)",
                                           "pg_ls_dir(text, boolean, boolean)",
                                           "pg_stat_file(text, boolean)"};

std::string literal(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) (c == '\'') ? quoted += "''" : quoted += c;
  return quoted + "'";
}

// -1: none.
int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::optional<std::vector<std::byte>> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return {};
  std::vector<std::byte> bytes(text.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return {};
    bytes[i] = static_cast<std::byte>(high << 4 | low);
  }
  return bytes;
}

ServerResult<void> expect_rights(ServerConnection& connection) {
  std::string missing;
  std::string role;
  for (const std::string_view function : kFunctions) {
    const auto row = connection.query_row(
        fmt::format("SELECT has_function_privilege({}, 'EXECUTE'), quote_ident(current_user::text), "
                    "quote_ident(current_database()::text)",
                    literal(function)),
        3);
    if (!row) return std::unexpected(row.error());
    if ((*row)[0] == "t") continue;
    role = fmt::format("{} may not read the server's files in database {}", (*row)[1].value_or("the role"),
                       (*row)[2].value_or(""));
    missing += fmt::format(" GRANT EXECUTE ON FUNCTION {} TO {};", function, (*row)[1].value_or(""));
  }
  if (missing.empty()) return {};
  return std::unexpected(ServerError{Kind::refused, role, "As a superuser there:" + missing});
}

// A standby's own setting is about nothing: its primary writes the WAL.
ServerResult<void> expect_full_page_writes(ServerConnection& connection) {
  const auto row =
      connection.query_row("SELECT pg_is_in_recovery() OR current_setting('full_page_writes')::bool", 1);
  if (!row) return std::unexpected(row.error());
  if (row->front() == "t") return {};
  return std::unexpected(
      ServerError{Kind::refused,
                  "full_page_writes is off, so that WAL lacks what would make pages whole that are read now",
                  "Turn it on and run CHECKPOINT, or use a base backup."});
}

}  // namespace

ServerResult<std::unique_ptr<ServerFiles>> ServerFiles::open(ServerConnection connection) {
  if (auto rights = expect_rights(connection); !rights) return std::unexpected(std::move(rights).error());
  if (auto on = expect_full_page_writes(connection); !on) return std::unexpected(std::move(on).error());
  auto row = connection.query_row("SELECT system_identifier FROM pg_control_system()", 1);
  if (!row) return std::unexpected(std::move(row).error());
  return std::unique_ptr<ServerFiles>(new ServerFiles(std::move(connection), row->front().value_or("")));
}

std::string ServerFiles::quoted(std::string_view path) const {
  return fmt::format("\"{}\" of the server", path);
}

std::unexpected<std::string> ServerFiles::failed(std::string_view what, std::string_view path,
                                                 std::string_view why) const {
  return std::unexpected(fmt::format("could not {} {}: {}", what, quoted(path), why));
}

// A page that is being written while it is read can come half old, half new. That takes the server
// microseconds and the next reading finds it done.
std::expected<ServerFiles::Bytes, std::string> ServerFiles::fetch(std::string_view path, std::uint64_t offset,
                                                                  std::size_t size) {
  const std::string call = fmt::format("pg_read_binary_file({}, {}, {}, true)", literal(path), offset, size);
  const std::string sql = fmt::format(
      "SELECT first IS NULL, CASE WHEN first = second THEN encode(first, 'hex') END, system_identifier "
      "FROM (SELECT {0} AS first, {0} AS second OFFSET 0) AS readings, pg_control_system()",
      call);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto row = connection_.query_row(sql, 3);
    if (!row) return failed("read file", path, error_line(row.error()));
    if ((*row)[2] != identifier_) return failed("read file", path, "another server answers now");
    if ((*row)[0] == "t") return std::nullopt;
    if (!(*row)[1]) continue;
    auto bytes = from_hex(*(*row)[1]);
    if (!bytes || bytes->size() > size)
      return failed("read file", path, "the server's answer is not its bytes");
    return bytes;
  }
  return failed("read file", path, fmt::format("it changed during each of {} readings", kAttempts));
}

std::expected<const ServerFiles::Bytes*, std::string> ServerFiles::find(std::string_view path,
                                                                        std::uint64_t number) {
  ++uses_;
  const auto known = std::ranges::find_if(
      pieces_, [&](const Piece& piece) { return piece.number == number && piece.path == path; });
  if (known != pieces_.end()) {
    known->last_use = uses_;
    return &known->bytes;
  }
  auto bytes = fetch(path, number * kPieceBytes, kPieceBytes);
  if (!bytes) return std::unexpected(std::move(bytes).error());
  Piece piece{std::string(path), number, uses_, *std::move(bytes)};
  if (pieces_.size() < kPieces) return &pieces_.emplace_back(std::move(piece)).bytes;
  Piece& oldest = *std::ranges::min_element(pieces_, {}, &Piece::last_use);
  oldest = std::move(piece);
  return &oldest.bytes;
}

std::expected<std::optional<std::vector<std::byte>>, std::string> ServerFiles::read(std::string_view path,
                                                                                    std::size_t limit) {
  return fetch(path, 0, limit);
}

std::expected<bool, std::string> ServerFiles::read_at(std::string_view path, std::uint64_t offset,
                                                      std::span<std::byte> out) {
  while (!out.empty()) {
    const auto piece = find(path, offset / kPieceBytes);
    if (!piece) return std::unexpected(piece.error());
    const std::size_t begin = offset % kPieceBytes;
    const std::size_t size = std::min(out.size(), kPieceBytes - begin);
    const Bytes& bytes = **piece;
    if (!bytes || bytes->size() < begin + size) return false;
    std::ranges::copy(std::span(*bytes).subspan(begin, size), out.begin());
    offset += size;
    out = out.subspan(size);
  }
  return true;
}

std::expected<std::vector<std::string>, std::string> ServerFiles::list(std::string_view path) {
  const auto rows = connection_.query(fmt::format(
      "SELECT name FROM pg_ls_dir({}, true, false) AS name ORDER BY name COLLATE \"C\"", literal(path)));
  if (!rows) return failed("read directory", path, error_line(rows.error()));
  std::vector<std::string> names;
  for (const Row& row : *rows)
    if (row.size() == 1 && row[0]) names.push_back(*row[0]);
  return names;
}

std::expected<bool, std::string> ServerFiles::written_after(std::string_view path, std::int64_t second) {
  const auto row = connection_.query_row(
      fmt::format("SELECT extract(epoch FROM modification) >= {} FROM pg_stat_file({}, true)", second + 1,
                  literal(path)),
      1);
  if (!row) return failed("stat file", path, error_line(row.error()));
  return row->front() == "t";
}

std::expected<Xid, std::string> ServerFiles::next_xid(Xid) {
  const auto row =
      connection_.query_row("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::numeric % 4294967296", 1);
  if (!row) return std::unexpected(error_line(row.error()));
  Xid xid = 0;
  const std::string text = row->front().value_or("");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), xid);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty())
    return std::unexpected("the server does not say its next transaction's number");
  return xid;
}

}  // namespace walkit
