#include "tools/verify_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "segments/ordered_decode.h"
#include "segments/record_stream.h"
#include "tools/damaged_record.h"
#include "tools/verify_input.h"
#include "walreader/read_error.h"

namespace walkit {
namespace {

// After damage there is often more of it: so much is decoded by one thread before others are started again.
constexpr std::uint64_t kCarefulBytes = 1 << 20;

constexpr std::uint64_t kProgressBytes = 1 << 20;

/// What a worker says of its unit.
struct UnitSummary final : UnitOutput {
  void add(const Record& record) override {
    if (records++ == 0) timeline = record.timeline();
    same_timeline = same_timeline && record.timeline() == timeline;
  }
  void clear() override { *this = {}; }

  std::uint64_t records = 0;
  TimelineId timeline;
  bool same_timeline = true;
};

/// Counts records and looks at timelines and switch points. Units in which neither matters are taken whole.
class RunConsumer final : public RecordConsumer {
 public:
  RunConsumer(const VerifyRun& run, const RunSource& source, const RunProgress& progress,
              VerifyReport& report)
      : run_(run), source_(source), progress_(progress), report_(report) {
    if (run.history != nullptr)
      for (const TimelineSpan& span : run.history->spans())
        if (span.end.valid()) switches_.push_back(span.end);
    switches_.insert(switches_.end(), run.left_at.begin(), run.left_at.end());
    std::ranges::sort(switches_);
  }

  void begin(Lsn first) override {
    first_ = first;
    position_ = first;
    skip_switches_before(first + 1);
  }

  bool record(const Record& record) override {
    ++records_;
    if (record.timeline() != timeline_) check_timeline(record.lsn(), record.timeline());
    check_switches(record);
    advance(record.lsn(), record.end());
    return !stop_at_.valid() || record.end() < stop_at_;
  }

  std::unique_ptr<UnitOutput> make_output() override { return std::make_unique<UnitSummary>(); }

  bool take(UnitOutput& output, Lsn end) override {
    const auto& unit = static_cast<const UnitSummary&>(output);
    const bool has_switch = next_switch_ < switches_.size() && switches_[next_switch_] <= end;
    if (has_switch || !unit.same_timeline || unit.timeline != timeline_) return false;
    records_ += unit.records;
    advance(end, end);
    return true;
  }

  /// Stops at the first record that ends at or after `lsn`; zero: never.
  void stop_at(Lsn lsn) { stop_at_ = lsn; }

  /// Everything before `lsn` was unreadable, switch points in it included.
  void skip_switches_before(Lsn lsn) {
    while (next_switch_ < switches_.size() && switches_[next_switch_] < lsn) ++next_switch_;
  }

  /// The last page with a record must be of the timeline that the history says.
  void finish() {
    if (records_ > 0 && position_ > first_) check_timeline(last_, timeline_);
  }

  std::uint64_t records() const { return records_; }

 private:
  void advance(Lsn last, Lsn end) {
    last_ = last;
    position_ = end;
    if (end < next_progress_) return;
    next_progress_ = end + kProgressBytes;
    progress_(std::min(end, source_.end()) - source_.start());
  }

  void check_timeline(Lsn at, TimelineId found) {
    timeline_ = found;
    const Lsn page = run_.geometry.page_of(at);
    const TimelineId own = source_.timeline();
    if (page == reported_page_ || timeline_expected(run_.history, own, page, found)) return;
    reported_page_ = page;
    const TimelineId expected = run_.history == nullptr ? own : run_.history->timeline_of(page);
    report_.damage(source_.path_at(page), page,
                   fmt::format("unexpected timeline ID {} (should be {})", found.value, expected.value));
  }

  // A timeline is left, and the next one begins, where a record ends.
  void check_switches(const Record& record) {
    for (; next_switch_ < switches_.size(); ++next_switch_) {
      const Lsn point = switches_[next_switch_];
      if (point > record.end()) return;
      if (point == record.end() || point == record.lsn() || point == position_) continue;
      report_.damage(
          source_.path_at(point), point,
          fmt::format("no record ends at {}, where a timeline history says that a timeline was left",
                      to_string(point)));
    }
  }

  const VerifyRun& run_;
  const RunSource& source_;
  const RunProgress& progress_;
  VerifyReport& report_;
  std::vector<Lsn> switches_;
  std::size_t next_switch_ = 0;
  std::uint64_t records_ = 0;
  TimelineId timeline_;
  Lsn first_, last_, position_, stop_at_;
  Lsn next_progress_;
  Lsn reported_page_;
};

class RunVerifier {
 public:
  RunVerifier(const VerifyRun& run, int jobs, const RunProgress& progress, VerifyReport& report)
      : run_(run),
        jobs_(jobs),
        report_(report),
        source_(run.open, run.paths, run.segments.front().number, run.segments.front().timeline,
                run.geometry),
        consumer_(run, source_, progress, report),
        position_(source_.start()) {}

