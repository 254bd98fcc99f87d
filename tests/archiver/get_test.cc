#include "archiver/get.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <thread>

#include "segments/unique_fd.h"
#include "tests/archiver/archive_support.h"

namespace walkit {
namespace {

using std::chrono::milliseconds;
using test::segment_file;
using test::segment_of;
using test::TestArchive;
using Kind = ArchiveError::Kind;
namespace fs = std::filesystem;

constexpr TimelineId kFirst{1};
constexpr TimelineId kSecond{2};

class Get : public testing::Test {
 protected:
  GetRequest request(const std::string& file) const {
    return {.file = file,
            .name = parse_wal_file_name(file).value(),
            .target = target_,
            .cluster = "main",
            .server = TestArchive::identity(),
            .system_identifier = {},
            .repository_id = {},
            .deadline = Deadline::clock::now()};
  }
  ArchiveResult<GetAnswer> get(const GetRequest& request) { return get_file(archive_.store(), request); }
  ArchiveResult<GetAnswer> get(const std::string& file) { return get(request(file)); }

  // A file that was restored whole, or none at all.
  void expect_nothing_written() const {
    EXPECT_FALSE(fs::exists(target_));
    EXPECT_FALSE(fs::exists(target_ + ".walkit-tmp"));
  }
  void expect_restored(const ArchiveResult<GetAnswer>& answer, const Bytes& content) {
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_TRUE(answer->found);
    EXPECT_EQ(read_file(target_), content);
    EXPECT_FALSE(fs::exists(target_ + ".walkit-tmp"));
    fs::remove(target_);
  }
  void expect_absent(const ArchiveResult<GetAnswer>& answer) {
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_FALSE(answer->found);
    expect_nothing_written();
  }
  void expect_error(const ArchiveResult<GetAnswer>& answer, Kind kind) {
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, kind) << answer.error().text;
    expect_nothing_written();
  }

