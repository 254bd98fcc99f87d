#include "segments/file_source.h"

#include <gtest/gtest.h>

#include "tests/segments/test_pages.h"

namespace walkit {
namespace {

FileSource open_source(const std::string& path) {
  const auto file = SegmentFile::open(path);
  EXPECT_TRUE(file);
  const auto probe = probe_file(**file);
  EXPECT_TRUE(probe);
  EXPECT_EQ(probe->verdict, ProbeVerdict::wal);
  return {*file, *probe};
}

TEST(FileSource, FirstPageSaysWhereItIs) {
  const TempDirectory directory;
  const Bytes seven = make_segment(TimelineId{2}, SegmentNo{7});
  const Bytes eight = make_segment(TimelineId{2}, SegmentNo{8});
  auto wal = open_source(directory.write("any name", joined({seven, eight})));
  EXPECT_EQ(wal.timeline(), TimelineId{2});
  EXPECT_EQ(wal.start(), Lsn{7 * kSegmentSize});
  EXPECT_EQ(wal.geometry().segment_size_bytes, kSegmentSize);
  Bytes out(2 * kSegmentSize);
  const auto got = wal.read_at(wal.start(), out);
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, out.size());
  EXPECT_TRUE(out == joined({seven, eight}));
}

TEST(FileSource, EndsAreErrorsThatSayWhere) {
  const TempDirectory directory;
  const std::string path = directory.write("file", make_segment(TimelineId{1}, SegmentNo{7}));
  auto wal = open_source(path);
  Bytes out(100);
  const auto next = wal.read_at(Lsn{8 * kSegmentSize}, out);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().kind, SourceError::Kind::segment_missing);
  EXPECT_EQ(next.error().segment, "000000010000000000000008");

  const auto before = wal.read_at(Lsn{7 * kSegmentSize - 1}, out);
  ASSERT_FALSE(before);
  EXPECT_EQ(before.error().kind, SourceError::Kind::before_start);

  std::filesystem::resize_file(path, 5000);
  const auto cut = wal.read_at(Lsn{7 * kSegmentSize + 5000}, out);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().kind, SourceError::Kind::truncated);
  EXPECT_EQ(cut.error().offset, 5000U);
  EXPECT_EQ(cut.error().file.file, path);
}

}  // namespace
}  // namespace walkit
