#include "tools/cmd_dump.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "tools/dump_arguments.h"
#include "tools/dump_output.h"
#include "tools/interrupt.h"
#include "tools/repository_input.h"
#include "tools/sound_record.h"
#include "tools/wal_input.h"

namespace walkit {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFollowInterval{1000};  // as pg_waldump
constexpr milliseconds kMissingInterval{500};
constexpr int kMissingTries = 10;

/// One run of the command, after its arguments are known and its input is open.
class Dump {
 public:
  /// `names`: nullptr where relations have none.
  Dump(const DumpArguments& arguments, WalInput& input, Messages& messages, LogNames* names)
      : arguments_(arguments),
        input_(input),
        messages_(messages),
        geometry_(input.source->geometry()),
        range_(input.range),
        names_(names),
        consumer_(arguments, messages, range_.start, geometry_, input.source->timeline(), names) {}

  int run() {
    DecodeResult result = decode({});
    if (arguments_.follow && result.first.valid()) result = follow(std::move(result));
    if (arguments_.keep_going) result = keep_going(std::move(result));
    return finish(result);
  }

 private:
  // Limits and saved pages need the records one by one, and who follows waits for every single one.
  bool needs_order() const {
    return arguments_.limit > 0 || arguments_.save_fullpage.has_value() || arguments_.follow;
  }

  DecodeResult decode(const std::optional<ResumePoint>& resume) {
    const int jobs = needs_order() ? 1 : arguments_.jobs;
    DecodeResult result = decode_in_order(*input_.source, *input_.format, range_, jobs, consumer_, resume);
    consumer_.flush();
    if (ended_with_file(input_, result)) result.why = DecodeEnd::range;
    return result;
  }

  // Retries where there was no record yet; a segment that does not appear within five seconds is an error. So
  // is, for pg_waldump at once, one that is shorter than a segment: it is being copied.
  DecodeResult follow(DecodeResult result) {
    for (int missing = 0; !interrupted();) {
      if (result.why == DecodeEnd::range || result.why == DecodeEnd::consumer) break;
      if (result.why == DecodeEnd::source) {
        const SourceError::Kind kind = result.source_error->kind;
        const bool may_appear = kind == SourceError::Kind::segment_missing ||
                                (kind == SourceError::Kind::truncated && !arguments_.drop_in);
        if (!may_appear || ++missing > kMissingTries) break;
        std::this_thread::sleep_for(kMissingInterval);
      } else {
        std::this_thread::sleep_for(kFollowInterval);
      }
      const Lsn before = result.position;
      DecodeResult next = decode(ResumePoint{result.position, result.last, result.timeline});
      next.first = result.first;
      if (next.position > before) missing = 0;
      result = std::move(next);
    }
    return result;
  }

  // After damage, or segments that cannot be read, goes on at the next page with a record that is provably
  // one; that after which there is none is reported as the end is without --keep-going.
  DecodeResult keep_going(DecodeResult result) {
    while (result.why != DecodeEnd::range && result.why != DecodeEnd::consumer) {
      const bool unreadable = result.why == DecodeEnd::source;
      const Lsn from = result.first.valid() ? result.position : range_.start;
      const Lsn failed = unreadable ? result.source_error->lsn : result.error.at;
      const std::optional<ResumePoint> next =
          next_sound_record(*input_.source, *input_.format, std::max(from, failed), range_.end);
      if (!next) break;
      messages_.warning(fmt::format("skipping {} WAL from {} to {}, {} bytes: {}",
                                    unreadable ? "unreadable" : "damaged", to_string(from),
                                    to_string(next->position), next->position - from,
                                    unreadable ? text_of(*result.source_error) : text_of(result.error)));
      skipped_ = true;
      if (names_ != nullptr) names_->skip(from, next->position);
      DecodeResult rest = decode(next);
      if (result.first.valid()) rest.first = result.first;
      result = std::move(rest);
    }
    return result;
  }

