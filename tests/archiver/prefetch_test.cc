#include "archiver/prefetch.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "archiver/checked_line.h"
#include "tests/archiver/archive_support.h"

namespace walkit {
namespace {

using std::chrono::milliseconds;
using test::kSegmentSize;
using test::segment_file;
using test::segment_of;
using test::TestArchive;
namespace fs = std::filesystem;

constexpr TimelineId kFirst{1};

class Prefetch : public testing::Test {
 protected:
  Prefetch() {
    plan_ = {.spool = spool_.path(),
             .open_store = [root = archive_.root()] { return make_directory_store(root); },
             .cluster = "main",
             .origin = origin_,
             .segment_size_bytes = kSegmentSize,
             .server = {server_.path(), 0, 0},
             .limits = {4, std::uint64_t{1} << 30},
             .jobs = 2};
  }

  static SegmentName name(std::uint64_t number, TimelineId timeline = kFirst) {
    return parse_segment_name(segment_file(timeline, number)).value();
  }
  std::string path(std::string_view file) const { return spool_ / ("prefetch/" + std::string(file)); }
  // Puts a segment into the cache as the prefetcher does.
  void put(std::uint64_t number, TimelineId timeline = kFirst) {
    const Bytes content = segment_of(timeline, number);
    const std::string file = segment_file(timeline, number);
    auto out = cache_.begin(file, Deadline::clock::now());
    ASSERT_TRUE(out);
    ASSERT_TRUE(out->write(content));
    ASSERT_TRUE(cache_.publish(file, {origin_, "main/object", content.size(), digest_of(content)}, *out));
  }
  bool take(std::uint64_t number) {
    return cache_.take(segment_file(kFirst, number), origin_, target_, Deadline::clock::now());
  }
  void prefetch_after(std::uint64_t number) {
    cache_.note_request(name(number));
    prefetch(plan_);
  }
  std::vector<std::uint64_t> cached() const {
    std::vector<std::uint64_t> numbers;
    for (const SegmentName& segment : cache_.segments())
      numbers.push_back(segment.number(kSegmentSize).value);
    std::ranges::sort(numbers);
    return numbers;
  }
  using Numbers = std::vector<std::uint64_t>;

