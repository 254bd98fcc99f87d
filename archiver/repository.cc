#include "archiver/repository.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>
#include <random>
#include <utility>

namespace walkit {
namespace {

using Kind = ArchiveError::Kind;
using nlohmann::json;

constexpr std::size_t kMaxMarkerBytes = 4096;
constexpr std::string_view kMarkerName = "walkit.json";
constexpr std::string_view kOwnerName = "owner.json";
constexpr std::string_view kIdentityName = "cluster.json";
constexpr std::string_view kSidecarSuffix = ".json";
constexpr std::size_t kVariantDigits = 16;

std::unexpected<ArchiveError> fail(Kind kind, std::string text, std::string hint = {}) {
  return std::unexpected(ArchiveError{.kind = kind, .text = std::move(text), .hint = std::move(hint)});
}

std::string random_id() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 4; ++i) id += fmt::format("{:08x}", random());
  return id;
}

ByteSpan bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

// Small files of JSON that only walkit writes.
ArchiveResult<json> read_json(Store& store, const std::string& name) {
  const auto bytes = read_object(store, name, kMaxMarkerBytes);
  if (!bytes) return std::unexpected(archive_error(bytes.error()));
  const auto* text = reinterpret_cast<const char*>(bytes->data());
  json parsed = json::parse(text, text + bytes->size(), nullptr, false);
  if (!parsed.is_object()) return fail(Kind::damaged, fmt::format("\"{}/{}\" is damaged", store.url(), name));
  return parsed;
}

template <typename T>
std::optional<T> number_of(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  const auto value = found->get<std::uint64_t>();
  if (!std::in_range<T>(value)) return std::nullopt;
  return static_cast<T>(value);
}

