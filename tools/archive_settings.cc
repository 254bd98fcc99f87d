#include "tools/archive_settings.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "archiver/repository.h"
#include "tools/quantities.h"
#include "tools/version_info.h"

namespace walkit {
namespace {

constexpr const char* kDefaultSpool = "/var/lib/walkit/spool";
constexpr int kMaxKeepDays = 36500;

template <typename Choice>
using Words = std::initializer_list<std::pair<std::string_view, Choice>>;

// Reads one option after the other; the first that is wrong is the one to report.
class SettingsReader {
 public:
  explicit SettingsReader(const ParsedOptions& options) : options_(options) {}

  // What was given, else what the table says; nullopt if there is neither.
  std::optional<std::string> text(OptionId id) const {
    if (const std::string* given = options_.find(id)) return *given;
    const std::string_view standard = find_option(id, options_.command).standard;
    if (standard.empty()) return {};
    return std::string(standard);
  }

  // Sets `to` to what `parse` makes of the option; `expected` says what it would have made something of.
  template <typename Value, typename Parse>
  void read(OptionId id, Value& to, std::string_view expected, Parse parse) {
    if (!error_.empty()) return;
    const auto given = text(id);
    if (!given) return;
    if (auto value = parse(*given))
      to = *std::move(value);
    else
      refuse(id, expected);
  }

  template <typename Choice>
  void read_word(OptionId id, Choice& to, Words<Choice> words) {
    std::string names;
    for (const auto& [name, choice] : words) {
      if (!names.empty()) names += " or ";
      names += name;
    }
    read(id, to, names, [words](std::string_view given) -> std::optional<Choice> {
      for (const auto& [name, choice] : words)
        if (name == given) return choice;
      return {};
    });
  }

  template <typename Number>
  void read_number(OptionId id, Number& to, std::type_identity_t<Number> lowest,
                   std::type_identity_t<Number> highest) {
    read(id, to, fmt::format("a number from {} to {}", lowest, highest),
         [=](std::string_view given) { return parse_number<Number>(given, lowest, highest); });
  }

  void read_size(OptionId id, auto& to) {
    read(id, to, "a size such as 256MiB", [](std::string_view given) {
      auto size = parse_size(given);
      return size == 0 ? std::nullopt : size;
    });
  }

  // Only what is typed may be relative: archive_command runs in the data directory, and whoever writes a
  // configuration does not think of that.
  void read_path(OptionId id, auto& to) {
    const OptionValue* given = options_.given(id);
    const bool typed = given != nullptr && given->origin == Origin::line && options_.command != Command::init;
    read(id, to, "an absolute path", [typed](std::string path) -> std::optional<std::string> {
      if (path.empty() || (!typed && path.front() != '/') || path.find('\n') != std::string::npos) return {};
      return path;
    });
  }

  void refuse(OptionId id, std::string_view expected) {
    if (!error_.empty()) return;
    error_ = invalid_value(options_, id, expected);
  }
  void refuse(std::string text) {
    if (error_.empty()) error_ = std::move(text);
  }

  const ParsedOptions& options() const { return options_; }
  const std::string& error() const { return error_; }

