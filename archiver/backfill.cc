// After a failover: what pg_wal holds and nobody archived.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "archiver/input_file.h"
#include "archiver/push.h"
#include "segments/segment_summary.h"

namespace walkit {
namespace {

namespace fs = std::filesystem;
using Kind = ArchiveError::Kind;

constexpr std::size_t kChunkBytes = std::size_t{1} << 20;

// Names of files of WAL, histories first.
ArchiveResult<std::vector<std::string>> list_wal(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (parse_wal_file_name(name)) names.push_back(name);
  }
  if (error)
    return std::unexpected(
        ArchiveError{.kind = Kind::bad_input,
                     .text = fmt::format("could not read directory \"{}\": {}", directory, error.message()),
                     .hint = {}});
  std::ranges::sort(names, [](const std::string& a, const std::string& b) {
    const bool first = a.ends_with(".history");
    return first != b.ends_with(".history") ? first : a < b;
  });
  return names;
}

// Whether the records of a segment reach its end, so that nothing more will be written to it.
ArchiveResult<bool> is_full(const InputFile& input) {
  SegmentCheck check(input.probe());
  std::vector<std::byte> chunk(kChunkBytes);
  for (std::uint64_t offset = 0;;) {
    const auto got = input.read_at(offset, chunk);
    if (!got) return std::unexpected(got.error());
    if (*got == 0) break;
    check.feed(std::span(chunk).first(*got));
    offset += *got;
  }
  return check.finish().ending == SegmentEnding::full;
}

class Backfill {
 public:
  Backfill(const Repository& repository, const ArchiveStatus& status, const PushSettings& settings,
           const PgControl& control)
      : repository_(repository),
        status_(status),
        control_(control),
        owner_{control.system_identifier, control.major, control.segment_size_bytes},
        archiver_(repository, settings.policy, bench_) {}

  void run(const std::vector<std::string>& names, Deadline deadline, PushReport& report) {
    for (const std::string& name : names) {
      if (Deadline::clock::now() >= deadline) {
        report.warnings.push_back("the time allowed by --timeout is over; the rest was not looked at");
        break;
      }
      auto wanted = is_wanted(name);
      if (wanted && !*wanted) continue;
      auto result =
          wanted ? archiver_.archive({status_.path_of(name), owner_}) : std::unexpected(wanted.error());
      const bool fatal = !result && result.error().kind != Kind::bad_input;
      report.files.push_back({name, std::move(result), true});
      if (fatal) break;
    }
  }

 private:
  ArchiveResult<bool> is_wanted(const std::string& name) const {
    const auto parsed = parse_wal_file_name(name);
    if (parsed->kind == WalFileKind::history || parsed->kind == WalFileKind::backup_history) return true;
    if (may_be_written(*parsed)) return false;
    const auto archived = find_objects(repository_, owner_.system_identifier, name, *parsed);
    if (!archived) return std::unexpected(archived.error());
    if (!archived->empty()) return false;
    const auto input = InputFile::open(status_.path_of(name));
    if (!input) return false;  // recycled for later use
    if (parsed->kind == WalFileKind::partial || status_.is_ready(name) || status_.is_done(name)) return true;
    return is_full(*input);
  }

  // The segment in which pg_control says the server last was, and whatever comes after it.
  bool may_be_written(const WalFileName& name) const {
    if (name.kind != WalFileKind::segment) return false;
    const Lsn latest = std::max(control_.checkpoint, control_.minimum_recovery_point);
    return name.segment.number(control_.segment_size_bytes).value >=
           latest.value / control_.segment_size_bytes;
  }

  const Repository& repository_;
  const ArchiveStatus& status_;
  const PgControl& control_;
  const ClusterIdentity owner_;
  Workbenches bench_{1};
  FileArchiver archiver_;
};

}  // namespace

ArchiveResult<PushReport> backfill(Store& store, const std::string& wal_directory,
                                   const PushSettings& settings, const DataDirectory& server,
                                   const Spool* spool) {
  const auto control = server.read_control();
  if (!control) return std::unexpected(control.error());
  const auto repository = open_remembered(store, settings.cluster, spool, true);
  if (!repository) return std::unexpected(repository.error());
  const auto names = list_wal(wal_directory);
  if (!names) return std::unexpected(names.error());
  PushReport report;
  if (spool != nullptr)
    if (const auto remembered = spool->remember(repository->id()); !remembered)
      report.warnings.push_back(remembered.error());
  const ArchiveStatus status = ArchiveStatus::beside(wal_directory + "/");
  Backfill(*repository, status, settings, *control).run(*names, settings.deadline, report);
  return report;
}

}  // namespace walkit