std::optional<std::uint64_t> parse_identifier(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

ArchiveResult<std::string> repository_id(Store& store, const std::string& cluster) {
  const std::string name = fmt::format("{}/{}", cluster, kMarkerName);
  const auto marker = read_json(store, name);
  if (!marker) return std::unexpected(marker.error());
  const auto format = number_of<int>(*marker, "format");
  const auto id = marker->find("id");
  if (!format || id == marker->end() || !id->is_string())
    return fail(Kind::damaged, fmt::format("\"{}/{}\" is damaged", store.url(), name));
  if (*format > kRepositoryFormat)
    return fail(Kind::wrong_place,
                fmt::format("the repository \"{}/{}\" has format {}, this walkit knows formats up to {}",
                            store.url(), cluster, *format, kRepositoryFormat),
                "Use the newer walkit that made it.");
  return id->get<std::string>();
}

bool is_absent(const ArchiveError& error) {
  return error.kind == Kind::store && error.store == StoreError::Kind::absent;
}

bool is_variant_digits(std::string_view text) {
  return text.size() == kVariantDigits &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

ArchiveError archive_error(const StoreError& error) {
  const auto kind = error.kind == StoreError::Kind::timeout ? Kind::timeout : Kind::store;
  const bool denied = error.kind == StoreError::Kind::denied;
  return {.kind = kind,
          .text = error.text,
          .hint = denied ? "Its owner may write to an archive, and its group read it: see whose it is." : "",
          .store = error.kind};
}

std::string describe(const ClusterIdentity& identity) {
  return fmt::format("system identifier {} (PostgreSQL {}, {} MiB segments)", identity.system_identifier,
                     identity.major, identity.segment_size_bytes >> 20);
}

bool valid_cluster_name(std::string_view name) {
  if (name.empty() || name.size() > 128 || name.front() == '.') return false;
  return std::ranges::all_of(name, [](unsigned char c) {
    return (c < 0x80 && std::isalnum(c) != 0) || c == '-' || c == '_' || c == '.';
  });
}

std::optional<ObjectName> parse_object_name(std::string_view text) {
  ObjectName name;
  name.codec = Codec::none;
  for (const Codec codec : {Codec::zstd, Codec::lz4}) {
    if (!text.ends_with(object_suffix(codec))) continue;
    name.codec = codec;
    text.remove_suffix(object_suffix(codec).size());
    break;
  }
  if (name.codec == Codec::none && text.ends_with(kSidecarSuffix)) {
    name.sidecar = true;
    text.remove_suffix(kSidecarSuffix.size());
  }
  if (const std::size_t tilde = text.find('~'); tilde != text.npos) {
    name.variant = text.substr(tilde + 1);
    if (!is_variant_digits(name.variant)) return std::nullopt;
    text = text.substr(0, tilde);
  }
  const auto wal = parse_wal_file_name(text);
  if (!wal) return std::nullopt;
  name.file = text;
  name.wal = *wal;
  return name;
}

ArchiveResult<Repository> Repository::open(Store& store, std::string cluster,
                                           const std::optional<std::string>& used_before) {
  if (const auto there = store.probe(); !there) return std::unexpected(archive_error(there.error()));
  auto id = repository_id(store, cluster);
  if (!id && is_absent(id.error()))
    return fail(Kind::missing,
                fmt::format("there is no repository for cluster \"{}\" in \"{}\"", cluster, store.url()),
                "Check --repo and --cluster, and that its disk is mounted; \"walkit init\" makes a new one.");
  if (!id) return std::unexpected(id.error());
  if (used_before && *used_before != *id)
    return fail(
        Kind::wrong_place,
        fmt::format("the repository \"{}/{}\" has the id {}, the one used before has {}", store.url(),
                    cluster, *id, *used_before),
        "Is another disk mounted there? If it was replaced on purpose, remove the file \"repository\" from "
        "the server's directory in the spool.");
  return Repository(store, std::move(cluster), std::move(*id));
}

ArchiveResult<Repository> Repository::open_or_create(Store& store, std::string cluster) {
  auto repository = open(store, cluster);
  if (repository || repository.error().kind != Kind::missing) return repository;
  const json marker = {{"format", kRepositoryFormat}, {"id", random_id()}};
  const auto written =
      write_object(store, fmt::format("{}/{}", cluster, kMarkerName), bytes_of(marker.dump() + "\n"));
  if (!written && written.error().kind != StoreError::Kind::exists)
    return std::unexpected(archive_error(written.error()));
  return open(store, std::move(cluster));
}

std::string Repository::describe() const { return fmt::format("{}/{}", store_->url(), cluster_); }

std::string Repository::path(std::string_view rest) const { return fmt::format("{}/{}", cluster_, rest); }

std::string Repository::identity_directory(std::uint64_t system_identifier) const {
  return path(std::to_string(system_identifier));
}

ArchiveResult<std::vector<ClusterIdentity>> Repository::identities() const {
  const auto directories = store_->list_directories(cluster_);
  if (!directories) return std::unexpected(archive_error(directories.error()));
  std::vector<ClusterIdentity> identities;
  for (const std::string& directory : *directories) {
    const auto identifier = parse_identifier(directory.substr(directory.rfind('/') + 1));
    if (!identifier) continue;
    const std::string name = fmt::format("{}/{}", identity_directory(*identifier), kIdentityName);
    const auto parsed = read_json(*store_, name);
    if (!parsed && is_absent(parsed.error())) continue;
    if (!parsed) return std::unexpected(parsed.error());
    const auto major = number_of<int>(*parsed, "major");
    const auto size = number_of<std::uint32_t>(*parsed, "segment_size_bytes");
    if (!major || !size || !valid_segment_size(*size))
      return fail(Kind::damaged, fmt::format("\"{}/{}\" is damaged", store_->url(), name));
    identities.push_back({*identifier, *major, *size});
  }
  return identities;
}

ArchiveResult<void> Repository::admit(const ClusterIdentity& identity, bool upgrade) const {
  const auto known = identities();
  if (!known) return std::unexpected(known.error());
  for (const ClusterIdentity& other : *known) {
    if (other == identity) return {};
    if (other.system_identifier == identity.system_identifier)
      return refuse(identity, walkit::describe(other));
  }
  if (!upgrade) {
    if (!known->empty()) return refuse(identity, walkit::describe(known->back()));
    if (const auto claimed = claim(identity); !claimed) return claimed;
  }
  const json content = {{"major", identity.major}, {"segment_size_bytes", identity.segment_size_bytes}};
  const std::string name =
      fmt::format("{}/{}", identity_directory(identity.system_identifier), kIdentityName);
  const auto written = write_object(*store_, name, bytes_of(content.dump() + "\n"));
  if (!written && written.error().kind != StoreError::Kind::exists)
    return std::unexpected(archive_error(written.error()));
  return {};
}

// Of two servers that archive to a new repository at the same time one becomes its owner.
ArchiveResult<void> Repository::claim(const ClusterIdentity& identity) const {
  const std::string name = path(kOwnerName);
  const std::string digits = std::to_string(identity.system_identifier);
  const auto written =
      write_object(*store_, name, bytes_of(json{{"system_identifier", digits}}.dump() + "\n"));
  if (written) return {};
  if (written.error().kind != StoreError::Kind::exists)
    return std::unexpected(archive_error(written.error()));
  const auto owner = read_json(*store_, name);
  if (!owner) return std::unexpected(owner.error());
  const auto found = owner->find("system_identifier");
  const std::string other = found != owner->end() && found->is_string() ? found->get<std::string>() : "?";
  if (other == digits) return {};
  return refuse(identity, fmt::format("WAL of system identifier {}", other));
}

ArchiveResult<void> Repository::refuse(const ClusterIdentity& identity, std::string_view held) const {
  return fail(Kind::wrong_place,
              fmt::format("the file is of {}, the repository \"{}\" holds {}", walkit::describe(identity),
                          describe(), held),
              "Use another --cluster for another server; after pg_upgrade, \"walkit init --upgrade\".");
}

ArchiveResult<ClusterIdentity> Repository::identity(std::optional<std::uint64_t> system_identifier) const {
  const auto known = identities();
  if (!known) return std::unexpected(known.error());
  if (!system_identifier) {
    if (known->size() == 1) return known->front();
    return fail(Kind::wrong_place,
                fmt::format("the repository \"{}\" holds WAL of {} servers", describe(), known->size()),
                known->empty() ? "Nothing has been archived yet." : "Choose one with --system-identifier.");
  }
  for (const ClusterIdentity& identity : *known)
    if (identity.system_identifier == *system_identifier) return identity;
  return fail(
      Kind::wrong_place,
      fmt::format("the server has system identifier {}, the repository \"{}\" holds {}", *system_identifier,
                  describe(), known->empty() ? "no WAL" : walkit::describe(known->back())),
      "Check --repo and --cluster.");
}

std::string Repository::directory_of(std::uint64_t system_identifier, const WalFileName& name) const {
  const std::string directory = identity_directory(system_identifier);
  if (name.kind != WalFileKind::segment) return directory;
  return fmt::format("{}/{:08X}{:08X}", directory, name.segment.timeline.value, name.segment.log);
}

std::string Repository::object_name(std::uint64_t system_identifier, std::string_view file,
                                    const WalFileName& name, Codec codec, std::string_view variant) const {
  return fmt::format("{}/{}{}{}{}", directory_of(system_identifier, name), file, variant.empty() ? "" : "~",
                     variant, object_suffix(codec));
}

}  // namespace walkit
