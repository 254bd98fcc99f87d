#include "archiver/prefetch.h"

#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <set>

#include "archiver/archived_object.h"
#include "segments/worker_threads.h"

namespace walkit {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kFullPollInterval{5};
constexpr milliseconds kServerCheckInterval{500};

// What another copy, or a repaired one, will never supersede.
bool is_plainly_restorable(const ObjectHeader& header, const PrefetchPlan& plan) {
  return header.system_identifier == plan.origin.system_identifier &&
         header.plain_size_bytes == plan.segment_size_bytes && !header.damaged && !header.diverging &&
         header.summary && header.summary->ending == SegmentEnding::full;
}

// Whether anybody still wants segments. One thread at a time.
class ServerWatch {
 public:
  explicit ServerWatch(const PrefetchPlan& plan)
      : plan_(plan), was_running_(::access((plan.server.path + "/postmaster.pid").c_str(), F_OK) == 0) {}

  void note(const SegmentName& request) {
    if (request == request_) return;
    request_ = request;
    asked_at_ = Clock::now();
  }

  bool is_over() {
    const auto now = Clock::now();
    if (now - asked_at_ >= plan_.patience) return true;
    if (!was_running_ || now < next_check_) return false;
    next_check_ = now + kServerCheckInterval;
    return !plan_.server.has_live_postmaster();
  }

 private:
  const PrefetchPlan& plan_;
  bool was_running_;
  SegmentName request_;
  Clock::time_point asked_at_ = Clock::now();
  Clock::time_point next_check_ = Clock::now();
};

// Threads that share one window of segments.
class Prefetcher {
 public:
  Prefetcher(const PrefetchPlan& plan, const PrefetchCache& cache, const Repository& repository)
      : plan_(plan),
        cache_(cache),
        repository_(repository),
        capacity_(plan.limits.capacity(plan.segment_size_bytes)),
        watch_(plan) {}

  void run() {
    const auto threads =
        std::min<std::uint64_t>(static_cast<std::uint64_t>(std::max(plan_.jobs, 1)), capacity_);
    const auto helpers = start_helpers(threads, [this] { work(); });
    work();
  }

 private:
  void work() {
    try {
      while (const auto name = next()) finished(*name, fetch(*name));
    } catch (
        const std::exception&) {  // out of memory: what is left of the segment goes with the next prefetcher
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
  }

  // The first segment of the window that is neither there nor being fetched; where all are, waits for the
  // server to go on for as long as other threads are busy.
  std::optional<SegmentName> next() {
    std::unique_lock lock(mutex_);
    for (;;) {
      const auto request = cache_.last_request();
      if (!request) over_ = true;
      if (request) watch_.note(*request);
      if (is_over()) return std::nullopt;
      const std::set<SegmentName> present = keep_window(*request);
      for (std::uint64_t ahead = 1; ahead <= capacity_; ++ahead) {
        const SegmentName name = after(*request, ahead);
        if (present.contains(name) || !in_work_.insert(name).second) continue;
        return name;
      }
      if (in_work_.empty()) {
        over_ = true;
        return std::nullopt;
      }
      changed_.wait_for(lock, kFullPollInterval);
    }
  }

  void finished(const SegmentName& name, bool fetched) {
    const std::lock_guard lock(mutex_);
    in_work_.erase(name);
    if (!fetched) over_ = true;
    changed_.notify_all();
  }

  SegmentName after(const SegmentName& name, std::uint64_t count) const {
    const SegmentNo number{name.number(plan_.segment_size_bytes).value + count};
    const auto parsed = parse_segment_name(segment_name(name.timeline, number, plan_.segment_size_bytes));
    return parsed.value_or(SegmentName{});
  }

  // Removes the segments the server has passed, or will not come to soon.
  std::set<SegmentName> keep_window(const SegmentName& request) const {
    std::set<SegmentName> kept;
    const std::uint64_t position = request.number(plan_.segment_size_bytes).value;
    for (const SegmentName& segment : cache_.segments()) {
      const std::uint64_t ahead = segment.number(plan_.segment_size_bytes).value - position;
      if (segment.timeline == request.timeline && ahead >= 1 && ahead <= capacity_)
        kept.insert(segment);
      else
        cache_.remove(format_segment_name(segment));
    }
    return kept;
  }

  bool fetch(const SegmentName& segment) {
    const std::string name = format_segment_name(segment);
    const WalFileName wal{.kind = WalFileKind::segment, .segment = segment};
    const auto objects = find_objects(repository_, plan_.origin.system_identifier, name, wal);
    if (!objects || objects->size() != 1) return false;
    auto object = ArchivedObject::open(repository_.store(), objects->front());
    if (!object || !is_plainly_restorable(object->header(), plan_)) return false;
    auto file = cache_.begin(name, Clock::now());
    if (!file) return false;
    const auto extracted = object->extract([this, &file](ByteSpan bytes) -> ArchiveResult<void> {
      if (must_stop())
        return std::unexpected(ArchiveError{.kind = ArchiveError::Kind::timeout, .text = {}, .hint = {}});
      return file->write(bytes);
    });
    if (!extracted) return false;
    const PrefetchedInfo info{plan_.origin, object->name(), object->header().plain_size_bytes,
                              object->header().plain_digest};
    return cache_.publish(name, info, *file).has_value();
  }

  bool must_stop() {
    const std::lock_guard lock(mutex_);
    return watch_.is_over();
  }

  bool is_over() {
    over_ = over_ || watch_.is_over();
    return over_;
  }

  const PrefetchPlan& plan_;
  const PrefetchCache& cache_;
  const Repository& repository_;
  const std::uint64_t capacity_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::set<SegmentName> in_work_;
  ServerWatch watch_;
  bool over_ = false;  // no further segment is begun
};

}  // namespace

std::uint64_t PrefetchLimits::capacity(std::uint32_t segment_size_bytes) const {
  return std::min<std::uint64_t>(segments, bytes / segment_size_bytes);
}

bool wants_prefetch(const PrefetchCache& cache, const SegmentName& name, std::uint64_t capacity) {
  const auto segments = cache.segments();
  const auto ahead = std::ranges::count_if(segments, [&name](const SegmentName& segment) {
    return segment.timeline == name.timeline && segment > name;
  });
  return static_cast<std::uint64_t>(ahead) * 2 < capacity && !cache.is_locked();
}

void prefetch(const PrefetchPlan& plan) {
  const auto cache = PrefetchCache::open(plan.spool);
  if (!cache) return;
  const UniqueFd lock = cache->lock();
  if (!lock.valid()) return;
  const auto store = plan.open_store();
  const auto repository = Repository::open(*store, plan.cluster, plan.origin.repository_id);
  if (!repository) return;
  cache->remove_unfinished();
  Prefetcher(plan, *cache, *repository).run();
}

}  // namespace walkit