  TestArchive archive_;
  TempDirectory server_;
  std::string target_ = server_ / "RECOVERYXLOG";
};

TEST_F(Get, RestoresASegment) {
  archive_.add_segment(5);
  const auto answer = get(segment_file(kFirst, 5));
  struct stat status{};
  ASSERT_EQ(::stat(target_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  expect_restored(answer, segment_of(kFirst, 5));
  EXPECT_TRUE(answer->warnings.empty());
  EXPECT_EQ(answer->repository_id, archive_.repository().id());
}

TEST_F(Get, RestoresEveryKindOfFileUnderEveryCodec) {
  for (const CodecChoice codec :
       {CodecChoice{Codec::none, 0}, CodecChoice{Codec::lz4, 1}, CodecChoice{Codec::zstd, 3}}) {
    const auto number = 10 + static_cast<std::uint64_t>(codec.codec);
    archive_.add(segment_file(kFirst, number), segment_of(kFirst, number), {.codec = codec});
    expect_restored(get(segment_file(kFirst, number)), segment_of(kFirst, number));
  }
  const std::string history = "1\t0/300000\tno recovery target specified\n";
  const std::string label = "START WAL LOCATION: 0/300028 (file 000000010000000000000003)\n";
  archive_.add("00000002.history", history);
  archive_.add("000000010000000000000003.00000028.backup", label);
  for (const auto& [file, text] :
       {std::pair("00000002.history", history), std::pair("000000010000000000000003.00000028.backup", label)})
    expect_restored(get(file), joined({std::as_bytes(std::span(text))}));
}

TEST_F(Get, ReplacesWhatHasTheTargetsName) {
  archive_.add_segment(5);
  server_.write("RECOVERYXLOG", "of an earlier recovery");
  server_.write("RECOVERYXLOG.walkit-tmp", "of a killed one");
  expect_restored(get(segment_file(kFirst, 5)), segment_of(kFirst, 5));
}

TEST_F(Get, AnswersAbsentAtTheEndOfTheArchive) {
  archive_.add_segment(5);
  expect_absent(get(segment_file(kFirst, 6)));
  expect_absent(get(segment_file(kSecond, 5)));
  expect_absent(get("00000002.history"));
  expect_absent(get("000000010000000000000005.00000028.backup"));
  expect_absent(get("000000010000000000000005.partial"));
}

TEST_F(Get, AnswersAbsentFromARepositoryNobodyHasUsedYet) { expect_absent(get(segment_file(kFirst, 1))); }

TEST_F(Get, TakesNoHoleForTheEnd) {
  archive_.add_segment(5);
  archive_.add_segment(8);
  const std::string missing = segment_file(kFirst, 6);
  GetRequest patient = request(missing);
  patient.deadline += milliseconds(150);
  const auto answer = get(patient);
  EXPECT_GE(Deadline::clock::now(), patient.deadline);
  expect_error(answer, Kind::missing);
  EXPECT_NE(answer.error().text.find(missing), std::string::npos);
  EXPECT_NE(answer.error().text.find(segment_file(kFirst, 8)), std::string::npos);

  patient.allow_gap = true;
  const auto allowed = get(patient);
  expect_absent(allowed);
  ASSERT_EQ(allowed->warnings.size(), 1U);
  EXPECT_NE(allowed->warnings[0].find(missing), std::string::npos);
}

TEST_F(Get, SeesAHoleAcrossDirectories) {
  archive_.add_segment(3 * 4096 + 7);
  expect_error(get(segment_file(kFirst, 4095)), Kind::missing);
  expect_absent(get(segment_file(kFirst, 3 * 4096 + 8)));
}

TEST_F(Get, WaitsForAHoleToBeFilled) {
  archive_.add_segment(6);
  std::jthread filler([this] {
    std::this_thread::sleep_for(milliseconds(120));
    archive_.add_segment(5);
  });
  GetRequest patient = request(segment_file(kFirst, 5));
  patient.deadline += std::chrono::seconds(20);
  expect_restored(get(patient), segment_of(kFirst, 5));
}

TEST_F(Get, SegmentsBeforeATimelineBeganAreNoHole) {
  archive_.add("00000002.history", "1\t0/700000\tno recovery target specified\n");
  archive_.add_segment(9, kSecond);
  expect_absent(get(segment_file(kSecond, 6)));
  expect_error(get(segment_file(kSecond, 7)), Kind::missing);
  expect_error(get(segment_file(kSecond, 8)), Kind::missing);
}

TEST_F(Get, GivesAPartialSegmentOnlyWhenAsked) {
  const std::string segment = segment_file(kFirst, 5);
  const Bytes content = segment_of(kFirst, 5, 10);
  archive_.add(segment + ".partial", content);
  expect_absent(get(segment));
  expect_restored(get(segment + ".partial"), content);
  GetRequest partial = request(segment);
  partial.partial = true;
  const auto answer = get(partial);
  expect_restored(answer, content);
  EXPECT_EQ(answer->warnings.size(), 1U);
  archive_.add_segment(5);
  expect_restored(get(partial), segment_of(kFirst, 5));
}

TEST_F(Get, GivesTheLongerOfTwoCopies) {
  const std::string segment = segment_file(kFirst, 5);
  archive_.add(segment, segment_of(kFirst, 5, 10));
  archive_.add(segment, segment_of(kFirst, 5, 20));
  archive_.add(segment, segment_of(kFirst, 5, 15));
  expect_restored(get(segment), segment_of(kFirst, 5, 20));
}

TEST_F(Get, GivesTheFirstOfDivergingCopiesAndWarns) {
  const std::string segment = segment_file(kFirst, 5);
  archive_.add(segment, segment_of(kFirst, 5));
  archive_.add(segment, segment_of(kFirst, 5, 0, 600), {.keep_diverging = true});
  const auto answer = get(segment);
  expect_restored(answer, segment_of(kFirst, 5));
  ASSERT_EQ(answer->warnings.size(), 1U);
  EXPECT_NE(answer->warnings[0].find("disagrees"), std::string::npos);
}

TEST_F(Get, WarnsOfASegmentThatWasArchivedDamaged) {
  Bytes damaged = segment_of(kFirst, 5);
  damaged[300000] ^= std::byte{1};
  archive_.add(segment_file(kFirst, 5), damaged);
  const auto answer = get(segment_file(kFirst, 5));
  expect_restored(answer, damaged);
  EXPECT_EQ(answer->warnings.size(), 1U);
}

TEST_F(Get, RefusesTheWrongPlace) {
  archive_.add_segment(5);
  const std::string segment = segment_file(kFirst, 5);
  const ClusterIdentity own = TestArchive::identity();
  for (const ClusterIdentity other :
       {ClusterIdentity{own.system_identifier + 1, own.major, own.segment_size_bytes},
        ClusterIdentity{own.system_identifier, 13, own.segment_size_bytes},
        ClusterIdentity{own.system_identifier, own.major, 16 << 20}}) {
    GetRequest wrong = request(segment);
    wrong.server = other;
    expect_error(get(wrong), Kind::wrong_place);
  }
  GetRequest replaced = request(segment);
  replaced.repository_id = "another";
  expect_error(get(replaced), Kind::wrong_place);
  expect_error(get("000000010000000000001000"), Kind::wrong_place);
}

TEST_F(Get, ChoosesTheServerByIdentifierOrTheOnlyOne) {
  archive_.add_segment(5);
  GetRequest without = request(segment_file(kFirst, 5));
  without.server.reset();
  expect_restored(get(without), segment_of(kFirst, 5));
  without.system_identifier = TestArchive::identity().system_identifier;
  expect_restored(get(without), segment_of(kFirst, 5));
  without.system_identifier = 1;
  expect_error(get(without), Kind::wrong_place);

  // A second server's directory, with the first one's files in it.
  const std::string first =
      archive_.root() + "/main/" + std::to_string(TestArchive::identity().system_identifier);
  fs::copy(first, archive_.root() + "/main/1", fs::copy_options::recursive);
  expect_error(get(without), Kind::wrong_place);
  without.system_identifier.reset();
  expect_error(get(without), Kind::wrong_place);
}

TEST_F(Get, AnEmptyMountPointIsNotAnEmptyArchive) {
  archive_.add_segment(5);
  fs::rename(archive_.root() + "/main", archive_.root() + "/elsewhere");
  expect_error(get(segment_file(kFirst, 5)), Kind::missing);
  expect_error(get("00000002.history"), Kind::missing);
  fs::remove_all(archive_.root());
  const auto answer = get(segment_file(kFirst, 5));
  expect_error(answer, Kind::store);
  EXPECT_EQ(answer.error().store, StoreError::Kind::unreachable);
}

// A disk that is unmounted after walkit.json was read leaves an empty directory.
TEST_F(Get, ADiskUnmountedMeanwhileIsNotTheEnd) {
  archive_.add_segment(5);
  for (const std::string& file : {segment_file(kFirst, 5), std::string("00000002.history")}) {
    bool mounted = true;
    const std::string away = archive_.root() + ".away";
    const auto store = make_faulty_store(
        make_directory_store(archive_.root()),
        [&](StoreOperation operation, std::string_view name) -> std::optional<StoreError> {
          const bool looks = operation == StoreOperation::list || name.ends_with("history.zst");
          if (mounted && looks) {
            fs::rename(archive_.root(), away);
            fs::create_directory(archive_.root());
            mounted = false;
          }
          return std::nullopt;
        });
    expect_error(get_file(*store, request(file)), Kind::missing);
    fs::remove(archive_.root());
    fs::rename(away, archive_.root());
  }
}

TEST_F(Get, NoFailureOfTheStoreLooksLikeAbsence) {
  archive_.add_segment(5);
  archive_.add_segment(7);
  archive_.add("00000002.history", "1\t0/300000\tno recovery target specified\n");
  for (const auto& [file, there] :
       {std::pair(segment_file(kFirst, 5), true), std::pair(segment_file(kFirst, 6), false),
        std::pair(segment_file(kFirst, 8), false), std::pair(std::string("00000002.history"), true)})
    for (const auto kind : {StoreError::Kind::io, StoreError::Kind::denied, StoreError::Kind::unreachable,
                            StoreError::Kind::timeout, StoreError::Kind::bad_name})
      for (int failing = 1;; ++failing) {
        int calls = 0;
        fs::remove(target_);
        const auto store =
            make_faulty_store(make_directory_store(archive_.root()),
                              [&](StoreOperation, std::string_view) -> std::optional<StoreError> {
                                if (++calls != failing) return std::nullopt;
                                return StoreError{kind, "injected"};
                              });
        const auto answer = get_file(*store, request(file));
        if (calls < failing) break;
        EXPECT_FALSE(answer && !answer->found) << file << ", call " << failing;
        EXPECT_FALSE(answer && !there);
        if (!answer) expect_nothing_written();
      }
}

TEST_F(Get, TriesAgainUntilTheStoreIsBack) {
  archive_.add_segment(5);
  const auto back_at = Deadline::clock::now() + milliseconds(150);
  const auto store = make_faulty_store(make_directory_store(archive_.root()),
                                       [&](StoreOperation, std::string_view) -> std::optional<StoreError> {
                                         if (Deadline::clock::now() >= back_at) return std::nullopt;
                                         return StoreError{StoreError::Kind::unreachable, "gone"};
                                       });
  GetRequest patient = request(segment_file(kFirst, 5));
  patient.deadline += std::chrono::seconds(20);
  expect_restored(get_file(*store, patient), segment_of(kFirst, 5));
}

TEST_F(Get, TellsWhatTookTheTimeAndNotThatItIsUp) {
  GetRequest patient = request(segment_file(kFirst, 5));
  patient.deadline += milliseconds(150);
  const auto store = make_deadline_store(
      make_faulty_store(make_directory_store(archive_.root()),
                        [](StoreOperation, std::string_view) -> std::optional<StoreError> {
                          return StoreError{StoreError::Kind::io, "the network is down"};
                        }),
      patient.deadline);
  const auto answer = get_file(*store, patient);
  expect_error(answer, Kind::store);
  EXPECT_TRUE(answer.error().text.starts_with("the network is down")) << answer.error().text;
}

TEST_F(Get, GivesNothingOfADamagedObject) {
  const std::string segment = segment_file(kFirst, 5);
  for (const CodecChoice codec : {CodecChoice{Codec::zstd, 1}, CodecChoice{Codec::none, 0}}) {
    const std::string stored =
        archive_.file_of(archive_.add(segment, segment_of(kFirst, 5), {.codec = codec}));
    const Bytes whole = read_file(stored);
    const auto write = [&stored](ByteSpan bytes) {
      std::ofstream(stored, std::ios::binary)
          .write(reinterpret_cast<const char*>(bytes.data()), static_cast<long>(bytes.size()));
    };
    fs::permissions(stored, fs::perms::owner_all);
    for (std::size_t i = 0; i < whole.size(); i += 1 + whole.size() / 150) {
      Bytes damaged = whole;
      damaged[i] ^= std::byte{4};
      write(damaged);
      expect_error(get(segment), Kind::damaged);
      write(ByteSpan(whole).first(i));
      expect_error(get(segment), Kind::damaged);
    }
    fs::remove(stored);
    fs::remove(stored + ".json");
  }
}

TEST_F(Get, SaysThatTheTargetCannotBeWritten) {
  archive_.add_segment(5);
  GetRequest nowhere = request(segment_file(kFirst, 5));
  nowhere.target = server_ / "missing/RECOVERYXLOG";
  expect_error(get(nowhere), Kind::target);

  fs::create_directories(target_ + "/in_the_way");
  const auto onto_directory = get(segment_file(kFirst, 5));
  ASSERT_FALSE(onto_directory);
  EXPECT_EQ(onto_directory.error().kind, Kind::target);
  fs::remove_all(target_);

  fs::create_directories(target_ + ".walkit-tmp/in_the_way");
  const auto no_temporary = get(segment_file(kFirst, 5));
  ASSERT_FALSE(no_temporary);
  EXPECT_EQ(no_temporary.error().kind, Kind::target);
}

TEST_F(Get, FollowsNoLinkAtItsTemporaryName) {
  archive_.add_segment(5);
  const std::string victim = server_.write("victim", "untouched");
  fs::create_symlink(victim, target_ + ".walkit-tmp");
  expect_restored(get(segment_file(kFirst, 5)), segment_of(kFirst, 5));
  EXPECT_EQ(read_file(victim).size(), 9U);
}

// A `get` that outlived its server may still be writing.
TEST_F(Get, LeavesAnothersTemporaryFileAlone) {
  archive_.add_segment(5);
  const std::string temporary = target_ + ".walkit-tmp";
  {
    const UniqueFd other(::open(temporary.c_str(), O_RDWR | O_CREAT, 0600));
    ASSERT_EQ(::flock(other.get(), LOCK_EX), 0);
    const auto answer = get(segment_file(kFirst, 5));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, Kind::target);
    EXPECT_TRUE(fs::exists(temporary));
  }
  expect_restored(get(segment_file(kFirst, 5)), segment_of(kFirst, 5));
}

}  // namespace
}  // namespace walkit