  int finish(const DecodeResult& result) {
    if (consumer_.save_error()) return fail(*consumer_.save_error());
    if (result.why == DecodeEnd::source) return fail(text_of(*result.source_error));
    if (!result.first.valid()) {
      fail(fmt::format("could not find a valid record after {}", to_string(range_.start)));
      explain_no_record(result);
      return EXIT_FAILURE;
    }
    consumer_.print_stats(messages_.major());
    const bool stopped_early = result.why == DecodeEnd::corrupt || result.why == DecodeEnd::end_of_wal;
    if (stopped_early && !interrupted()) {
      // until 14 the record whose body is wrong counted as read already
      const bool names_itself = result.error.fault == ReadFault::body && input_.format->major < Major::pg15;
      const Lsn at = names_itself ? result.error.at : result.last;
      return fail(fmt::format("error in WAL record at {}: {}", to_string(at), text_of(result.error)));
    }
    return skipped_ ? EXIT_FAILURE : EXIT_SUCCESS;
  }

  int fail(const std::string& text) const {
    messages_.fatal(text);
    return EXIT_FAILURE;
  }

  // PostgreSQL up to 18 keeps the reason to itself.
  void explain_no_record(const DecodeResult& result) const {
    if (arguments_.drop_in) return;
    if (result.error.fault != ReadFault::none)
      messages_.detail(text_of(result.error));
    else
      messages_.hint("No record ends within the range; read further with --end or another ENDSEG.");
  }

  std::string text_of(const ReadError& error) const {
    return error_text(error, {messages_.major(), geometry_, input_.source->timeline()});
  }
  std::string text_of(const SourceError& error) const {
    return source_error_text(error, input_, messages_.major());
  }

  const DumpArguments& arguments_;
  WalInput& input_;
  Messages& messages_;
  const Geometry geometry_;
  DecodeRange range_;
  LogNames* names_;
  DumpConsumer consumer_;
  bool skipped_ = false;
};

std::string base_name(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

}  // namespace

int run_dump(int argc, char** argv, bool drop_in) {
  const std::string program = drop_in ? base_name(argv[0]) : "walkit";
  Messages messages(program, drop_in ? program : "walkit dump");
  const ParsedDump parsed = parse_dump_arguments(argc, argv, drop_in, messages);
  if (!parsed.arguments) return parsed.exit_status;
  const DumpArguments& arguments = *parsed.arguments;

  if (arguments.path) {
    if (const auto error = directory_error(*arguments.path)) {
      messages.error(fmt::format("could not open directory \"{}\": {}", *arguments.path, errno_text(*error)));
      messages.usage_hint();
      return EXIT_FAILURE;
    }
  }
  if (arguments.save_fullpage) {
    if (const auto error = prepare_page_directory(*arguments.save_fullpage)) {
      messages.fatal(*error);
      return EXIT_FAILURE;
    }
  }
  InputRequest request{.operands = arguments.operands,
                       .path = arguments.path,
                       .timeline = arguments.timeline,
                       .start = arguments.start,
                       .end = arguments.end,
                       .jobs = arguments.jobs,
                       .follow = arguments.follow,
                       .drop_in = drop_in,
                       .fixed_dialect = arguments.pg_version.has_value()};
  std::optional<WalInput> input = arguments.archive
                                      ? open_repository_input(*arguments.archive, request, messages)
                                      : open_wal_input(request, messages);
  if (!input) return EXIT_FAILURE;
  if (input->format == nullptr) {
    messages.fatal(fmt::format("could not find a valid record after {}", to_string(input->range.start)));
    if (!drop_in) messages.hint("The pages are not those of PostgreSQL 13 to 18, which walkit reads.");
    return EXIT_FAILURE;
  }
  // 13's and 14's pg_waldump are ended by an interrupt like any program
  if (!drop_in || messages.major() >= Major::pg15) stop_on_interrupt();
  std::unique_ptr<LogNames> names;
  if (!open_names(arguments.catalog, *input, arguments.jobs, messages, names)) return EXIT_FAILURE;
  return Dump(arguments, *input, messages, names.get()).run();
}

}  // namespace walkit
