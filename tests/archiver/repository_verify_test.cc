#include "archiver/repository_verify.h"

#include <fmt/format.h>

#include "archiver/archived_object.h"
#include "tests/archiver/made_objects.h"

namespace walkit {
namespace {

using test::Bytes;
using test::kServer;
using test::MadeRepository;
using Severity = RepositoryProblem::Severity;

std::string name_of(std::uint64_t number) {
  return segment_name(TimelineId{1}, SegmentNo{number}, test::kMiB);
}

// A whole segment of records with data that compresses, though not to nothing.
Bytes segment(std::uint64_t number) {
  test::WalLayout layout;
  layout.start = Lsn{number * test::kMiB};
  test::WalBuilder wal(layout);
  while (wal.bytes().size() < test::kMiB - 2000) wal.add(test::noop_record(300 + wal.bytes().size() % 777));
  wal.add_switch();
  return wal.bytes();
}

class RepositoryVerify : public testing::Test {
 protected:
  RepositoryFindings verify(int jobs = 2) {
    const auto inventory = read_inventory(made_.repository, kServer, jobs);
    return verify_objects(made_.store, inventory.value(), jobs);
  }
  Bytes bytes_of(const std::string& object) {
    return read_object(made_.store, object, 16 * test::kMiB).value();
  }

  // Whether a changed byte of an object is found; it is put back.
  void expect_found(const std::string& object, std::size_t offset, std::uint8_t change) {
    Bytes bytes = bytes_of(object);
    bytes[offset] ^= std::byte{change};
    made_.store.plant(object, bytes);
    const RepositoryFindings findings = verify(1);
    EXPECT_FALSE(findings.problems.empty()) << object << ", byte " << offset << " of " << bytes.size();
    bytes[offset] ^= std::byte{change};
    made_.store.plant(object, std::move(bytes));
  }

  // Every byte of what describes the object, and a sample of the rest.
  void expect_all_found(const std::string& object, std::size_t described_from) {
    const std::size_t size = bytes_of(object).size();
    for (std::size_t i = described_from; i < size; ++i)
      expect_found(object, i, static_cast<std::uint8_t>(1U << i % 8));
    constexpr std::size_t kSamples = 60;
    for (std::size_t i = 0; i < kSamples; ++i)
      expect_found(object, i * described_from / kSamples, static_cast<std::uint8_t>(1U << i % 8));
    EXPECT_TRUE(verify().problems.empty()) << "all is as it was";
  }

  MadeRepository made_;
};

TEST_F(RepositoryVerify, FindsNothingWrongWithWhatIsSound) {
  for (const std::uint64_t number : {3, 4, 5}) made_.put_segment(name_of(number), segment(number));
  made_.put_text("00000002.history", "1\t0/580000\treason\n");
  std::uint64_t told = 0;
  const auto inventory = read_inventory(made_.repository, kServer, 2);
  const RepositoryFindings findings =
      verify_objects(made_.store, inventory.value(), 2, [&](std::uint64_t bytes) { told = bytes; });
  EXPECT_TRUE(findings.problems.empty()) << findings.problems.front().text;
  EXPECT_EQ(findings.objects, 4U);
  EXPECT_EQ(told, findings.plain_bytes);
  ASSERT_EQ(findings.items.size(), 4U);
  for (std::size_t i = 0; i < findings.items.size(); ++i) {
    EXPECT_TRUE(findings.items[i].sound);
    EXPECT_EQ(findings.items[i].found.has_value(), inventory->items[i].is_wal());
  }
}

TEST_F(RepositoryVerify, FindsEveryFlippedBitOfACompressedObject) {
  const std::string object = made_.put_segment(name_of(3), segment(3));
  const auto opened = ArchivedObject::open(made_.store, object);
  expect_all_found(object, opened.value().header().payload_size_bytes);
}

TEST_F(RepositoryVerify, FindsEveryFlippedBitOfAPlainObjectAndItsHeader) {
  ObjectHeader header = MadeRepository::segment_header(name_of(3), segment(3));
  header.codec.codec = Codec::none;
  const std::string object = made_.put(header, segment(3));
  expect_all_found(object, test::kMiB);
  expect_all_found(object + ".json", 0);
}

TEST_F(RepositoryVerify, ANewerObjectIsNotCalledDamaged) {
  ObjectHeader header = MadeRepository::segment_header(name_of(3), segment(3));
  header.codec.codec = Codec::none;
  const std::string object = made_.put(header, segment(3));
  std::string json = R"({"format":2)";
  json += fmt::format(",\"xxh3_64\":\"{:016x}\"}}\n", checksum64(std::as_bytes(std::span(json))));
  const ByteSpan bytes = std::as_bytes(std::span(json));
  made_.store.plant(object + ".json", Bytes(bytes.begin(), bytes.end()));
  const auto opened = ArchivedObject::open(made_.store, object);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ArchiveError::Kind::wrong_place);
  const RepositoryFindings findings = verify();
  ASSERT_EQ(findings.problems.size(), 1U);
  EXPECT_EQ(findings.problems[0].severity, RepositoryProblem::Severity::unreachable);
  EXPECT_NE(findings.problems[0].text.find("its format is 2, this walkit reads formats up to 1"),
            std::string::npos);
}

TEST_F(RepositoryVerify, FindsEveryFlippedBitOfALabel) {
  const std::string object =
      made_.put_text(name_of(3) + ".00000028.backup",
                     MadeRepository::label_text("0/300028", "0/300100", "2026-08-01 12:30:00 UTC"));
  expect_all_found(object, 0);
}

TEST_F(RepositoryVerify, FindsTruncatedAndEmptyObjects) {
  const std::string object = made_.put_segment(name_of(3), segment(3));
  Bytes bytes = bytes_of(object);
  for (const std::size_t size : {bytes.size() - 1, bytes.size() / 2, std::size_t{3}, std::size_t{0}}) {
    made_.store.plant(object, Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)));
    const RepositoryFindings findings = verify();
    ASSERT_EQ(findings.problems.size(), 1U) << size;
    EXPECT_EQ(findings.problems[0].severity, Severity::damage);
    EXPECT_FALSE(findings.items[0].sound);
  }
}

