// One cluster's part of a repository: where its files are kept, and whose they are.
//
//     <cluster>/walkit.json                                  format, random repository id
//     <cluster>/owner.json                                   the first server that archived here
//     <cluster>/<system identifier>/cluster.json             major, segment size
//     <cluster>/<system identifier>/<TLI+LOG>/<segment>.zst  or .lz4, or plain with .json beside it
//     <cluster>/<system identifier>/<TLI>.history.zst, <segment>.<offset>.backup.zst, <segment>.partial.zst
//     <...>/<segment>~<first 16 digits of its digest>.zst    a variant: another file of the same name
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archiver/store.h"
#include "segments/compress.h"
#include "segments/digest.h"
#include "walreader/segment_name.h"

namespace walkit {

inline constexpr int kRepositoryFormat = 1;

struct ArchiveError {
  enum class Kind : std::uint8_t {
    store,        ///< the store failed; see `store`
    missing,      ///< there is no repository, or it lacks what it must have
    wrong_place,  ///< it is another cluster's, another major's, of another segment size, of a newer format
    bad_input,    ///< the file to be archived cannot be read, or is not what its name says
    conflict,     ///< another file of this name with other records is archived
    damaged,      ///< an object is not what was written
    timeout,
    target,  ///< the file that is to be restored cannot be written
  };
  Kind kind = Kind::store;
  std::string text;  ///< one line, naming both sides where two do not agree
  std::string hint;  ///< what to do; may be empty
  StoreError::Kind store = StoreError::Kind::io;
};

ArchiveError archive_error(const StoreError& error);

template <typename T>
using ArchiveResult = std::expected<T, ArchiveError>;

/// What all WAL of one server has in common.
struct ClusterIdentity {
  std::uint64_t system_identifier = 0;
  int major = 0;
  std::uint32_t segment_size_bytes = 0;

  auto operator<=>(const ClusterIdentity&) const = default;
};

/// For messages that name two sides.
std::string describe(const ClusterIdentity& identity);

/// What the name of an object says.
struct ObjectName {
  std::string file;  ///< the name of the file that was archived
  WalFileName wal;   ///< the same, taken apart
  Codec codec = Codec::zstd;
  std::string variant;   ///< 16 digits of its digest, or empty
  bool sidecar = false;  ///< the header beside a plain segment

  auto operator<=>(const ObjectName& other) const { return file <=> other.file; }
};

/// Takes the last component of an object's name apart; nullopt for anything no archiver writes.
std::optional<ObjectName> parse_object_name(std::string_view last_component);

/// Borrows the store. Any thread may call any member.
class Repository {
 public:
  /// The repository as it is: `missing` without walkit.json, `wrong_place` if its format is newer, or its id
  /// another than that of the one used before.
  static ArchiveResult<Repository> open(Store& store, std::string cluster,
                                        const std::optional<std::string>& used_before = {});
  /// The same, made first if the store has none for this cluster. Racing makers get the same one.
  static ArchiveResult<Repository> open_or_create(Store& store, std::string cluster);

  Store& store() const { return *store_; }
  const std::string& cluster() const { return cluster_; }
  const std::string& id() const { return id_; }
  /// For messages: the store's URL and the cluster.
  std::string describe() const;

  /// Whose WAL it holds, by system identifier.
  ArchiveResult<std::vector<ClusterIdentity>> identities() const;
  /// Passes if the repository holds WAL of `identity`, or none of anybody, in which case it is that server's
  /// from then on. `upgrade` lets another server's in beside what is there.
  ArchiveResult<void> admit(const ClusterIdentity& identity, bool upgrade = false) const;
  /// The one with this system identifier; without one the only one there is. `wrong_place` if there is none
  /// or a choice.
  ArchiveResult<ClusterIdentity> identity(std::optional<std::uint64_t> system_identifier) const;

  std::string identity_directory(std::uint64_t system_identifier) const;
  /// The directory an archived file is in.
  std::string directory_of(std::uint64_t system_identifier, const WalFileName& name) const;
  /// The object of a file. Only segments and partial segments are ever stored plain.
  std::string object_name(std::uint64_t system_identifier, std::string_view file, const WalFileName& name,
                          Codec codec, std::string_view variant = {}) const;

 private:
  Repository(Store& store, std::string cluster, std::string id)
      : store_(&store), cluster_(std::move(cluster)), id_(std::move(id)) {}
  std::string path(std::string_view rest) const;
  ArchiveResult<void> claim(const ClusterIdentity& identity) const;
  ArchiveResult<void> refuse(const ClusterIdentity& identity, std::string_view held) const;

  Store* store_;
  std::string cluster_;
  std::string id_;
};

/// A cluster's name is a directory's: letters, digits, '-', '_' and '.', not beginning with a dot.
bool valid_cluster_name(std::string_view name);

}  // namespace walkit