 private:
  const ParsedOptions& options_;
  std::string error_;
};

int standard_jobs(Command command) {
  const int cpus = default_jobs();
  return command == Command::push ? std::max(1, cpus / 2) : cpus;
}

// A default that cannot be used is none; a spool that was asked for is for its user to complain about.
std::optional<std::string> standard_spool() {
  if (::access(kDefaultSpool, W_OK | X_OK) != 0) return {};
  return kDefaultSpool;
}

void read_place(SettingsReader& reader, ArchiveSettings& settings) {
  reader.read_path(OptionId::repo, settings.repo);
  reader.read(OptionId::cluster, settings.cluster, "letters, digits, \"-\", \"_\" and \".\"",
              [](std::string name) {
                return valid_cluster_name(name) ? std::optional(std::move(name)) : std::nullopt;
              });
  reader.read(OptionId::system_identifier, settings.system_identifier, "a number as pg_controldata prints it",
              [](std::string_view given) {
                return parse_number<std::uint64_t>(given, 1, std::numeric_limits<std::uint64_t>::max());
              });
  const Command command = reader.options().command;
  if (settings.repo.empty() && command != Command::init && command != Command::verify)
    reader.refuse(
        "no repository specified: there is --repo, WALKIT_REPO, and repo in the configuration file");
}

void read_storing(SettingsReader& reader, ArchiveSettings& settings) {
  reader.read(OptionId::codec, settings.codec, "none, lz4 or zstd", parse_codec);
  reader.read_number(OptionId::level, settings.codec.level, 1, std::numeric_limits<int>::max());
  if (reader.options().has(OptionId::level) && !valid_level(settings.codec))
    reader.refuse(OptionId::level, fmt::format("1 to {} with {}", highest_level(settings.codec.codec),
                                               codec_name(settings.codec.codec)));
  settings.spool = standard_spool();
  reader.read_path(OptionId::spool, settings.spool);
  reader.read(OptionId::mode, settings.modes.file,
              "octal permissions such as 0640, for the owner to read and write and for others not to write",
              parse_file_mode);
  settings.modes.directory = directory_mode(settings.modes.file);
  reader.read(OptionId::group, settings.modes.group, "the name of a group", find_group);
  settings.jobs = standard_jobs(reader.options().command);
  reader.read(OptionId::jobs, settings.jobs, "a number from 1 to 1024", parse_jobs);
  reader.read(OptionId::timeout, settings.timeout, "a duration such as 500ms, 60s or 5min",
              [](std::string_view given) {
                const auto duration = parse_duration(given);
                return duration == std::chrono::milliseconds(0) ? std::nullopt : duration;
              });
}

void read_push(SettingsReader& reader, ArchiveSettings::Push& push) {
  constexpr std::uint32_t kMaxBatch = 65536;
  reader.read_number(OptionId::batch_segments, push.batch_segments, 1, kMaxBatch);
  reader.read_size(OptionId::batch_bytes, push.batch_bytes);
  reader.read_word<OnCorrupt>(OptionId::on_corrupt, push.on_corrupt,
                              {{"warn", OnCorrupt::warn}, {"fail", OnCorrupt::fail}});
  reader.read_word<OnConflict>(OptionId::on_conflict, push.on_conflict,
                               {{"fail", OnConflict::fail}, {"variant", OnConflict::variant}});
  push.mark_done = reader.options().has(OptionId::mark_done);
  push.backfill = reader.options().has(OptionId::backfill);
  reader.read_path(OptionId::metrics_file, push.metrics_file);
}

void read_get(SettingsReader& reader, ArchiveSettings::Get& get) {
  constexpr std::uint32_t kMaxPrefetch = 4096;
  reader.read_number(OptionId::prefetch, get.prefetch_segments, 0, kMaxPrefetch);
  reader.read_size(OptionId::prefetch_bytes, get.prefetch_bytes);
  reader.read_word<OnStandbyError>(OptionId::standby_on_error, get.on_standby_error,
                                   {{"retry", OnStandbyError::retry}, {"stop", OnStandbyError::stop}});
  get.allow_gap = reader.options().has(OptionId::allow_gap);
  get.partial = reader.options().has(OptionId::partial);
}

std::optional<SegmentName> segment_of(std::string_view name) {
  const auto file = parse_wal_file_name(name);
  if (!file || file->kind == WalFileKind::history) return {};
  return file->segment;
}

std::optional<std::chrono::days> days_of(std::string_view text) {
  const auto days = parse_number<int>(text, 1, kMaxKeepDays);
  if (!days) return {};
  return std::chrono::days(*days);
}

// What is given in the place that comes first counts: the command line replaces what the configuration file
// says.
std::vector<OptionId> chosen_retention(const ParsedOptions& options) {
  std::vector<OptionId> chosen;
  Origin first = Origin::global_section;
  for (const OptionId id : {OptionId::keep_from, OptionId::keep_days, OptionId::keep_bytes}) {
    const OptionValue* given = options.given(id);
    if (given == nullptr || given->origin > first) continue;
    if (given->origin < first) chosen.clear();
    first = given->origin;
    chosen.push_back(id);
  }
  return chosen;
}

void read_retention(SettingsReader& reader, Retention& keep) {
  const std::vector<OptionId> chosen = chosen_retention(reader.options());
  if (chosen.empty()) return;
  const auto name = [&chosen](std::size_t i) { return find_option(chosen[i], Command::expire).name; };
  if (chosen.size() > 1)
    return reader.refuse(fmt::format("only one of --{} and --{} can be given", name(0), name(1)));
  switch (chosen.front()) {
    case OptionId::keep_from:
      return reader.read(chosen.front(), keep.from, "the name of a segment", segment_of);
    case OptionId::keep_days:
      return reader.read(chosen.front(), keep.days, fmt::format("a number from 1 to {}", kMaxKeepDays),
                         days_of);
    default:
      return reader.read_size(chosen.front(), keep.bytes);
  }
}

}  // namespace

std::expected<ArchiveSettings, std::string> read_archive_settings(const ParsedOptions& options) {
  SettingsReader reader(options);
  ArchiveSettings settings;
  read_place(reader, settings);
  read_storing(reader, settings);
  read_push(reader, settings.push);
  read_get(reader, settings.get);
  read_retention(reader, settings.expire.keep);
  settings.expire.dry_run = options.has(OptionId::dry_run);
  settings.expire.yes = options.has(OptionId::yes);
  settings.json = options.has(OptionId::json);
  settings.upgrade = options.has(OptionId::upgrade);
  if (const std::string* connection = options.find(OptionId::connection)) settings.connection = *connection;
  for (const auto& [id, time] :
       {std::pair(OptionId::since, &settings.since), {OptionId::until, &settings.until}})
    reader.read(id, *time, "a time in UTC such as \"2026-11-23 04:30\"", parse_moment);
  if (!reader.error().empty()) return std::unexpected(reader.error());
  return settings;
}

std::optional<std::string> missing_repo(const ParsedOptions& options) {
  if (options.has(OptionId::repo)) return {};
  for (const OptionId id : {OptionId::since, OptionId::until})
    if (options.has(id))
      return fmt::format("option --{} needs an archive to choose from: --repo",
                         find_option(id, options.command).name);
  return {};
}

}  // namespace walkit