  TestArchive archive_;
  TempDirectory spool_;
  TempDirectory server_;
  std::string target_ = server_ / "RECOVERYXLOG";
  PrefetchOrigin origin_{archive_.repository().id(), TestArchive::identity().system_identifier};
  PrefetchCache cache_ = PrefetchCache::open(spool_.path()).value();
  PrefetchPlan plan_;
};

TEST(CheckedLine, NoticesEveryChangedBit) {
  const std::string line = checked_line({"one", "", "three"});
  EXPECT_EQ(parse_checked_line(line), (std::vector<std::string>{"one", "", "three"}));
  for (std::size_t i = 0; i < line.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = line;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      EXPECT_FALSE(parse_checked_line(changed)) << i << "." << bit;
    }
  for (std::size_t size = 0; size < line.size(); ++size)
    EXPECT_FALSE(parse_checked_line(line.substr(0, size)));
  EXPECT_FALSE(parse_checked_line(line + "\n"));
}

TEST_F(Prefetch, GivesASegmentAwayOnce) {
  put(5);
  EXPECT_TRUE(take(5));
  EXPECT_EQ(read_file(target_), segment_of(kFirst, 5));
  struct stat status{};
  ASSERT_EQ(::stat(target_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  EXPECT_FALSE(take(5)) << "it may be asked for again; then it comes from the archive";
  EXPECT_TRUE(fs::is_empty(spool_ / "prefetch"));
}

TEST_F(Prefetch, CopiesToAnotherFileSystem) {
  struct stat here{}, there{};
  if (::stat("/dev/shm", &there) != 0 || ::access("/dev/shm", W_OK) != 0 ||
      ::stat(spool_.path().c_str(), &here) != 0 || here.st_dev == there.st_dev)
    GTEST_SKIP() << "there is no second file system";
  put(5);
  target_ = "/dev/shm/walkit-test-" + std::to_string(::getpid());
  EXPECT_TRUE(take(5));
  EXPECT_EQ(read_file(target_), segment_of(kFirst, 5));
  EXPECT_FALSE(fs::exists(target_ + ".walkit-tmp"));
  fs::remove(target_);

  put(6);
  std::ofstream(path(segment_file(kFirst, 6)), std::ios::in | std::ios::binary).seekp(4711).put('!');
  EXPECT_FALSE(take(6));
  EXPECT_FALSE(fs::exists(target_));
  EXPECT_FALSE(fs::exists(target_ + ".walkit-tmp"));
}

TEST_F(Prefetch, RemovesWhatItDoesNotTrust) {
  const std::string file = segment_file(kFirst, 5);
  const std::string info = path(file + ".info");
  const std::vector<std::function<void()>> spoilers = {
      [&] { std::ofstream(path(file), std::ios::in | std::ios::binary).seekp(4711).put('!'); },
      [&] { fs::resize_file(path(file), kSegmentSize - 1); },
      [&] { fs::resize_file(path(file), kSegmentSize + 1); },
      [&] { fs::resize_file(path(file), 0); },
      [&] { fs::remove(info); },
      [&] { fs::resize_file(info, 10); },
      [&] { std::ofstream(info, std::ios::in).seekp(30).put('~'); },
      [&] {
        fs::copy_file(path(segment_file(kFirst, 6) + ".info"), info, fs::copy_options::overwrite_existing);
      },
      [&] {
        fs::rename(path(file), server_ / "elsewhere");
        fs::create_symlink(server_ / "elsewhere", path(file));
      },
  };
  put(6);
  for (std::size_t i = 0; i < spoilers.size(); ++i) {
    put(5);
    spoilers[i]();
    EXPECT_FALSE(take(5)) << i;
    EXPECT_FALSE(fs::exists(target_)) << i;
    EXPECT_EQ(cached(), Numbers{6}) << i;
    EXPECT_FALSE(fs::exists(info)) << i;
  }
  put(5);
  EXPECT_FALSE(cache_.take(file, {"another repository", origin_.system_identifier}, target_, {}));
  put(5);
  EXPECT_FALSE(cache_.take(file, {origin_.repository_id, 1}, target_, {}));
  EXPECT_EQ(cached(), Numbers{6});
}

TEST_F(Prefetch, FetchesTheNextSegmentsUntilItIsFull) {
  for (std::uint64_t number = 5; number < 15; ++number) archive_.add_segment(number);
  prefetch_after(5);
  EXPECT_EQ(cached(), (Numbers{6, 7, 8, 9}));
  for (std::uint64_t number = 6; number < 10; ++number) {
    EXPECT_TRUE(take(number));
    EXPECT_EQ(read_file(target_), segment_of(kFirst, number));
  }
  plan_.limits.bytes = 3 * kSegmentSize - 1;
  prefetch_after(9);
  EXPECT_EQ(cached(), (Numbers{10, 11}));
}

TEST_F(Prefetch, GoesOnAcrossTheEndOfALog) {
  archive_.add_segment(4096);
  plan_.limits.segments = 1;
  prefetch_after(4095);
  EXPECT_EQ(cached(), Numbers{4096});
}

TEST_F(Prefetch, DropsWhatTheServerHasPassed) {
  for (std::uint64_t number = 1; number < 12; ++number) archive_.add_segment(number);
  prefetch_after(1);
  EXPECT_EQ(cached(), (Numbers{2, 3, 4, 5}));
  put(7, TimelineId{3});
  prefetch_after(4);
  EXPECT_EQ(cached(), (Numbers{5, 6, 7, 8}));
  prefetch_after(2);  // the server began again further back
  EXPECT_EQ(cached(), (Numbers{3, 4, 5, 6}));
}

TEST_F(Prefetch, EndsAtTheFirstSegmentThatIsAbsent) {
  archive_.add_segment(6);
  archive_.add_segment(8);
  plan_.jobs = 1;
  prefetch_after(5);
  EXPECT_EQ(cached(), Numbers{6});
}

TEST_F(Prefetch, LeavesToGetWhatNeedsJudging) {
  plan_.jobs = 1;
  archive_.add(segment_file(kFirst, 6), segment_of(kFirst, 6, 10));
  prefetch_after(5);  // not full: a longer copy may come
  EXPECT_EQ(cached(), Numbers{});
  archive_.add(segment_file(kFirst, 8), segment_of(kFirst, 8));
  archive_.add(segment_file(kFirst, 8), segment_of(kFirst, 8, 0, 600), {.keep_diverging = true});
  prefetch_after(7);
  EXPECT_EQ(cached(), Numbers{});
  Bytes damaged = segment_of(kFirst, 10);
  damaged[300000] ^= std::byte{1};
  archive_.add(segment_file(kFirst, 10), damaged);
  prefetch_after(9);
  EXPECT_EQ(cached(), Numbers{});
}

TEST_F(Prefetch, KeepsNothingOfADamagedObject) {
  const std::string stored = archive_.file_of(archive_.add_segment(6));
  fs::permissions(stored, fs::perms::owner_all);
  std::ofstream(stored, std::ios::in | std::ios::binary).seekp(1000).put('!').put('?');
  prefetch_after(5);
  EXPECT_EQ(cached(), Numbers{});
  EXPECT_FALSE(fs::exists(path(segment_file(kFirst, 6) + ".part")));
}

TEST_F(Prefetch, FollowsTheServer) {
  for (std::uint64_t number = 5; number < 40; ++number) archive_.add_segment(number);
  cache_.note_request(name(5));
  std::uint64_t number = 6;
  while (number < 39) {
    std::jthread prefetcher([this] { prefetch(plan_); });
    for (; number < 39; ++number) {
      const auto give_up = Deadline::clock::now() + milliseconds(100);  // it was full, and has ended
      bool got = false;
      while (!(got = take(number)) && Deadline::clock::now() < give_up)
        std::this_thread::sleep_for(milliseconds(1));
      if (!got) break;
      EXPECT_EQ(read_file(target_), segment_of(kFirst, number));
      cache_.note_request(name(number));
    }
  }
  EXPECT_EQ(number, 39U);
}

TEST_F(Prefetch, OnlyOneFetchesAtATime) {
  archive_.add_segment(6);
  cache_.note_request(name(5));
  {
    const UniqueFd lock = cache_.lock();
    EXPECT_TRUE(cache_.is_locked());
    EXPECT_FALSE(cache_.lock().valid());
    EXPECT_FALSE(wants_prefetch(cache_, name(5), 4));
    prefetch(plan_);
    EXPECT_EQ(cached(), Numbers{});
  }
  EXPECT_FALSE(cache_.is_locked());
  prefetch(plan_);
  EXPECT_EQ(cached(), Numbers{6});
}

TEST_F(Prefetch, RemovesWhatAKilledOneLeft) {
  archive_.add_segment(6);
  std::ofstream(path(segment_file(kFirst, 6) + ".part")) << "half";
  std::ofstream(path(segment_file(kFirst, 9) + ".part")) << "half";
  std::ofstream(path(segment_file(kFirst, 9) + ".info")) << "no segment";
  prefetch_after(5);
  EXPECT_EQ(cached(), Numbers{6});
  EXPECT_EQ(std::distance(fs::directory_iterator(spool_ / "prefetch"), {}), 3) << "segment, info, request";
}

TEST_F(Prefetch, IsWantedWhenLessThanHalfIsThere) {
  EXPECT_TRUE(wants_prefetch(cache_, name(5), 4));
  EXPECT_FALSE(wants_prefetch(cache_, name(5), 0));
  put(4);
  put(6);
  put(6, TimelineId{2});
  EXPECT_TRUE(wants_prefetch(cache_, name(5), 4));
  put(7);
  EXPECT_FALSE(wants_prefetch(cache_, name(5), 4));
  EXPECT_TRUE(wants_prefetch(cache_, name(5), 5));
}

TEST_F(Prefetch, AwaitsWhatIsBeingFetched) {
  const std::string file = segment_file(kFirst, 6);
  const auto soon = [] { return Deadline::clock::now() + milliseconds(100); };
  const auto waits = [&] {
    const auto deadline = soon();
    cache_.await(file, deadline);
    return Deadline::clock::now() >= deadline;
  };
  EXPECT_FALSE(waits());
  UniqueFd lock = cache_.lock();
  EXPECT_FALSE(waits()) << "another segment is being fetched";
  std::ofstream(path(file + ".part")) << "half";
  EXPECT_TRUE(waits());
  lock = UniqueFd();
  EXPECT_FALSE(waits()) << "its writer was killed";
}

TEST_F(Prefetch, EndsWithTheServer) {
  archive_.add_segment(6);
  server_.write("postmaster.pid", "999999999\n");
  prefetch_after(5);
  EXPECT_EQ(cached(), Numbers{});
  server_.write("postmaster.pid", std::to_string(::getpid()) + "\n");
  prefetch_after(5);
  EXPECT_EQ(cached(), Numbers{6});
}

TEST_F(Prefetch, EndsWhenNothingMoreIsAskedFor) {
  archive_.add_segment(6);
  plan_.patience = std::chrono::seconds(0);
  prefetch_after(5);
  EXPECT_EQ(cached(), Numbers{});
}

TEST_F(Prefetch, EndsWhereThereIsNothingToGoBy) {
  archive_.add_segment(6);
  prefetch(plan_);  // no request
  EXPECT_EQ(cached(), Numbers{});
  cache_.note_request(name(5));
  plan_.origin.repository_id = "another repository";
  prefetch(plan_);
  EXPECT_EQ(cached(), Numbers{});
  plan_.open_store = [] { return make_directory_store("/nowhere/at/all"); };
  prefetch(plan_);
  EXPECT_EQ(cached(), Numbers{});
}

}  // namespace
}  // namespace walkit
