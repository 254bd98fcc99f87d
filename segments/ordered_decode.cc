#include "segments/ordered_decode.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <functional>
#include <limits>
#include <mutex>
#include <utility>
#include <vector>

#include "segments/record_stream.h"
#include "segments/worker_threads.h"

namespace walkit {
namespace {

constexpr std::uint64_t kUnitBytes = 1024 * 1024;
// Records that reach further beyond their unit are left to the consumer: else each worker could hold a huge
// one, and read further ahead than a compressed file or a pipe remembers (see window_bytes() in
// tools/wal_input.cc).
constexpr std::uint64_t kMaxOverrunBytes = 1024 * 1024;
constexpr std::size_t kMaxOutputBytes = 8 * 1024 * 1024;
constexpr Lsn kNoLimit{std::numeric_limits<std::uint64_t>::max()};
// No server has written so much, and near the largest number positions would wrap around.
constexpr Lsn kForged{std::uint64_t{1} << 63};

// A unit's records as a worker found them, starting at the unit's first page without knowing what came
// before.
struct Unit {
  Lsn begin;
  std::unique_ptr<UnitOutput> output{};
  Lsn first{};       // its first record; zero if none begins in it
  Lsn first_prev{};  // that record's prev-link
  TimelineId first_timeline{};
  Lsn last{};                  // its last record
  TimelineId last_timeline{};  // of the page it ends on
  Lsn end{};  // where the record after `last` would begin: at or after the unit's end, if all went well
};

// Threads that decode units ahead of their turn, at most `window` of them. There is no thread for the
// consumer: whoever finishes the unit whose turn it is gives it away, and the ready ones after it. So no
// thread wakes another while there is work for all.
class UnitPipeline {
 public:
  UnitPipeline(WalSource& source, const WalFormat& format, Lsn range_end, Lsn first_unit, int jobs,
               RecordConsumer& consumer)
      : source_(source),
        format_(format),
        range_end_(range_end),
        first_unit_(first_unit),
        jobs_(jobs),
        consumer_(consumer),
        slots_(2 * static_cast<std::size_t>(jobs)) {}

  /// Takes one unit. Answers which position has been reached (of units that end before it nothing is needed),
  /// or nothing if that was all.
  using Accept = std::function<std::optional<Lsn>(const Unit& unit)>;

  /// Calls `begin`, while others decode ahead, then `accept` with the units in order: one at a time, on any
  /// thread. Returns once `accept` has, or `begin` had, enough.
  void run(const std::function<bool()>& begin, Accept accept) {
    accept_ = std::move(accept);
    {
      const auto helpers =
          start_helpers(static_cast<std::size_t>(jobs_), [this] { attempt([this] { work(); }); });
      attempt([&] {
        const bool more = begin();
        std::unique_lock lock(mutex_);
        if (!more) return stop();
        hand_over(lock);
      });
      attempt([this] { work(); });
    }
    if (error_) std::rethrow_exception(error_);
  }

 private:
  struct Slot {
    Unit unit;
    bool done = false;
  };

  // What one thread throws stops all.
  void attempt(const std::function<void()>& task) {
    try {
      task();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      error_ = std::current_exception();
      stop();
    }
  }

  void stop() {
    stopping_ = true;
    changed_.notify_all();
  }

  void work() {
    RecordStream stream(source_, format_, range_end_);
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return stopping_ || started_ < taken_ + slots_.size(); });
      if (stopping_) return;
      const std::size_t number = started_++;
      const Lsn begin = first_unit_ + number * kUnitBytes;
      Unit unit{.begin = begin};
      const bool needed = begin + kUnitBytes > needed_from_ && !(range_end_.valid() && begin >= range_end_);
      if (needed && !spare_outputs_.empty()) {
        unit.output = std::move(spare_outputs_.back());
        spare_outputs_.pop_back();
      }
      lock.unlock();
      if (needed) decode(stream, unit);
      lock.lock();
      slots_[number % slots_.size()] = {std::move(unit), true};
      if (!accepting_) hand_over(lock);
    }
  }

  // Gives away the units that are ready and whose turn it is. The lock is open meanwhile.
  void hand_over(std::unique_lock<std::mutex>& lock) {
    accepting_ = true;
    while (!stopping_ && slots_[taken_ % slots_.size()].done) {
      Unit unit = std::exchange(slots_[taken_ % slots_.size()], {}).unit;
      lock.unlock();
      const std::optional<Lsn> position = accept_(unit);
      lock.lock();
      if (unit.output) spare_outputs_.push_back(std::move(unit.output));
      ++taken_;
      if (!position) return stop();
      needed_from_ = *position;
      changed_.notify_all();
    }
    accepting_ = false;
  }

  void decode(RecordStream& stream, Unit& unit) {
    const Lsn end = unit.begin + kUnitBytes;
    if (unit.output)
      unit.output->clear();
    else
      unit.output = consumer_.make_output();
    stream.find_in_unit(unit.begin, end, kMaxOverrunBytes);
    while (unit.end < end && unit.output->size_bytes() < kMaxOutputBytes) {
      if (stream.next() != StreamStatus::record) break;
      const Record& record = stream.record();
      if (record.lsn() >= end) break;  // a record from before covers the unit
      if (!unit.first.valid()) {
        unit.first = record.lsn();
        unit.first_prev = record.prev();
        unit.first_timeline = record.timeline();
      }
      unit.output->add(record);
      unit.last = record.lsn();
      unit.last_timeline = stream.reader().timeline();
      unit.end = record.end();
    }
  }

  WalSource& source_;
  const WalFormat& format_;
  const Lsn range_end_;
  const Lsn first_unit_;
  const int jobs_;
  RecordConsumer& consumer_;
  Accept accept_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Slot> slots_;                                 // unit n is in slot n modulo their number
  std::vector<std::unique_ptr<UnitOutput>> spare_outputs_;  // given away: their memory is used again
  std::size_t started_ = 0;
  std::size_t taken_ = 0;
  Lsn needed_from_;
  bool accepting_ = true;  // somebody is at it: at first run() is
  bool stopping_ = false;
  std::exception_ptr error_;
};

