// A directory store whose file system fails it: no room, no permission, an fsync that fails.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>

#include "archiver/directory_store.h"
#include "archiver/file_calls.h"
#include "tests/archiver/store_expectations.h"
#include "tests/segments/test_files.h"

namespace walkit {
namespace {

namespace fs = std::filesystem;

// Stands between this program and fsync(): notes what is synced, and fails one call.
class SyncSpy {
 public:
  struct Call {
    std::string path;                  ///< what was synced
    std::vector<std::string> objects;  ///< names visible in the watched directory just before
  };

  SyncSpy() { current() = this; }
  SyncSpy(const SyncSpy&) = delete;
  SyncSpy& operator=(const SyncSpy&) = delete;
  ~SyncSpy() { current() = nullptr; }

  static SyncSpy*& current() {
    static SyncSpy* spy = nullptr;
    return spy;
  }

  /// Names in `directory` are noted with each call.
  void watch(std::string directory) { watched_ = std::move(directory); }
  /// The call after `calls` more of them fails.
  void fail_after(std::size_t calls, int error) {
    failing_call_ = calls_.size() + calls;
    error_ = error;
  }
  const std::vector<Call>& calls() const { return calls_; }
  std::vector<std::string> paths() const {
    std::vector<std::string> paths;
    paths.reserve(calls_.size());
    for (const Call& call : calls_) paths.push_back(call.path);
    return paths;
  }

  int on_sync(int fd) {
    Call call{.path = fs::read_symlink("/proc/self/fd/" + std::to_string(fd)), .objects = {}};
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(watched_, ignored))
      if (const std::string name = entry.path().filename(); !name.starts_with('.'))
        call.objects.push_back(name);
    calls_.push_back(std::move(call));
    if (calls_.size() - 1 != failing_call_) return 0;
    errno = error_;
    return -1;
  }

 private:
  std::string watched_;
  std::vector<Call> calls_;
  std::optional<std::size_t> failing_call_;
  int error_ = 0;
};

}  // namespace
}  // namespace walkit

// The program's own definition goes before libc's.
extern "C" int fsync(int fd) {
  if (auto* spy = walkit::SyncSpy::current(); spy && spy->on_sync(fd) != 0) return -1;
  return static_cast<int>(::syscall(SYS_fsync, fd));
}

namespace walkit {
namespace {

class DirectoryStoreFaults : public testing::Test {
 protected:
  std::string temporary_of(const std::string& path) const {
    return fs::path(path).filename().string().starts_with(".tmp-") ? "temporary" : path;
  }
  std::size_t leftover_count() {
    const auto left = store_->list_leftovers("");
    EXPECT_TRUE(left.has_value()) << left.error().text;
    return left ? left->size() : SIZE_MAX;
  }

