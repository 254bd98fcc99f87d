#include "segments/record_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "tests/support/wal_builder.h"

namespace walkit {
namespace {

using test::noop_record;
using test::WalBuilder;

/// A file that has `step_bytes` more each time somebody reads at its end, until all is there.
class GrowingSource final : public WalSource {
 public:
  GrowingSource(const WalBuilder& wal, std::size_t step_bytes)
      : wal_(wal), step_bytes_(step_bytes), size_bytes_(step_bytes) {}

  std::expected<std::size_t, SourceError> read_at(Lsn lsn, std::span<std::byte> out) override {
    const std::size_t offset = lsn - wal_.start();
    const std::size_t there = offset < size_bytes_ ? std::min(out.size(), size_bytes_ - offset) : 0;
    if (there < out.size()) size_bytes_ = std::min(size_bytes_ + step_bytes_, wal_.bytes().size());
    if (there == 0)
      return std::unexpected(SourceError{.kind = SourceError::Kind::truncated,
                                         .lsn = lsn,
                                         .segment = {},
                                         .file = {.file = {}, .detail = {}}});
    std::memcpy(out.data(), wal_.bytes().data() + offset, there);
    return there;
  }
  Geometry geometry() const override { return wal_.layout().geometry; }
  TimelineId timeline() const override { return wal_.layout().timeline; }

 private:
  const WalBuilder& wal_;
  const std::size_t step_bytes_;
  std::size_t size_bytes_;
};

WalBuilder some_pages() {
  WalBuilder wal;
  while (wal.bytes().size() < 20 * 8192) wal.add(noop_record(700));
  wal.zeros_to_page_end();
  return wal;
}

std::size_t records_of(RecordStream& stream) {
  std::size_t records = 0;
  while (stream.next() == StreamStatus::record) ++records;
  return records;
}

TEST(RecordStream, PageThatGrowsWhileItIsReadIsReadWhole) {
  const WalBuilder wal = some_pages();
  GrowingSource all(wal, wal.bytes().size());
  RecordStream at_once(all, format_of(kNewestMajor), {});
  at_once.find(wal.start());
  const std::size_t records = records_of(at_once);
  ASSERT_GT(records, 100U);
  for (const std::size_t step : {1000U, 5000U, 8191U, 8193U}) {
    GrowingSource source(wal, step);
    RecordStream stream(source, format_of(kNewestMajor), {});
    stream.find(wal.start());
    EXPECT_EQ(records_of(stream), records) << step;
    EXPECT_EQ(stream.next(), StreamStatus::reader) << step;
    EXPECT_EQ(stream.stop_status(), ReadStatus::end_of_wal) << step;
  }
}

TEST(RecordStream, RangeThatEndsBeforeItsSegmentsFirstPageNeedsNoFile) {
  const WalBuilder wal;
  GrowingSource nothing(wal, 0);
  RecordStream stream(nothing, format_of(kNewestMajor), wal.start() + 8191);
  stream.find(wal.start() + 20'000);
  EXPECT_EQ(stream.next(), StreamStatus::range_end);
}

}  // namespace
}  // namespace walkit
