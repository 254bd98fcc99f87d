#include "segments/ordered_decode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "tests/support/wal_builder.h"

namespace walkit {
namespace {

using test::kMiB;
using test::noop_record;
using test::WalBuilder;

/// WAL in memory that forgets, as a pipe does, what lies further back than `memory_bytes`.
class ForgetfulSource final : public WalSource {
 public:
  ForgetfulSource(const WalBuilder& wal, std::uint64_t memory_bytes)
      : wal_(wal), memory_bytes_(memory_bytes) {}

  std::expected<std::size_t, SourceError> read_at(Lsn lsn, std::span<std::byte> out) override {
    if (lsn < wal_.start() || lsn >= wal_.end())
      return std::unexpected(error_at(SourceError::Kind::segment_missing, lsn));
    if (lsn.value + memory_bytes_ < furthest_)
      return std::unexpected(error_at(SourceError::Kind::read_failed, lsn));
    const std::size_t size = std::min<std::uint64_t>(out.size(), wal_.end() - lsn);
    std::memcpy(out.data(), wal_.bytes().data() + (lsn - wal_.start()), size);
    std::uint64_t seen = furthest_;
    while (seen < lsn.value + size && !furthest_.compare_exchange_weak(seen, lsn.value + size)) {
    }
    return size;
  }
  Geometry geometry() const override { return wal_.layout().geometry; }
  TimelineId timeline() const override { return wal_.layout().timeline; }

 private:
  static SourceError error_at(SourceError::Kind kind, Lsn lsn) {
    return {.kind = kind, .lsn = lsn, .segment = {}, .file = {.file = {}, .detail = {}}};
  }

  const WalBuilder& wal_;
  const std::uint64_t memory_bytes_;
  std::atomic<std::uint64_t> furthest_ = 0;
};

struct Positions final : UnitOutput {
  std::vector<Lsn> lsns;
  void add(const Record& record) override { lsns.push_back(record.lsn()); }
  void clear() override { lsns.clear(); }
};

class Collector final : public RecordConsumer {
 public:
  void begin(Lsn) override {}
  bool record(const Record& record) override {
    lsns.push_back(record.lsn());
    return true;
  }
  std::unique_ptr<UnitOutput> make_output() override { return std::make_unique<Positions>(); }
  bool take(UnitOutput& output, Lsn) override {
    const auto& unit = static_cast<Positions&>(output);
    lsns.insert(lsns.end(), unit.lsns.begin(), unit.lsns.end());
    return true;
  }
  std::vector<Lsn> lsns;
};

struct Outcome {
  std::vector<Lsn> lsns;
  DecodeResult result;
};

Outcome decode(const WalBuilder& wal, int jobs) {
  ForgetfulSource source(wal, (2 * static_cast<std::uint64_t>(jobs) + 4) * kMiB);
  Collector all;
  DecodeResult result = decode_in_order(source, format_of(wal.layout().major),
                                        {.start = wal.start(), .end = wal.end()}, jobs, all);
  return {std::move(all.lsns), std::move(result)};
}

/// What one job finds; any other number must find the same.
Outcome expect_same(const WalBuilder& wal) {
  Outcome one = decode(wal, 1);
  for (const int jobs : {2, 3, 5}) {
    const Outcome many = decode(wal, jobs);
    EXPECT_TRUE(many.lsns == one.lsns) << jobs << " jobs";
    EXPECT_EQ(many.result.why, one.result.why);
    EXPECT_EQ(many.result.error.fault, one.result.error.fault);
    EXPECT_EQ(many.result.error.at, one.result.error.at);
    EXPECT_EQ(many.result.position, one.result.position);
    EXPECT_EQ(many.result.timeline, one.result.timeline);
  }
  return one;
}

void fill(WalBuilder& wal, Lsn end) {
  while (wal.end() < end) wal.add(noop_record(3000));
}

TEST(OrderedDecode, SameWithAnyNumberOfJobs) {
  WalBuilder wal;
  fill(wal, Lsn{3 * kMiB});
  wal.add_switch();
  fill(wal, Lsn{9 * kMiB});
  EXPECT_EQ(expect_same(wal).result.why, DecodeEnd::range);
}

TEST(OrderedDecode, RecordsLargerThanWhatThePipeRemembers) {
  WalBuilder wal;
  fill(wal, Lsn{2 * kMiB + kMiB / 2});
  wal.add(noop_record(20 * kMiB));
  fill(wal, Lsn{26 * kMiB});
  wal.add(noop_record(3 * kMiB));
  fill(wal, Lsn{32 * kMiB});
  EXPECT_EQ(expect_same(wal).result.why, DecodeEnd::range);
}

TEST(OrderedDecode, LargeRecordThatIsDamaged) {
  WalBuilder wal;
  fill(wal, Lsn{2 * kMiB + kMiB / 2});
  const Lsn large = wal.add(noop_record(20 * kMiB));
  fill(wal, Lsn{26 * kMiB});
  wal.at(large + 15 * kMiB).front() ^= std::byte{1};
  const Outcome outcome = expect_same(wal);
  EXPECT_EQ(outcome.result.why, DecodeEnd::corrupt);
  EXPECT_EQ(outcome.result.error.at, large);
}

// The second page of a record that ends with that page is of a newer timeline than the page after it.
TEST(OrderedDecode, TimelineThatGoesBackAfterTheEndOfARecord) {
  WalBuilder wal;
  fill(wal, Lsn{3 * kMiB - 8192});
  wal.fill_page_until(1024);
  const std::size_t headers = kRecordHeaderSize + 5;  // and that of the main data, with its length
  const std::size_t on_next_page = wal.layout().geometry.block_size_bytes - kLongPageHeaderSize;
  const Lsn crossing = wal.add(noop_record(1024 + on_next_page - headers));
  ASSERT_EQ(wal.end().value % 8192, 0U) << to_string(crossing);
  fill(wal, Lsn{6 * kMiB});
  const std::uint32_t newer = 2;
  std::memcpy(wal.at(Lsn{wal.layout().geometry.page_of(crossing).value + 8192}).data() + 4, &newer,
              sizeof newer);
  const Outcome outcome = expect_same(wal);
  EXPECT_EQ(outcome.result.error.fault, ReadFault::timeline_order);
  EXPECT_EQ(outcome.lsns.back(), crossing);
}

}  // namespace
}  // namespace walkit
