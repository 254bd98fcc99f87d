#include "feed/io/data_directory_reader.h"

#include <fmt/format.h>
#include <signal.h>

#include <cerrno>
#include <charconv>

#include "feed/catalog_consistency.h"
#include "feed/catalog_loader.h"
#include "feed/io/directory_files.h"
#include "walreader/backup_history.h"

namespace walkit {
namespace {

constexpr std::string_view kControlFile = "global/pg_control";
constexpr std::string_view kLabelFile = "backup_label";
constexpr std::string_view kPidFile = "postmaster.pid";
constexpr std::size_t kMaxLabelSize = 65536;

std::string_view text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::unexpected<std::string> invalid_file(const DataFiles& files, std::string_view path,
                                          std::string_view why) {
  return std::unexpected(fmt::format("invalid file {}: {}", files.quoted(path), why));
}

/// The process that postmaster.pid names; its first line is the number (miscadmin.h), negative for a server
/// in single-user mode. A file left behind by a crash names none that lives.
std::expected<void, std::string> refuse_running_server(DirectoryFiles& files) {
  constexpr std::size_t kMaxNumber = 32;
  const auto content = files.read(kPidFile, kMaxNumber);
  if (!content) return std::unexpected(content.error());
  if (!*content) return {};
  std::string_view text = text_of(**content);
  if (text.starts_with('-')) text.remove_prefix(1);
  ::pid_t process = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), process);
  if (error != std::errc{} || process <= 1) return {};
  if (::kill(process, 0) != 0 && errno != EPERM) return {};
  return std::unexpected(
      fmt::format("a server is running in \"{}\" (process {}); name the server (\"host=...\"), stop it, "
                  "or use a base backup (pg_basebackup)",
                  files.directory(), process));
}

std::expected<PgControl, std::string> read_control(DataFiles& files) {
  const auto content = files.read(kControlFile, kPgControlFileSize);
  if (!content) return std::unexpected(content.error());
  if (!*content)
    return std::unexpected(
        fmt::format("there is no file {}, which every data directory has", files.quoted(kControlFile)));
  auto control = parse_pg_control(**content);
  if (!control) return invalid_file(files, kControlFile, control.error());
  return *control;
}

/// TABLESPACE_VERSION_DIRECTORY.
std::string version_directory(const PgControl& control) {
  return fmt::format("PG_{}_{}", control.major, control.catalog_version);
}

}  // namespace

DataDirectoryReader::DataDirectoryReader(std::unique_ptr<DataFiles> files, const PgControl& control)
    : files_(std::move(files)),
      control_(control),
      start_(control.redo),
      checkpoint_(control.checkpoint),
      timeline_(control.timeline),
      pages_(*files_, version_directory(control), control.page_checksums) {}

std::expected<std::unique_ptr<DataDirectoryReader>, std::string> DataDirectoryReader::open(
    std::string directory) {
  auto files = DirectoryFiles::open(std::move(directory));
  if (!files) return std::unexpected(files.error());
  if (auto stopped = refuse_running_server(*files); !stopped) return std::unexpected(stopped.error());
  return open(std::make_unique<DirectoryFiles>(*std::move(files)));
}

std::expected<std::unique_ptr<DataDirectoryReader>, std::string> DataDirectoryReader::open(
    std::unique_ptr<DataFiles> files) {
  const auto control = read_control(*files);
  if (!control) return std::unexpected(control.error());
  if (files->in_use() && !control->full_page_writes)
    return std::unexpected(
        "full_page_writes was off at the server's last checkpoint, so that WAL from there on lacks pages: "
        "turn "
        "it on, run CHECKPOINT and start again");
  std::unique_ptr<DataDirectoryReader> reader(new DataDirectoryReader(std::move(files), *control));
  if (auto label = reader->read_label(); !label) return std::unexpected(label.error());
  return reader;
}

// A running server has a label only while somebody copies its files, which are not read as that copy.
std::expected<void, std::string> DataDirectoryReader::read_label() {
  if (files_->in_use()) return {};
  const auto content = files_->read(kLabelFile, kMaxLabelSize);
  if (!content) return std::unexpected(content.error());
  if (!*content) return {};
  const auto label = parse_backup_label(text_of(**content));
  if (!label) return invalid_file(*files_, kLabelFile, label.error());
  is_backup_ = true;
  start_ = label->start;
  checkpoint_ = label->checkpoint;
  if (label->timeline.value != 0) timeline_ = label->timeline;
  return {};
}