  VerifiedRange verify() {
    std::optional<ResumePoint> next;
    do next = after(decode(next));
    while (next);
    consumer_.finish();
    check_lengths();
    return {.system_identifier = 0,
            .major = run_.format->major,
            .timeline = source_.timeline(),
            .first_file = run_.paths.front(),
            .last_file = run_.paths.back(),
            .start = source_.start(),
            .end = position_,
            .segments = run_.paths.size(),
            .bytes = source_.end() - source_.start(),
            .records = consumer_.records(),
            .end_of_wal = end_of_wal_};
  }

 private:
  DecodeResult decode(const std::optional<ResumePoint>& resume) {
    const bool careful = resume && resume->position < careful_until_;
    consumer_.stop_at(careful ? careful_until_ : Lsn{});
    const DecodeRange range{.start = source_.start(), .end = source_.end()};
    return decode_in_order(source_, *run_.format, range, careful ? 1 : jobs_, consumer_, resume);
  }

  // Where to go on; nullopt if that was all.
  std::optional<ResumePoint> after(const DecodeResult& result) {
    position_ = std::max(position_, result.position);
    // A damaged page may have been of a timeline that there never was; later pages are not.
    timeline_ = std::min(result.timeline, source_.timeline());
    switch (result.why) {
      case DecodeEnd::range:
        break;
      case DecodeEnd::consumer:
        return ResumePoint{result.position, result.last, result.timeline};
      case DecodeEnd::end_of_wal:
      case DecodeEnd::corrupt:
        return after_fault(result.error);
      case DecodeEnd::source:
        return after_source_error(*result.source_error);
    }
    return {};
  }

  std::optional<ResumePoint> after_fault(const ReadError& error) {
    const Lsn at = std::max(error.at, position_);
    const std::string text = error_text(error, {run_.format->major, run_.geometry, source_.timeline()});
    const StopEvidence evidence = evidence_at(at);
    if (!is_damage(position_, evidence, run_.left_at)) {
      end_of_wal_ = text;
      report_damaged_after(index_of(at));
      return {};
    }
    StopEvidence without_mark = evidence;
    without_mark.archived = false;
    const bool only_mark = !is_damage(position_, without_mark, run_.left_at);
    report_.damage(source_.path_at(at), error.at.valid() ? error.at : at, text,
                   only_mark ? fmt::format("Nothing follows; but {}.", run_.archived_because) : "");
    if (error.fault == ReadFault::checksum) add_blocks(error.at, report_.problems.back());
    return resynchronize(next_page(at));
  }

  void add_blocks(Lsn record, VerifyProblem& problem) {
    for (const BlockRef& block : blocks_of_damaged_record(source_, *run_.format, record))
      problem.blocks.push_back({.relation = block.relation, .fork = block.fork, .block = block.block});
  }

  std::optional<ResumePoint> after_source_error(const SourceError& error) {
    const std::size_t index = index_of(error.lsn);
    const Lsn next_segment = segment_start(index) + run_.geometry.segment_size_bytes;
    const bool truncated = error.kind == SourceError::Kind::truncated;
    if (run_.segments[index].partial &&
        (truncated || error.file.kind == FileError::Kind::compressed_cut_short)) {
      end_of_wal_ = fmt::format("file ends at offset {}", error.offset);
      return {};
    }
    if (!truncated) {
      report_.problems.push_back(problem_of(error.file, error.lsn));
    } else {
      report_truncated(index, error);
    }
    return resynchronize(next_segment);
  }

  // Files past the end of WAL whose first page is nothing that PostgreSQL leaves there.
  void report_damaged_after(std::size_t index) {
    for (++index; index < run_.segments.size(); ++index) {
      if (run_.segments[index].first_page != PageState::damaged) continue;
      const Lsn start = segment_start(index);
      std::array<std::byte, kLongPageHeaderSize> header{};
      static_cast<void>(source_.read_at(start, header));  // it was read before; now it is zeros at worst
      Reader reader(run_.geometry, *run_.format);
      reader.find(start);
      reader.check_segment(start, header);
      report_.damage(run_.paths[index], start,
                     error_text(reader.error(), {run_.format->major, run_.geometry, source_.timeline()}));
    }
  }

