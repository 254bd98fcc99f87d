#include "tools/feed_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "tools/interrupt.h"
#include "tools/sound_record.h"
#include "walreader/page.h"

namespace walkit {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kPollInterval{250};

class TakingConsumer final : public RecordConsumer {
 public:
  explicit TakingConsumer(RecordTaker& taker) : taker_(taker) {}

  void begin(Lsn) override {}
  bool record(const Record& record) override {
    taken_ = taker_.record(record);
    return taken_ && !interrupted();
  }
  std::unique_ptr<UnitOutput> make_output() override { return nullptr; }  // one job makes none
  bool take(UnitOutput&, Lsn) override { return false; }

  const RecordTaker::Result& taken() const { return taken_; }

 private:
  RecordTaker& taker_;
  RecordTaker::Result taken_;
};

class FeedReader {
 public:
  FeedReader(WalInput& input, const FeedReading& how, RecordTaker& taker, const Messages& messages)
      : input_(input),
        how_(how),
        taker_(taker),
        messages_(messages),
        geometry_(input.source->geometry()),
        consumer_(taker) {}

  std::expected<FeedReadingEnd, std::string> run() {
    if (input_.history) {
      newest_seen_ = input_.history->timeline();
      taker_.along(*input_.history);
    }
    if (how_.follow) reopen();  // without partial segments
    auto read = how_.follow ? follow() : read_once();
    if (!read) return std::unexpected(std::move(read).error());
    return FeedReadingEnd{std::move(result_), skipped_};
  }

 private:
  using Result = RecordTaker::Result;
  /// Whether to read on.
  using Decision = std::expected<bool, std::string>;

  Lsn position() const { return resume_ ? resume_->position : input_.range.start; }
  bool stopped() const { return interrupted() || result_.why == DecodeEnd::consumer; }

  Result read_once();
  Result follow();
  Decision decode(Lsn end);
  Decision pass_gap(Lsn end);
  Result skip_to(const ResumePoint& next);

  Lsn readable_end();
  bool has_begun(SegmentNo segment);
  Decision look_behind_gap(Lsn end);
  Result follow_timelines();
  void reopen() { input_.source = input_.place->open(*input_.history); }

