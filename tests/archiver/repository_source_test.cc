#include "archiver/repository_source.h"

#include "tests/archiver/made_objects.h"

namespace walkit {
namespace {

using test::Bytes;
using test::kServer;
using test::MadeRepository;

constexpr Geometry kGeometry{.segment_size_bytes = test::kMiB, .block_size_bytes = 8192};

std::string name_of(std::uint32_t timeline, std::uint64_t number) {
  return segment_name(TimelineId{timeline}, SegmentNo{number}, test::kMiB);
}

Bytes filled(std::uint8_t value, std::size_t size = test::kMiB) { return Bytes(size, std::byte{value}); }

class RepositorySource : public testing::Test {
 protected:
  std::string put(const std::string& name, const Bytes& content, Codec codec = Codec::zstd,
                  std::string_view variant = {}) {
    ObjectHeader header = MadeRepository::segment_header(name, content);
    header.codec.codec = codec;
    return made_.put(header, content, variant);
  }
  SegmentOpener opener() { return archived_segments(made_.repository, kServer); }

  // The first byte of a segment; -1 if it cannot be opened, for whatever reason.
  int first_byte(const std::string& name) {
    const auto file = opener()(name);
    if (!file) return -1;
    std::array<std::byte, 1> byte{};
    EXPECT_EQ((*file)->read_at(0, byte), 1U);
    return std::to_integer<int>(byte[0]);
  }

  MadeRepository made_;
};

TEST_F(RepositorySource, ReadsEveryCodecAsTheSegmentThatWasArchived) {
  Bytes content(test::kMiB);
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<std::byte>(i * 7 / 1000);
  for (const Codec codec : {Codec::none, Codec::lz4, Codec::zstd}) {
    const std::string object = put(name_of(1, 3), content, codec);
    const auto file = open_archived_file(made_.store, object);
    ASSERT_TRUE(file);
    Bytes read(test::kMiB + 100);
    EXPECT_EQ((*file)->read_at(0, read), test::kMiB) << "the header is no part of it";
    read.resize(test::kMiB);
    EXPECT_EQ(read, content);
    Bytes middle(5000);
    EXPECT_EQ((*file)->read_at(1234, middle), middle.size());
    EXPECT_TRUE(std::equal(middle.begin(), middle.end(), content.begin() + 1234));
  }
}

TEST_F(RepositorySource, TakesAPartialSegmentOnlyWhereThereIsNoWholeOne) {
  put(name_of(1, 3) + ".partial", filled(1));
  EXPECT_EQ(first_byte(name_of(1, 3)), 1);
  put(name_of(1, 3), filled(2));
  EXPECT_EQ(first_byte(name_of(1, 3)), 2);
}

TEST_F(RepositorySource, TakesTheCopyThatGetWouldGive) {
  ObjectHeader header = MadeRepository::segment_header(name_of(1, 3), filled(1));
  header.summary->ending = SegmentEnding::end_of_wal;
  header.summary->end = Lsn{0x300100};
  made_.put(header, filled(1));
  header.summary->end = Lsn{0x300200};
  made_.put(header, filled(2), "0123456789abcdef");
  EXPECT_EQ(first_byte(name_of(1, 3)), 2);
}

TEST_F(RepositorySource, TellsAbsentFromDamaged) {
  const auto absent = opener()(name_of(1, 3));
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().kind, FileError::Kind::not_found);

  Bytes content(test::kMiB);
  for (std::uint32_t i = 0; i < content.size(); ++i)
    content[i] = static_cast<std::byte>(i * 2654435761U >> 13);
  const std::string object = put(name_of(1, 4), content);
  Bytes bytes = read_object(made_.store, object, test::kMiB).value();
  bytes.resize(bytes.size() / 2);
  made_.store.plant(object, bytes);
  const auto file = opener()(name_of(1, 4));
  ASSERT_TRUE(file);
  Bytes out(test::kMiB);
  const auto got = (*file)->read_at(0, out);
  EXPECT_TRUE(!got || *got < out.size());
  EXPECT_FALSE((*file)->read_at(got.value_or(0), out)) << "cut short is not the end";
}

TEST_F(RepositorySource, FollowsHistories) {
  put(name_of(1, 3), filled(13));
  put(name_of(1, 4), filled(14));
  put(name_of(2, 4), filled(24));
  put(name_of(2, 5), filled(25));
  made_.put_text("00000002.history", "1\t0/480000\treason\n");
  const auto history = read_archived_history(made_.repository, kServer, TimelineId{2});
  ASSERT_TRUE(history);
  EXPECT_EQ(history->switch_point(TimelineId{1}), Lsn{0x480000});
  DirectorySource source(opener(), TimelineId{2}, kGeometry, {.history = *history});
  Bytes all(3 * test::kMiB);
  ASSERT_EQ(source.read_at(Lsn{0x300000}, all), all.size());
  EXPECT_EQ(all.front(), std::byte{13});
  EXPECT_EQ(all[test::kMiB], std::byte{24}) << "timeline 2 has a copy of what it shares with its parent";
  EXPECT_EQ(all.back(), std::byte{25});

  const auto missing = source.read_at(Lsn{0x600000}, all);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, SourceError::Kind::segment_missing);
}

TEST_F(RepositorySource, ATimelineWithoutHistoryHasNoAncestors) {
  const auto none = read_archived_history(made_.repository, kServer, TimelineId{7});
  ASSERT_TRUE(none);
  EXPECT_EQ(none->spans().size(), 1U);
  made_.put_text("00000002.history", "nonsense\n");
  const auto broken = read_archived_history(made_.repository, kServer, TimelineId{2});
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().kind, ArchiveError::Kind::damaged);
}

}  // namespace
}  // namespace walkit
