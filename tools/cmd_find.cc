#include "tools/cmd_find.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>

#include "tools/feed_input.h"
#include "tools/find_arguments.h"
#include "tools/find_report.h"
#include "tools/followed_catalog.h"
#include "tools/interrupt.h"
#include "tools/local_time.h"
#include "tools/opened_catalog.h"
#include "tools/output.h"
#include "tools/repository_input.h"
#include "walreader/rmgr/xlog.h"

namespace walkit {
namespace {

constexpr int kExitFound = 0;
constexpr int kExitNothing = 1;
constexpr int kExitUsage = 2;
constexpr int kExitInput = 3;

class FindConsumer final : public RecordConsumer {
 public:
  FindConsumer(const FindArguments& arguments, CatalogFollower* follower, const WalInput& input)
      : arguments_(arguments),
        follower_(follower),
        history_(input.history.value_or(TimelineHistory(input.source->timeline()))),
        summaries_(follower) {}

  void begin(Lsn) override {}
  bool record(const Record& record) override {
    TransactionSummary* const committed = summaries_.apply(record);
    if (const auto start = ended_backup_start(record)) ended_.push_back({*start, record.end()});
    std::vector<DestroyedName> destroyed;
    if (committed != nullptr) destroyed = names_of(committed->destroyed);
    if (follower_ != nullptr) followed_ = follower_->apply(record, committed);
    if (committed != nullptr) take(*committed, std::move(destroyed));
    report.end = record.end();
    return followed_ && !interrupted();
  }
  std::unique_ptr<UnitOutput> make_output() override { return nullptr; }  // one job makes none
  bool take(UnitOutput&, Lsn) override { return false; }

  const std::expected<void, std::string>& followed() const { return followed_; }
  const TimelineHistory& history() const { return history_; }

  /// Where the backup that began at `start` ended, if that was read.
  std::optional<Lsn> end_of_backup(Lsn start) const {
    const auto found = std::ranges::find(ended_, start, &EndedBackup::start);
    return found == ended_.end() ? std::nullopt : std::optional(found->end);
  }

  FindReport report;

 private:
  struct EndedBackup {
    Lsn start, end;
  };

  std::string database_name(Oid database) const {
    return follower_ == nullptr || database == 0 ? std::string() : follower_->database_name(database);
  }

  // Before the catalogs forget them.
  std::vector<DestroyedName> names_of(const std::vector<Destruction>& destroyed) const {
    std::vector<DestroyedName> names;
    names.reserve(destroyed.size());
    for (const Destruction& what : destroyed)
      names.push_back({what, what.tablespace ? std::string() : database_name(what.oid)});
    return names;
  }

  void take(TransactionSummary& committed, std::vector<DestroyedName> destroyed) {
    const std::uint64_t ordinal = report.committed++;
    report.last_commit = committed.commit_time;
    std::string database = database_name(committed.database);
    if (!arguments_.wants(committed, database.empty() ? std::to_string(committed.database) : database))
      return;
    ++report.matches;
    if (arguments_.limit != 0 && report.found.size() >= arguments_.limit) return;
    report.found.push_back({.summary = std::move(committed),
                            .timeline = {},
                            .database_name = std::move(database),
                            .destroyed = std::move(destroyed),
                            .ordinal = ordinal});
    report.found.back().timeline = history_.timeline_of(report.found.back().summary.target());
  }

  const FindArguments& arguments_;
  CatalogFollower* follower_;
  TimelineHistory history_;
  TransactionSummaries summaries_;
  std::vector<EndedBackup> ended_;
  std::expected<void, std::string> followed_;
};

// For a shell.
std::string quoted(std::string_view text) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:=,+@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) (c == '\'') ? quoted += "'\\''" : quoted += c;
  return quoted + "'";
}

std::string feed_command(const FindArguments& arguments) {
  std::string catalog = arguments.feed.catalog.empty() ? arguments.base_backup : arguments.feed.catalog;
  if (catalog.empty()) catalog = "BASE_BACKUP";
  std::string command = "walkit feed --catalog=" + quoted(catalog);
  if (const auto& archive = arguments.feed.archive) {
    command += " --repo=" + quoted(archive->repo) + " --cluster=" + quoted(archive->cluster);
    if (archive->system_identifier)
      command += fmt::format(" --system-identifier={}", *archive->system_identifier);
  }
  for (const std::string& operand : arguments.feed.operands) command += " " + quoted(operand);
  return command;
}

class Find {
 public:
  Find(FindArguments arguments, Messages& messages) : arguments_(std::move(arguments)), messages_(messages) {}

  int run() {
    if (!arguments_.base_backup.empty()) {
      auto backup = backup_of_directory(arguments_.base_backup);
      if (!backup) return fail(backup.error());
      base_backup_ = *std::move(backup);
    }
    return arguments_.feed.catalog.empty() ? run_without_names() : run_with_names();
  }

 private:
  int fail(std::string_view text) const {
    messages_.error(text);
    return kExitInput;
  }