  WalInput& input_;
  const FeedReading& how_;
  RecordTaker& taker_;
  const Messages& messages_;
  const Geometry geometry_;
  TakingConsumer consumer_;
  DecodeResult result_;
  std::optional<ResumePoint> resume_;  // once there was a record
  std::optional<Lsn> suspected_;       // where something was missing when that was last looked for
  bool skipped_ = false;
  TimelineId newest_seen_;
  bool told_no_position_ = false;  // since the server last answered
};

// True: there was something.
FeedReader::Decision FeedReader::decode(Lsn end) {
  const Lsn before = position();
  if (end.valid() && end <= before) {
    result_.why = DecodeEnd::range;
    return false;
  }
  DecodeResult next =
      decode_in_order(*input_.source, *input_.format, {input_.range.start, end}, 1, consumer_, resume_);
  if (!consumer_.taken()) return std::unexpected(consumer_.taken().error());
  if (result_.first.valid()) next.first = result_.first;
  result_ = std::move(next);
  if (ended_with_file(input_, result_)) result_.why = DecodeEnd::range;
  if (result_.first.valid()) resume_ = ResumePoint{result_.position, result_.last, result_.timeline};
  return position() > before;
}

FeedReader::Result FeedReader::read_once() {
  for (Decision more = true; *more && !stopped();) {
    if (auto decoded = decode(input_.range.end); !decoded) return std::unexpected(decoded.error());
    if (stopped() || result_.why == DecodeEnd::range) return {};
    more = pass_gap(input_.range.end);
    if (!more) return std::unexpected(more.error());
  }
  return {};
}

// Where reading stopped short of `end`: goes on at the next sound record, if there is one and it may. What
// looked like the end of WAL is damage if something follows, unless it was written meanwhile.
FeedReader::Decision FeedReader::pass_gap(Lsn end) {
  const bool at_end = result_.why == DecodeEnd::end_of_wal;
  if (!how_.keep_going && !at_end) return false;
  const Lsn failed = result_.why == DecodeEnd::source ? result_.source_error->lsn : result_.error.at;
  const auto next = next_sound_record(*input_.source, *input_.format, std::max(position(), failed), end);
  if (!next) return false;
  const auto grown = decode(end);
  if (!grown || *grown || stopped() || result_.why == DecodeEnd::range) return grown;
  if (result_.why == DecodeEnd::end_of_wal) result_.why = DecodeEnd::corrupt;
  if (!how_.keep_going) return false;
  if (auto skipped = skip_to(*next); !skipped) return std::unexpected(skipped.error());
  return true;
}

FeedReader::Result FeedReader::skip_to(const ResumePoint& next) {
  const Lsn from = position();
  messages_.warning(fmt::format("skipping {} from {} to {}, {} bytes: {}", gap_reason(result_),
                                to_string(from), to_string(next.position), next.position - from,
                                reading_error_text(result_, input_, messages_.major())));
  skipped_ = true;
  resume_ = next;
  if (!result_.first.valid()) result_.first = next.position;
  return taker_.gap(from, next.position, gap_reason(result_));
}

FeedReader::Result FeedReader::follow() {
  auto last_progress = Clock::now();
  while (!stopped()) {
    // In this order: what is flushed on a new timeline comes after its history.
    const Lsn end = readable_end();
    if (auto followed = follow_timelines(); !followed) return followed;
    Decision more = decode(end);
    if (more && *more && !stopped()) {
      if (auto caught_up = taker_.caught_up(); !caught_up) return caught_up;
      last_progress = Clock::now();
    } else if (more && !stopped() && Clock::now() - last_progress > how_.patience) {
      more = look_behind_gap(end);
      last_progress = Clock::now();
      if (more && !*more) return {};
    }
    if (!more) return std::unexpected(more.error());
    const bool all = result_.why == DecodeEnd::range && input_.range.end.valid() && end == input_.range.end;
    if (all || stopped()) break;
    const bool failed = result_.why != DecodeEnd::range;
    if (failed) reopen();  // the file may have grown, or another has taken its name
    std::this_thread::sleep_for(kPollInterval);
  }
  return {};
}

// How far what is there can be relied on: archived segments are whole; in a server's pg_wal it knows itself,
// and else a segment is whole once the next has begun. Files that wait to be used next have pages of older
// addresses.
Lsn FeedReader::readable_end() {
  const Lsn wanted = input_.range.end;
  if (!input_.place->live) return wanted;
  const auto up_to = [&](Lsn end) { return wanted.valid() ? std::min(wanted, end) : end; };
  if (how_.flush_position) {
    const auto flushed = how_.flush_position();
    if (flushed) {
      told_no_position_ = false;
      return up_to(*flushed);
    }
    if (!told_no_position_) messages_.warning(flushed.error());
    told_no_position_ = true;
  }
  SegmentNo segment = geometry_.segment_of(position());
  while (has_begun(SegmentNo{segment.value + 1})) ++segment.value;
  return up_to(geometry_.segment_start(segment));
}

bool FeedReader::has_begun(SegmentNo segment) {
  std::array<std::byte, kLongPageHeaderSize> header;
  const Lsn start = geometry_.segment_start(segment);
  const auto got = input_.source->read_at(start, header);
  if (!got || *got < header.size()) return false;
  const PageHeader page = parse_page_header(header);
  return page.magic == input_.format->magic && page.address == start;
}

// Nothing came for so long: is that because there is nothing, or is something missing? What is behind may
// have come a moment ago, so it is missing only if it was when this was last asked. False: it ends here.
FeedReader::Decision FeedReader::look_behind_gap(Lsn end) {
  reopen();  // what is open may have been removed and come again
  const auto segments = input_.place->segments(*input_.history);
  if (!segments) return std::unexpected(segments.error());
  const SegmentNo here = geometry_.segment_of(position());
  std::optional<SegmentNo> newest;
  for (const SegmentNo segment : *segments)
    if (segment > here && segment > newest.value_or(here) && has_begun(segment)) newest = segment;
  if (!newest) {
    suspected_.reset();
    return true;
  }
  if (input_.place->live && !how_.flush_position) end = geometry_.segment_start(*newest);
  const auto grown = decode(end);
  if (!grown) return grown;
  if (*grown || stopped() || result_.why == DecodeEnd::range) return true;
  if (std::exchange(suspected_, position()) != position()) return true;
  if (result_.why == DecodeEnd::end_of_wal) result_.why = DecodeEnd::corrupt;
  if (!how_.keep_going) return false;
  const auto passed = pass_gap(end);
  return passed ? Decision(true) : passed;
}

// As PostgreSQL looks for timelines: by numbers, up to the first without a history.
FeedReader::Result FeedReader::follow_timelines() {
  if (!how_.other_timelines) return {};
  for (;;) {
    const TimelineId next{newest_seen_.value + 1};
    const auto history = input_.place->history(next);
    if (!history || history->spans().size() == 1) return {};  // not there, or not all of it yet
    newest_seen_ = next;
    const TimelinePoint here{input_.history->timeline_of(position()), position()};
    if (!goes_through(*history, here)) {
      messages_.warning(
          fmt::format("timeline {} does not descend from timeline {} at {}, so it is not followed",
                      next.value, here.timeline.value, to_string(here.lsn)));
      continue;
    }
    messages_.info(fmt::format("following timeline {}, which begins at {}", next.value,
                               to_string(history->spans().back().begin)));
    input_.history = *history;
    reopen();
    taker_.along(*history);
  }
}

}  // namespace

std::expected<FeedReadingEnd, std::string> read_for_feed(WalInput& input, const FeedReading& how,
                                                         RecordTaker& taker, const Messages& messages) {
  return FeedReader(input, how, taker, messages).run();
}

std::string reading_error_text(const DecodeResult& result, const WalInput& input, Major major) {
  if (result.why == DecodeEnd::source) return source_error_text(*result.source_error, input, major);
  return error_text(result.error, {input.format->major, input.source->geometry(), input.source->timeline()});
}

std::string_view gap_reason(const DecodeResult& result) {
  return result.why == DecodeEnd::corrupt ? "damaged WAL" : "missing WAL";
}

}  // namespace walkit
