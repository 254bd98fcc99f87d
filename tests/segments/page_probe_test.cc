#include "segments/page_probe.h"

#include <gtest/gtest.h>

#include "tests/segments/test_pages.h"

namespace walkit {
namespace {

PageProbe probe_with(void (*mutate)(Bytes&)) {
  Bytes bytes = make_segment(TimelineId{3}, SegmentNo{5});
  bytes.resize(kProbeSize);
  mutate(bytes);
  return probe_page(bytes);
}

TEST(PageProbe, ReadsTheFirstPage) {
  const PageProbe probe = probe_with([](Bytes&) {});
  EXPECT_EQ(probe.verdict, ProbeVerdict::wal);
  ASSERT_TRUE(probe.format);
  EXPECT_EQ(probe.format->major, Major::pg17);
  EXPECT_EQ(probe.page.timeline, TimelineId{3});
  EXPECT_EQ(probe.page.address, Lsn{5 * kSegmentSize});
  EXPECT_EQ(probe.page.system_identifier, 7'000'000'000'000'000'001U);
  EXPECT_EQ(probe.geometry().segment_size_bytes, kSegmentSize);
  EXPECT_EQ(probe.geometry().block_size_bytes, 8192U);
}

TEST(PageProbe, FaultsAreToldApart) {
  struct Case {
    ProbeVerdict verdict;
    void (*mutate)(Bytes&);
  };
  for (const Case& c : {
           Case{ProbeVerdict::empty_file, [](Bytes& b) { b.clear(); }},
           Case{ProbeVerdict::short_file, [](Bytes& b) { b.resize(23); }},
           Case{ProbeVerdict::short_file, [](Bytes& b) { b.resize(39); }},
           Case{ProbeVerdict::zeros, [](Bytes& b) { b.assign(kProbeSize, std::byte{0}); }},
           Case{ProbeVerdict::other_byte_order, [](Bytes& b) { std::swap(b[0], b[1]); }},
           Case{ProbeVerdict::unsupported_major, [](Bytes& b) { put<std::uint16_t>(b, 0, 0xD101); }},
           Case{ProbeVerdict::unsupported_major, [](Bytes& b) { put<std::uint16_t>(b, 0, 0xD121); }},
           Case{ProbeVerdict::not_wal, [](Bytes& b) { b[0] = b[1] = std::byte{'x'}; }},
           Case{ProbeVerdict::not_segment_start, [](Bytes& b) { b[2] = std::byte{0}; }},
           Case{ProbeVerdict::bad_segment_size, [](Bytes& b) { put<std::uint32_t>(b, 32, 0); }},
           Case{ProbeVerdict::bad_segment_size, [](Bytes& b) { put<std::uint32_t>(b, 32, 3U << 20); }},
           Case{ProbeVerdict::bad_segment_size, [](Bytes& b) { put<std::uint32_t>(b, 32, 2U << 30); }},
           Case{ProbeVerdict::bad_block_size, [](Bytes& b) { put<std::uint32_t>(b, 36, 100); }},
       }) {
    const PageProbe probe = probe_with(c.mutate);
    EXPECT_EQ(probe.verdict, c.verdict) << static_cast<int>(c.verdict);
  }
}

TEST(PageProbe, FieldsAreKeptWhateverTheVerdict) {
  const PageProbe probe = probe_with([](Bytes& b) { put<std::uint16_t>(b, 0, 0xBEEF); });
  EXPECT_EQ(probe.verdict, ProbeVerdict::not_wal);
  EXPECT_EQ(probe.page.magic, 0xBEEF);
  EXPECT_EQ(probe.page.segment_size_bytes, kSegmentSize);
}

TEST(PageProbe, LooksIntoCompressedFiles) {
  const TempDirectory directory;
  const Bytes packed = compressed_by("lz4 -q", make_segment(TimelineId{1}, SegmentNo{9}));
  if (packed.empty()) GTEST_SKIP() << "no lz4";
  const auto file = SegmentFile::open(directory.write("whatever", packed));
  ASSERT_TRUE(file);
  const auto probe = probe_file(**file);
  ASSERT_TRUE(probe);
  EXPECT_EQ(probe->verdict, ProbeVerdict::wal);
  EXPECT_EQ(probe->bytes_read, kProbeSize);
  EXPECT_EQ(probe->page.address, Lsn{9 * kSegmentSize});
}

}  // namespace
}  // namespace walkit