// Of a map that a server changed after start() it cannot be told which files the catalogs were in before.
std::expected<std::optional<RelationMap>, std::string> DataDirectoryReader::read_map(Oid tablespace,
                                                                                     Oid database) {
  const std::string path = pages_.database_directory(tablespace, database) + "/pg_filenode.map";
  const auto content = files_->read(path, kMaxRelationMapFileSize + 1);
  if (!content) return std::unexpected(content.error());
  if (!*content) return std::nullopt;
  auto map = parse_relation_map(**content);
  if (!map) return invalid_file(*files_, path, map.error());
  const auto changed = files_->written_after(path, control_.checkpoint_time);
  if (!changed) return std::unexpected(changed.error());
  if (*changed)
    return invalid_file(*files_, path,
                        "it was replaced since the last checkpoint (VACUUM FULL, CLUSTER or REINDEX of "
                        "catalogs, or a database being created); run CHECKPOINT and start again");
  return std::move(*map);
}

void DataDirectoryReader::begin_at(const Checkpoint& checkpoint) {
  control_.next_xid = checkpoint.next_xid;
  control_.next_multixact = checkpoint.next_multixact;
  control_.oldest_active_xid = checkpoint.oldest_active_xid;
}

// A database can be dropped while a running server's are read: after that it is no more among its files.
std::expected<std::unique_ptr<Catalog>, std::string> DataDirectoryReader::read_catalog() {
  constexpr int kMoreAttempts = 2;
  auto catalog = try_read_catalog();
  for (int attempt = 0; !catalog && files_->in_use() && attempt < kMoreAttempts; ++attempt)
    catalog = try_read_catalog();
  if (catalog || !files_->in_use()) return catalog;
  return std::unexpected(
      fmt::format("{}; if catalogs were rewritten since the last checkpoint (VACUUM FULL, CLUSTER), run "
                  "CHECKPOINT and start again",
                  catalog.error()));
}

std::expected<std::unique_ptr<Catalog>, std::string> DataDirectoryReader::try_read_catalog() {
  auto log = TransactionFiles::open(*files_, control_, control_.next_xid);
  if (!log) return std::unexpected(log.error());
  transactions_.emplace(std::move(*log));
  auto shared = read_map(kGlobalTablespace, 0);
  if (!shared) return std::unexpected(shared.error());
  if (!*shared) return invalid_file(*files_, "global/pg_filenode.map", "there is none");

  auto catalog = std::make_unique<Catalog>(major());
  catalog->set_map(0, std::move(**shared));
  CatalogLoader loader(*catalog, pages_, *transactions_);
  if (auto done = loader.load_database_rows(); !done) return std::unexpected(done.error());
  for (const DatabaseRow& row : catalog->database_rows())
    if (auto done = read_database(*catalog, row); !done) return std::unexpected(done.error());
  return catalog;
}

std::expected<void, std::string> DataDirectoryReader::expect_dropped(const DatabaseRow& row) {
  const std::string directory = pages_.database_directory(row.tablespace, row.oid);
  const auto version = files_->read(directory + "/PG_VERSION", 1);
  if (!version) return std::unexpected(version.error());
  if (*version) return invalid_file(*files_, directory + "/pg_filenode.map", "there is none");
  const auto siblings = files_->list(directory.substr(0, directory.rfind('/')));
  if (!siblings) return std::unexpected(siblings.error());
  if (!changed_while_copied() || siblings->empty())
    return std::unexpected(
        fmt::format("directory {} of database \"{}\" is missing", files_->quoted(directory), row.name));
  return {};
}

// A database without a directory was dropped after the start: WAL says so, too.
std::expected<void, std::string> DataDirectoryReader::read_database(Catalog& catalog,
                                                                    const DatabaseRow& row) {
  auto map = read_map(row.tablespace, row.oid);
  if (!map) return std::unexpected(map.error());
  if (!*map) return expect_dropped(row);
  DatabaseCatalog& database = catalog.add_database(row.oid, row.tablespace);
  database.map = std::move(**map);
  database.map_may_be_later = changed_while_copied();
  if (auto done = CatalogLoader(catalog, pages_, *transactions_).load_database(row.oid); !done) return done;
  if (changed_while_copied()) return {};
  const auto found = contradiction(database);
  if (!found) return {};
  return std::unexpected(fmt::format("the catalogs of database \"{}\" in {} are damaged: {}", row.name,
                                     files_->quoted(pages_.database_directory(row.tablespace, row.oid)),
                                     *found));
}

}  // namespace walkit
