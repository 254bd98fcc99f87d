// The decoder without any I/O: pages and records as the Reader takes them out of memory, and taking apart the
// bodies of records that are already there.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "bench/workload.h"
#include "walreader/reader.h"

namespace {

using namespace walkit;

// Images of 100 changed blocks: long after a checkpoint, and as many as make up some 85% of the bytes.
constexpr int kOltp = 1;
constexpr int kImageHeavy = 10;
constexpr int kTransactions = 2'000;

const bench::Workload& workload(benchmark::State& state) {
  static const bench::Workload oltp(kTransactions, kOltp);
  static const bench::Workload image_heavy(kTransactions, kImageHeavy);
  return state.range(0) == kOltp ? oltp : image_heavy;
}

void report(benchmark::State& state, std::size_t records, std::size_t bytes) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(records));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
  state.SetLabel(state.range(0) == kOltp ? "oltp" : "image-heavy");
}

/// Headers and checksums checked, records taken apart; fed in pieces of the size that files are read in.
void read_records(benchmark::State& state) {
  constexpr std::size_t kPieceBytes = 256 * 1024;
  const bench::Workload& workload = ::workload(state);
  const test::WalBuilder& wal = workload.wal();
  std::size_t records = 0;
  for (auto _ : state) {
    Reader reader(wal.layout().geometry, format_of(wal.layout().major));
    reader.find(wal.start());
    records = 0;
    for (;;) {
      const ReadStatus status = reader.next();
      if (status == ReadStatus::record) {
        ++records;
        continue;
      }
      if (status != ReadStatus::need_more || reader.wants() >= wal.end()) break;
      const ByteSpan rest = ByteSpan(wal.bytes()).subspan(reader.wants() - wal.start());
      reader.feed(reader.wants(), rest.first(std::min(rest.size(), kPieceBytes)));
    }
  }
  if (records != workload.records()) return state.SkipWithError("not all records were read");
  report(state, records, wal.bytes().size());
}
BENCHMARK(read_records)->Arg(kOltp)->Arg(kImageHeavy)->Unit(benchmark::kMillisecond);

/// Record::decode alone.
void decode_bodies(benchmark::State& state) {
  const test::WalBuilder& wal = workload(state).wal();
  const std::vector<bench::Place> places = workload(state).whole_records();
  Record record;
  bool sound = true;
  std::size_t bytes = 0;
  for (auto _ : state) {
    bytes = 0;
    for (const auto& [fragment, lsn, end] : places) {
      const BodyError error =
          record.decode({&fragment, 1}, lsn, end, wal.layout().timeline, format_of(wal.layout().major));
      sound &= error.fault == BodyFault::none;
      bytes += fragment.size();
    }
  }
  if (!sound) return state.SkipWithError("a record was refused");
  report(state, places.size(), bytes);
}
BENCHMARK(decode_bodies)->Arg(kOltp)->Arg(kImageHeavy)->Unit(benchmark::kMillisecond);

}  // namespace
