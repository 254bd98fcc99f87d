// What is made of a record once it is decoded: pg_waldump's line, JSON, a description, a moment in local
// time.
#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include "bench/workload.h"
#include "tools/local_time.h"
#include "walreader/json_sink.h"
#include "walreader/record_counts.h"
#include "walreader/rmgr/rmgr.h"
#include "walreader/text_sink.h"

namespace {

using namespace walkit;

constexpr int kTransactions = 500;
constexpr int kImagesOf100 = 10;

/// A zone whose moments cost nothing, to measure the rest.
class FixedTime final : public LocalTime {
 public:
  LocalTimeText at(std::int64_t) override { return {"2026-08-01 12:00:00", "UTC"}; }
};

/// Decoded records, each with the bytes it is a view of.
class Records {
 public:
  Records() {
    const test::WalLayout& layout = workload_.wal().layout();
    for (const bench::Place& place : places_) {
      records_.push_back(std::make_unique<Record>());
      const BodyError error = records_.back()->decode({&place.bytes, 1}, place.lsn, place.end,
                                                      layout.timeline, format_of(layout.major));
      if (error.fault != BodyFault::none) records_.pop_back();
    }
  }
  const std::vector<std::unique_ptr<Record>>& all() const { return records_; }

 private:
  const bench::Workload workload_{kTransactions, kImagesOf100};
  const std::vector<bench::Place> places_ = workload_.whole_records();
  std::vector<std::unique_ptr<Record>> records_;
};

/// Calls `print(record, out)` for every record; bytes are those printed.
void measure(benchmark::State& state, auto print) {
  static const Records records;
  TextBuffer out;
  for (auto _ : state) {
    out.clear();
    for (const auto& record : records.all()) print(*record, out);
    benchmark::DoNotOptimize(out.view().data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(records.all().size()));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}

void format_text(benchmark::State& state) {
  SystemLocalTime zone;
  measure(state, [&](const Record& record, TextBuffer& out) {
    append_record(out, record, BlockDetails::brief, zone);
  });
}
BENCHMARK(format_text)->Unit(benchmark::kMicrosecond);

void format_bkp_details(benchmark::State& state) {
  SystemLocalTime zone;
  measure(state, [&](const Record& record, TextBuffer& out) {
    append_record(out, record, BlockDetails::full, zone);
  });
}
BENCHMARK(format_bkp_details)->Unit(benchmark::kMicrosecond);

void format_json(benchmark::State& state) {
  measure(state, [](const Record& record, TextBuffer& out) { append_record_json(out, record); });
}
BENCHMARK(format_json)->Unit(benchmark::kMicrosecond);

void describe_only(benchmark::State& state) {
  FixedTime zone;
  measure(state, [&](const Record& record, TextBuffer& out) {
    TextSink sink(out, zone, record.format());
    describe(record, sink);
  });
}
BENCHMARK(describe_only)->Unit(benchmark::kMicrosecond);

void count(benchmark::State& state) {
  RecordCounts counts;
  measure(state, [&](const Record& record, TextBuffer&) { counts.add(record); });
}
BENCHMARK(count)->Unit(benchmark::kMicrosecond);

/// Moments 412 microseconds apart, as commits of a busy server, and minutes apart, which the cache cannot
/// help.
void local_time(benchmark::State& state) {
  SystemLocalTime zone;
  std::int64_t moment = 1'785'585'600'000'000;
  for (auto _ : state) {
    benchmark::DoNotOptimize(zone.at(moment / kMicrosecondsPerSecond).date_time.data());
    moment += state.range(0);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(local_time)->Arg(412)->Arg(90'000'000);

}  // namespace