  int run_without_names();
  int run_with_names();
  int search(WalInput& input, Lsn start, CatalogFollower* follower);
  void add_backups(const WalInput& input, FindConsumer& consumer) const;
  bool read_to_end(const WalInput& input, const DecodeResult& result) const;
  void print(const FindReport& report) const;

  FindArguments arguments_;
  Messages& messages_;
  std::optional<KnownBackup> base_backup_;
};

int Find::run_without_names() {
  const InputRequest request{.operands = arguments_.feed.operands,
                             .path = std::nullopt,
                             .timeline = std::nullopt,
                             .start = arguments_.feed.filter.start,
                             .end = arguments_.feed.end,
                             .jobs = 1,
                             .fixed_dialect = true};
  auto input = arguments_.feed.archive ? open_repository_input(*arguments_.feed.archive, request, messages_)
                                       : open_wal_input(request, messages_);
  if (!input) return messages_.usage_was_wrong() ? kExitUsage : kExitInput;
  if (input->format == nullptr) return fail("the WAL is not that of PostgreSQL 13 to 18, which walkit reads");
  return search(*input, input->range.start, nullptr);
}

int Find::run_with_names() {
  auto origin = FeedOrigin::open(arguments_.feed.catalog, nullptr);
  if (!origin) return fail(origin.error());
  auto input = open_feed_input(*origin, origin->position(), arguments_.feed, messages_);
  if (!input) return kExitInput;
  if (const auto begun = begin_at_checkpoint(*origin, *input); !begun) return fail(begun.error());
  FollowedCatalog names(*origin);
  if (const auto read = names.read(); !read) return fail(read.error());
  // A base backup that the catalogs are from will do to recover from, too.
  if (!base_backup_ && origin->directory() != nullptr && origin->directory()->is_backup())
    if (auto backup = backup_of_directory(arguments_.feed.catalog)) base_backup_ = *std::move(backup);
  return search(*input, origin->position(), &names.follower());
}

int Find::search(WalInput& input, Lsn start, CatalogFollower* follower) {
  stop_on_interrupt();
  FindConsumer consumer(arguments_, follower, input);
  const DecodeResult result =
      decode_in_order(*input.source, *input.format, {start, input.range.end}, 1, consumer);
  if (!consumer.followed()) return fail(consumer.followed().error());
  FindReport& report = consumer.report;
  report.major = input.format->major;
  report.feed_command = feed_command(arguments_);
  add_backups(input, consumer);
  print(report);
  if (!read_to_end(input, result)) return kExitInput;
  return report.matches > 0 ? kExitFound : kExitNothing;
}

void Find::add_backups(const WalInput& input, FindConsumer& consumer) const {
  FindReport& report = consumer.report;
  if (base_backup_) {
    report.backups = {*base_backup_};
    report.backups[0].stop = consumer.end_of_backup(base_backup_->start);
  } else if (arguments_.feed.archive) {
    report.backups = backups_in_archive(*arguments_.feed.archive);
  } else if (!input.directory.empty()) {
    report.backups = backups_in_directory(input.directory);
  }
  for (FoundTransaction& found : report.found) {
    found.backup = backup_for(report.backups, found.summary.target(), consumer.history());
    if (found.backup == nullptr && !arguments_.base_backup.empty())
      messages_.warning(fmt::format("base backup \"{}\" does not lead to before transaction {}",
                                    arguments_.base_backup, found.summary.xid));
  }
}

// What stopped the reading short is said.
bool Find::read_to_end(const WalInput& input, const DecodeResult& result) const {
  if (ended_with_file(input, result)) return true;
  if (result.why == DecodeEnd::source) {
    messages_.error(source_error_text(*result.source_error, input, messages_.major()));
    return false;
  }
  const ErrorContext context{input.format->major, input.source->geometry(), input.source->timeline()};
  if (result.why == DecodeEnd::corrupt) {
    messages_.error(fmt::format("error in WAL record at {}: {}", to_string(result.last),
                                error_text(result.error, context)));
    return false;
  }
  if (result.why == DecodeEnd::end_of_wal && result.position < input.written_to) {
    messages_.error(fmt::format("WAL ends at {}, but the server wrote it up to {}",
                                to_string(result.position), to_string(input.written_to)));
    return false;
  }
  if (result.first.valid()) return true;
  messages_.error(fmt::format("could not find a valid record after {}", to_string(input.range.start)));
  return false;
}

void Find::print(const FindReport& report) const {
  TextBuffer out;
  SystemLocalTime zone;
  if (arguments_.json)
    append_find_json(out, report);
  else
    append_find_text(out, report, zone);
  write_output(out.view());
}

}  // namespace

int run_find(int argc, char** argv) {
  Messages messages("walkit", "walkit find");
  const auto parsed = parse_command_line(Command::find, argc, argv, messages);
  if (!parsed) return parsed.error();
  auto arguments = read_find_arguments(*parsed);
  if (!arguments) {
    messages.error(arguments.error());
    messages.usage_hint();
    return kExitUsage;
  }
  return Find(*std::move(arguments), messages).run();
}

}  // namespace walkit