class OrderedDecode {
 public:
  OrderedDecode(WalSource& source, const WalFormat& format, const DecodeRange& range,
                RecordConsumer& consumer)
      : source_(source),
        format_(format),
        geometry_(source.geometry()),
        range_(range),
        consumer_(consumer),
        stream_(source, format, range.end) {}

  DecodeResult run(int jobs, const std::optional<ResumePoint>& resume) {
    if (resume) {
      result_.last = resume->previous;
      result_.position = resume->position;
      result_.timeline = resume->timeline;
      stream_.resume(resume->position, resume->previous, resume->timeline);
    } else {
      stream_.find(range_.start);
    }
    const Lsn start = resume ? resume->position : range_.start;
    const Lsn first_unit{(start.value / kUnitBytes + 1) * kUnitBytes};
    const bool one_unit = range_.end.valid() && range_.end <= first_unit;
    const bool forged = start >= kForged;
    if (jobs <= 1 || one_unit || forged)
      read_until(kNoLimit);
    else
      run_parallel(first_unit, jobs);
    return std::move(result_);
  }

 private:
  void run_parallel(Lsn first_unit, int jobs) {
    UnitPipeline pipeline(source_, format_, range_.end, first_unit, jobs, consumer_);
    pipeline.run([&] { return read_until(first_unit); },
                 [this](const Unit& unit) -> std::optional<Lsn> {
                   if (!accept(unit)) return {};
                   return result_.position;
                 });
  }

  // Whole, if it is what follows; else, or where it stops short, record by record. False: that was all.
  bool accept(const Unit& unit) {
    const Lsn unit_end = unit.begin + kUnitBytes;
    if (result_.position >= unit_end) return true;  // a long record or an XLOG SWITCH went past it
    if (follows(unit) && consumer_.take(*unit.output, unit.end)) {
      result_.last = unit.last;
      result_.position = unit.end;
      result_.timeline = unit.last_timeline;
      if (unit.end >= unit_end) return true;
    }
    stream_.resume(result_.position, result_.last, result_.timeline);
    return read_until(unit_end);
  }

  // True if the unit's first record is the one after result_.last.
  bool follows(const Unit& unit) const {
    if (!unit.first.valid() || unit.first_prev != result_.last || unit.first_timeline < result_.timeline)
      return false;
    const Lsn position = result_.position;
    if (geometry_.page_of(position) != position) return unit.first == position;
    const bool new_segment = geometry_.offset_in_segment(position) == 0;
    return unit.first == position + (new_segment ? kLongPageHeaderSize : kShortPageHeaderSize);
  }

  // Gives the consumer one record after the other until one ends at or after `limit`. False: that was all.
  bool read_until(Lsn limit) {
    while (result_.position < limit) {
      const StreamStatus status = stream_.next();
      if (status != StreamStatus::record) {
        stop(status);
        return false;
      }
      const Record& record = stream_.record();
      if (!result_.first.valid()) {
        result_.first = record.lsn();
        consumer_.begin(record.lsn());
      }
      result_.last = record.lsn();
      result_.position = record.end();
      result_.timeline = stream_.reader().timeline();
      if (!consumer_.record(record)) {
        result_.why = DecodeEnd::consumer;
        return false;
      }
    }
    return true;
  }

  void stop(StreamStatus status) {
    if (status == StreamStatus::source) {
      result_.why = DecodeEnd::source;
      result_.source_error = stream_.source_error();
    } else if (status == StreamStatus::reader) {
      result_.error = stream_.reader().error();
      result_.why = stream_.stop_status() == ReadStatus::corrupt ? DecodeEnd::corrupt : DecodeEnd::end_of_wal;
    } else {
      result_.why = DecodeEnd::range;
    }
  }

  WalSource& source_;
  const WalFormat& format_;
  const Geometry geometry_;
  const DecodeRange range_;
  RecordConsumer& consumer_;
  RecordStream stream_;
  DecodeResult result_;
};

}  // namespace

DecodeResult decode_in_order(WalSource& source, const WalFormat& format, const DecodeRange& range, int jobs,
                             RecordConsumer& consumer, const std::optional<ResumePoint>& resume) {
  return OrderedDecode(source, format, range, consumer).run(jobs, resume);
}

}  // namespace walkit