  void report_truncated(std::size_t index, const SourceError& error) {
    truncated_.insert(index);
    report_.damage(run_.paths[index], error.lsn,
                   fmt::format("file is truncated: it ends at offset {} of {}", error.offset,
                               run_.geometry.segment_size_bytes),
                   "The copy of the file is not complete; fetch it again from where it came from.");
  }

  StopEvidence evidence_at(Lsn at) {
    const std::size_t index = index_of(at);
    const ChainSegment& segment = run_.segments[index];
    const Lsn segment_end = segment_start(index) + run_.geometry.segment_size_bytes;
    const auto in_place = [](const ChainSegment& other) { return other.first_page == PageState::own; };
    const auto later = run_.segments.begin() + static_cast<std::ptrdiff_t>(index) + 1;
    return {.later_page = next_own_page(next_page(at), segment_end).valid(),
            .next_segment = std::any_of(later, run_.segments.end(), in_place),
            .later_segment = run_.later_segment,
            .first_page_damaged =
                run_.geometry.page_of(at) == segment_start(index) && segment.first_page == PageState::damaged,
            .archived = segment.archived,
            .partial = segment.partial};
  }

  // The first record at or after `page` that is provably one: its page was written for its place, and its
  // checksum is right.
  std::optional<ResumePoint> resynchronize(Lsn page) {
    RecordStream stream(source_, *run_.format, source_.end());
    while ((page = next_own_page(page, source_.end())).valid()) {
      stream.find_in_unit(page, next_page(page));
      if (stream.next() == StreamStatus::record) {
        const Record& record = stream.record();
        report_.problems.back().resumed = record.lsn();
        consumer_.skip_switches_before(record.lsn());
        consumer_.stop_at({});
        consumer_.record(record);
        position_ = record.end();
        careful_until_ = Lsn{(record.end().value / kCarefulBytes + 1) * kCarefulBytes};
        return ResumePoint{record.end(), record.lsn(), record.timeline()};
      }
      page = next_page(page);
    }
    return {};
  }

  // Zero if there is none before `end`.
  Lsn next_own_page(Lsn page, Lsn end) {
    while (page < end) {
      std::array<std::byte, kShortPageHeaderSize> bytes;
      const auto got = source_.read_at(page, bytes);
      if (!got) {
        page = segment_start(index_of(page)) + run_.geometry.segment_size_bytes;
        continue;
      }
      if (*got == bytes.size() && judge_page(parse_page_header(bytes), page, source_.timeline(), timeline_,
                                             *run_.format) == PageState::own)
        return page;
      page = next_page(page);
    }
    return {};
  }

  // Reading stops early where WAL ends or a segment was switched; the rest must be there all the same.
  void check_lengths() {
    for (std::size_t i = 0; i < run_.paths.size(); ++i) {
      if (truncated_.contains(i) || run_.segments[i].partial) continue;
      const auto length = source_.length_of(segment_start(i));
      if (!length) {
        if (!reported(run_.paths[i]))
          report_.problems.push_back(problem_of(length.error().file, segment_start(i)));
      } else if (*length == RunSource::Length::shorter) {
        report_.damage(run_.paths[i], segment_start(i),
                       fmt::format("file is truncated: it has less than the {} bytes of its segment",
                                   run_.geometry.segment_size_bytes));
      } else if (*length == RunSource::Length::longer) {
        report_.damage(
            run_.paths[i], segment_start(i),
            fmt::format("file is longer than the {} bytes of its segment", run_.geometry.segment_size_bytes));
      }
    }
  }

  bool reported(const std::string& path) const {
    return std::ranges::find(report_.problems, path, &VerifyProblem::file) != report_.problems.end();
  }

  Lsn next_page(Lsn at) const { return run_.geometry.page_of(at) + run_.geometry.block_size_bytes; }
  Lsn segment_start(std::size_t index) const {
    return source_.start() + index * std::uint64_t{run_.geometry.segment_size_bytes};
  }
  std::size_t index_of(Lsn at) const {
    const auto index = static_cast<std::size_t>((at - source_.start()) / run_.geometry.segment_size_bytes);
    return std::min(index, run_.paths.size() - 1);
  }

  const VerifyRun& run_;
  const int jobs_;
  VerifyReport& report_;
  RunSource source_;
  RunConsumer consumer_;
  Lsn position_;         // where the next record would begin
  TimelineId timeline_;  // of the last record
  Lsn careful_until_;
  std::string end_of_wal_;
  std::set<std::size_t> truncated_;
};

}  // namespace

VerifiedRange verify_run(const VerifyRun& run, int jobs, const RunProgress& progress, VerifyReport& report) {
  return RunVerifier(run, jobs, progress, report).verify();
}

}  // namespace walkit