  TempDirectory directory_;
  const std::string root_ = fs::canonical(directory_.path());  // as the kernel calls it
  std::unique_ptr<Store> store_ = make_directory_store(root_);
};

TEST_F(DirectoryStoreFaults, EverythingAnObjectNeedsIsSyncedInOrder) {
  SyncSpy spy;
  spy.watch(root_ + "/a/b");
  ASSERT_TRUE(write_object(*store_, "a/b/object", pattern(10)).has_value());
  ASSERT_EQ(spy.calls().size(), 4U);
  EXPECT_EQ(spy.calls()[0].path, root_);
  EXPECT_EQ(spy.calls()[1].path, root_ + "/a");
  EXPECT_EQ(temporary_of(spy.calls()[2].path), "temporary");
  EXPECT_EQ(spy.calls()[2].objects, Names()) << "visible before its content was durable";
  EXPECT_EQ(spy.calls()[3].path, root_ + "/a/b");
  EXPECT_EQ(spy.calls()[3].objects, Names{"object"})
      << "the directory was synced before the object was in it";
}

TEST_F(DirectoryStoreFaults, OnlyTheFirstObjectOfADirectorySyncsTheOnesAbove) {
  ASSERT_TRUE(write_object(*store_, "a/b/first", pattern(10)).has_value());
  SyncSpy spy;
  ASSERT_TRUE(write_object(*store_, "a/b/second", pattern(10)).has_value());
  EXPECT_EQ(spy.calls().size(), 2U);
}

TEST_F(DirectoryStoreFaults, DirectoriesThatAWriterLeftBehindAreSyncedByTheNext) {
  fs::create_directories(root_ + "/a/b");
  SyncSpy spy;
  ASSERT_TRUE(write_object(*store_, "a/b/object", pattern(10)).has_value());
  EXPECT_EQ(spy.calls().size(), 4U);
}

TEST_F(DirectoryStoreFaults, ObjectThatWasThereIsMadeDurable) {
  ASSERT_TRUE(write_object(*store_, "a/object", pattern(10)).has_value());
  SyncSpy spy;
  EXPECT_EQ(kind_of(write_object(*store_, "a/object", pattern(10))), ErrorKind::exists);
  ASSERT_EQ(spy.calls().size(), 3U);
  EXPECT_EQ(spy.paths()[1], root_ + "/a/object");
  EXPECT_EQ(spy.paths()[2], root_ + "/a");
  EXPECT_DONE(store_->make_durable("a/object"));
  EXPECT_EQ(spy.calls().size(), 5U);
}

TEST_F(DirectoryStoreFaults, FileThatCannotBeSyncedIsNotPublished) {
  SyncSpy spy;
  auto pending = store_->create("object");
  ASSERT_TRUE(pending.has_value()) << pending.error().text;
  EXPECT_DONE((*pending)->write(pattern(10)));
  spy.fail_after(0, EIO);
  const auto published = (*pending)->publish();
  EXPECT_EQ(kind_of(published), ErrorKind::io);
  EXPECT_EQ(published.error().text, "could not fsync file \"" + root_ + "/object\": Input/output error");
  // The kernel would say yes now.
  EXPECT_FALSE((*pending)->publish().has_value());
  EXPECT_EQ(spy.calls().size(), 1U) << "synced again";
  pending->reset();
  EXPECT_EQ(kind_of(store_->open("object")), ErrorKind::absent);
  EXPECT_EQ(leftover_count(), 0U);
}

TEST_F(DirectoryStoreFaults, DirectoryThatCannotBeSyncedIsAnErrorThatTheNextWriterMends) {
  {
    SyncSpy spy;
    spy.fail_after(1, EIO);
    const auto written = write_object(*store_, "object", pattern(10));
    EXPECT_EQ(kind_of(written), ErrorKind::io);
    EXPECT_NE(written.error().text.find("could not fsync directory"), std::string::npos)
        << written.error().text;
    // As long as the directory cannot be synced nobody may hear that the object is there.
    spy.fail_after(2, EIO);
    EXPECT_EQ(kind_of(write_object(*store_, "object", pattern(10))), ErrorKind::io);
  }
  EXPECT_EQ(kind_of(write_object(*store_, "object", pattern(10))), ErrorKind::exists);
  EXPECT_EQ(read_object(*store_, "object", 10), pattern(10));
  EXPECT_EQ(leftover_count(), 0U);
}

TEST_F(DirectoryStoreFaults, NoObjectIsPutBelowADirectoryThatCannotBeSynced) {
  SyncSpy spy;
  spy.fail_after(0, EIO);
  EXPECT_EQ(kind_of(write_object(*store_, "a/object", pattern(10))), ErrorKind::io);
  EXPECT_FALSE(fs::exists(root_ + "/a/object"));
  EXPECT_DONE(write_object(*store_, "a/object", pattern(10)));
}

TEST_F(DirectoryStoreFaults, RemovalIsDurable) {
  ASSERT_TRUE(write_object(*store_, "a/object", pattern(10)).has_value());
  SyncSpy spy;
  spy.fail_after(0, EIO);
  EXPECT_EQ(kind_of(store_->remove("a/object")), ErrorKind::io);
  EXPECT_DONE(store_->remove("a/object"));
  EXPECT_EQ(spy.paths(), (Names{root_ + "/a", root_ + "/a"}));
}

TEST_F(DirectoryStoreFaults, FileSystemThatCannotSyncDirectoriesIsPutUpWith) {
  SyncSpy spy;
  spy.fail_after(1, EINVAL);
  EXPECT_DONE(write_object(*store_, "object", pattern(10)));
  EXPECT_EQ(spy.calls().size(), 2U);
}

TEST_F(DirectoryStoreFaults, FileThatGrowsTooLargeIsDiscarded) {
  struct sigaction ignore{}, before{};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGXFSZ, &ignore, &before);
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
  const rlimit small{.rlim_cur = 100'000, .rlim_max = limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);

  auto pending = store_->create("object");
  ASSERT_TRUE(pending.has_value()) << pending.error().text;
  const auto written = (*pending)->write(pattern(150'000));
  EXPECT_EQ(kind_of(written), ErrorKind::no_space);
  EXPECT_EQ(written.error().text, "could not write file \"" + root_ + "/object\": File too large");
  EXPECT_FALSE((*pending)->publish().has_value()) << "published what was cut short";
  pending->reset();

  ::setrlimit(RLIMIT_FSIZE, &limit);
  ::sigaction(SIGXFSZ, &before, nullptr);
  EXPECT_EQ(kind_of(store_->open("object")), ErrorKind::absent);
  EXPECT_EQ(leftover_count(), 0U);
}

TEST_F(DirectoryStoreFaults, DirectoryWithoutRightsIsDenied) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may do anything";
  ASSERT_TRUE(write_object(*store_, "a/object", pattern(10)).has_value());
  ASSERT_EQ(::chmod((root_ + "/a").c_str(), 0550), 0);
  const auto written = write_object(*store_, "a/other", pattern(10));
  EXPECT_EQ(kind_of(written), ErrorKind::denied);
  EXPECT_EQ(written.error().text, "could not create file \"" + root_ + "/a/other\": Permission denied");
  EXPECT_EQ(kind_of(store_->remove("a/object")), ErrorKind::denied);
  EXPECT_EQ(read_object(*store_, "a/object", 10), pattern(10));
  ASSERT_EQ(::chmod((root_ + "/a").c_str(), 0000), 0);
  EXPECT_EQ(kind_of(store_->open("a/object")), ErrorKind::denied) << "must not look absent";
  EXPECT_EQ(kind_of(store_->list("")), ErrorKind::denied);
  ASSERT_EQ(::chmod((root_ + "/a").c_str(), 0750), 0);
  ASSERT_EQ(::chmod(root_.c_str(), 0000), 0);
  EXPECT_EQ(kind_of(store_->probe()), ErrorKind::denied);
  ASSERT_EQ(::chmod(root_.c_str(), 0750), 0);
}

// Becomes root of a namespace of its own, unless it is root already, in which it may mount.
bool may_mount() {
  if (::geteuid() == 0) return ::unshare(CLONE_NEWNS) == 0;
  const std::string user = "0 " + std::to_string(::geteuid()) + " 1";
  const std::string group = "0 " + std::to_string(::getegid()) + " 1";
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  std::ofstream("/proc/self/setgroups") << "deny";
  std::ofstream("/proc/self/uid_map") << user;
  std::ofstream("/proc/self/gid_map") << group;
  return true;
}

constexpr int kCannotMount = 77;

// Runs `test` in a child whose `directory` is a file system of its own; its exit status is what `test`
// returned.
int in_own_file_system(const std::string& directory, const char* options, unsigned long flags,
                       const std::function<int()>& test) {
  const pid_t child = ::fork();
  if (child < 0) return kCannotMount;
  if (child == 0) {
    const bool mounted = may_mount() && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                         ::mount("none", directory.c_str(), "tmpfs", flags, options) == 0;
    ::_exit(mounted ? test() : kCannotMount);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(DirectoryStoreFaults, FullFileSystemHasNoSpaceAndKeepsNothingOfTheObject) {
  const int result = in_own_file_system(root_, "size=1m", 0, [&] {
    if (!write_object(*store_, "fits", pattern(100'000))) return 1;
    const auto written = write_object(*store_, "object", pattern(2'000'000));
    if (written || written.error().kind != ErrorKind::no_space) return 2;
    if (written.error().text != "could not write file \"" + root_ + "/object\": No space left on device")
      return 3;
    if (store_->list("").value().size() != 1 || !store_->list_leftovers("").value().empty()) return 4;
    return write_object(*store_, "also-fits", pattern(500'000)) ? 0 : 5;
  });
  if (result == kCannotMount) GTEST_SKIP() << "no file system can be mounted here";
  EXPECT_EQ(result, 0);
}

TEST_F(DirectoryStoreFaults, ReadOnlyFileSystemIsDenied) {
  const int result = in_own_file_system(root_, "", MS_RDONLY, [&] {
    const auto written = write_object(*store_, "object", pattern(10));
    if (written || written.error().kind != ErrorKind::denied) return 1;
    const auto below = write_object(*store_, "a/object", pattern(10));
    if (below || below.error().kind != ErrorKind::denied) return 2;
    const auto absent = store_->open("object");
    return store_->probe() && !absent && absent.error().kind == ErrorKind::absent ? 0 : 3;
  });
  if (result == kCannotMount) GTEST_SKIP() << "no file system can be mounted here";
  EXPECT_EQ(result, 0);
}

TEST(ErrnoTest, KindsAreWhatTheCallerCanActOn) {
  const std::pair<int, ErrorKind> kExpected[] = {
      {ENOSPC, ErrorKind::no_space}, {EDQUOT, ErrorKind::no_space}, {EFBIG, ErrorKind::no_space},
      {EACCES, ErrorKind::denied},   {EPERM, ErrorKind::denied},    {EROFS, ErrorKind::denied},
      {ENOENT, ErrorKind::absent},   {EEXIST, ErrorKind::exists},   {ENOTDIR, ErrorKind::bad_name},
      {ELOOP, ErrorKind::bad_name},  {EIO, ErrorKind::io},          {ESTALE, ErrorKind::io},
      {EMFILE, ErrorKind::io},       {EINTR, ErrorKind::io},        {0, ErrorKind::io},
  };
  for (const auto& [error, kind] : kExpected) EXPECT_EQ(kind_of_errno(error), kind) << error;
  EXPECT_EQ(call_failed("write file", "/a/b", EDQUOT).error().text,
            "could not write file \"/a/b\": Disk quota exceeded");
}

}  // namespace
}  // namespace walkit