TEST_F(RepositoryVerify, HoldsTheHeaderAgainstTheWal) {
  const Bytes content = segment(3);
  const ObjectHeader sound = MadeRepository::segment_header(name_of(3), content);
  const auto problem = [&](auto change) {
    ObjectHeader header = sound;
    change(header);
    made_.put(header, content);
    const RepositoryFindings findings = verify();
    return findings.problems.empty() ? std::string() : findings.problems.front().text;
  };
  const auto has = [](const std::string& text, std::string_view part) {
    return text.find(part) != text.npos;
  };
  EXPECT_EQ(problem([](ObjectHeader&) {}), "");
  EXPECT_PRED2(has, problem([](ObjectHeader& h) { ++h.summary->records; }), "number of records");
  EXPECT_PRED2(has, problem([](ObjectHeader& h) { h.summary->last = Lsn{1}; }), "last record");
  EXPECT_PRED2(has, problem([](ObjectHeader& h) { h.summary->first = Lsn{1}; }), "first record");
  EXPECT_PRED2(has, problem([](ObjectHeader& h) { h.summary->lowest_xid = 9; }), "transactions");
  EXPECT_PRED2(has, problem([](ObjectHeader& h) { h.summary->first_commit = PgTime{}; }), "commit times");
  EXPECT_PRED2(has, problem([](ObjectHeader& h) { h.damaged = true; }), "records are damaged");
  EXPECT_PRED2(has, problem([](ObjectHeader& h) { h.major = 13; }), "PostgreSQL 13");
  EXPECT_PRED2(has, problem([](ObjectHeader& h) { h.segment_size_bytes = 2 * test::kMiB; }), "2097152");
}

TEST_F(RepositoryVerify, TakesADamagedSegmentThatSaysSoForSound) {
  Bytes content = segment(3);
  content[500'000] ^= std::byte{1};
  made_.put_segment(name_of(3), content);
  const RepositoryFindings findings = verify();
  EXPECT_TRUE(findings.problems.empty()) << "what is wrong with the records is not the archive's doing";
  EXPECT_TRUE(findings.items[0].sound);
  EXPECT_EQ(findings.items[0].found->ending, SegmentEnding::corrupt);
}

TEST_F(RepositoryVerify, FindsTwoCodecsThatDisagree) {
  const Bytes content = segment(3);
  ObjectHeader header = MadeRepository::segment_header(name_of(3), content);
  made_.put(header, content);
  header.codec = {.codec = Codec::lz4};
  made_.put(header, content);
  EXPECT_TRUE(verify().problems.empty()) << "the same content twice is harmless";

  Bytes other = content;
  other.back() ^= std::byte{1};  // after the XLOG SWITCH
  header.codec = {.codec = Codec::none};
  made_.put(header, other);
  const RepositoryFindings findings = verify();
  ASSERT_EQ(findings.problems.size(), 2U);
  EXPECT_NE(findings.problems[1].text.find("differs from that of"), std::string::npos);
}

TEST_F(RepositoryVerify, WarnsOfWhatIsNotTheArchivesOwn) {
  const std::string object = made_.put_segment(name_of(3), segment(3));
  const std::string directory = object.substr(0, object.rfind('/') + 1);
  made_.store.plant(directory + name_of(4) + ".json", Bytes(5));
  made_.store.plant(directory + "notes.txt", Bytes(5));
  const RepositoryFindings findings = verify();
  ASSERT_EQ(findings.problems.size(), 2U);
  for (const RepositoryProblem& problem : findings.problems) EXPECT_EQ(problem.severity, Severity::warning);
}

TEST_F(RepositoryVerify, FindsAPlainSegmentWithoutItsHeader) {
  ObjectHeader header = MadeRepository::segment_header(name_of(3), segment(3));
  header.codec.codec = Codec::none;
  const std::string object = made_.put(header, segment(3));
  ASSERT_TRUE(made_.store.remove(object + ".json"));
  const RepositoryFindings findings = verify();
  ASSERT_EQ(findings.problems.size(), 1U);
  EXPECT_EQ(findings.problems[0].severity, Severity::damage);
  EXPECT_NE(findings.problems[0].text.find("header beside it is missing"), std::string::npos);
}

TEST_F(RepositoryVerify, FindsAVariantUnderAnothersName) {
  made_.put(MadeRepository::segment_header(name_of(3), segment(3)), segment(3), "0123456789abcdef");
  const RepositoryFindings findings = verify();
  ASSERT_EQ(findings.problems.size(), 1U);
  EXPECT_NE(findings.problems[0].text.find("another variant"), std::string::npos);
}

}  // namespace
}  // namespace walkit
