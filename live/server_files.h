// The files of a running server's data directory, read over SQL as a base backup would read them.
//
// The server writes to them meanwhile, so what is read is as of any moment since its last checkpoint began;
// but pages are whole: each piece is read twice, until both are the same.
#pragma once

#include "feed/io/data_files.h"
#include "live/server_connection.h"

namespace walkit {

/// Keeps the kPieces pieces of kPieceBytes that were used last. After the connection broke it goes on over a
/// new one, if the same server answers.
class ServerFiles final : public DataFiles {
 public:
  static constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
  static constexpr std::size_t kPieces = 8;

  /// Connects. Refuses a role that may not read files, with the GRANTs that it lacks, and a server with
  /// full_page_writes off.
  static ServerResult<std::unique_ptr<ServerFiles>> open(ServerConnection connection);

  std::string quoted(std::string_view path) const override;
  std::expected<std::optional<std::vector<std::byte>>, std::string> read(std::string_view path,
                                                                         std::size_t limit) override;
  std::expected<bool, std::string> read_at(std::string_view path, std::uint64_t offset,
                                           std::span<std::byte> out) override;
  std::expected<std::vector<std::string>, std::string> list(std::string_view path) override;

  bool in_use() const override { return true; }
  std::expected<bool, std::string> written_after(std::string_view path, std::int64_t second) override;
  std::expected<Xid, std::string> next_xid(Xid start) override;

 private:
  using Bytes = std::optional<std::vector<std::byte>>;  // nothing: there is no such file
  struct Piece {
    std::string path;
    std::uint64_t number = 0;
    std::uint64_t last_use = 0;
    Bytes bytes;
  };

  ServerFiles(ServerConnection connection, std::string identifier)
      : connection_(std::move(connection)), identifier_(std::move(identifier)) {}
  std::expected<Bytes, std::string> fetch(std::string_view path, std::uint64_t offset, std::size_t size);
  std::expected<const Bytes*, std::string> find(std::string_view path, std::uint64_t number);
  std::unexpected<std::string> failed(std::string_view what, std::string_view path,
                                      std::string_view why) const;

  ServerConnection connection_;
  std::string identifier_;  // of the server that was asked first
  std::vector<Piece> pieces_;
  std::uint64_t uses_ = 0;
};

}  // namespace walkit
