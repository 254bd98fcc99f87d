// What is particular to a store that is a directory; store_conformance.h tests the rest.
#include "archiver/directory_store.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <thread>

#include "archiver/claim_file.h"
#include "archiver/file_calls.h"
#include "archiver/place_file.h"
#include "tests/archiver/store_expectations.h"
#include "tests/segments/test_files.h"

namespace walkit {
namespace {

namespace fs = std::filesystem;

class DirectoryStoreTest : public testing::TestWithParam<PlaceMethod> {
 protected:
  std::unique_ptr<Store> make(FileModes modes = {}) const {
    return make_directory_store(directory_.path(), modes, GetParam());
  }
  struct stat status_of(std::string_view name) const {
    struct stat status{};
    EXPECT_EQ(::lstat((directory_ / name).c_str(), &status), 0) << name;
    return status;
  }
  std::vector<Leftover> leftovers() {
    auto found = store_->list_leftovers("");
    EXPECT_TRUE(found.has_value()) << found.error().text;
    return found.value_or(std::vector<Leftover>());
  }

  TempDirectory directory_;
  std::unique_ptr<Store> store_ = make();
};

INSTANTIATE_TEST_SUITE_P(By, DirectoryStoreTest,
                         testing::Values(PlaceMethod::rename, PlaceMethod::link, PlaceMethod::claim),
                         [](const auto& test) {
                           return std::string(
                               std::array{"Rename", "Link", "Claim"}[static_cast<int>(test.param)]);
                         });

// A child that dies of SIGKILL having written to "a/b", and not published it.
void write_and_die(Store& store) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto pending = store.create("a/b");
    if (pending && (*pending)->write(pattern(1000))) ::raise(SIGKILL);
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

TEST_P(DirectoryStoreTest, WriterThatDiesLeavesNothingButALeftover) {
  write_and_die(*store_);
  EXPECT_EQ(kind_of(store_->open("a/b")), ErrorKind::absent);
  EXPECT_TRUE(store_->list("")->empty());
  EXPECT_TRUE(store_->list_directories("")->empty());
  const auto left = leftovers();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_TRUE(left[0].name.starts_with("a/.tmp-" + host_name() + "-")) << left[0].name;
  EXPECT_TRUE(left[0].name.ends_with("-b")) << left[0].name;
  EXPECT_EQ(left[0].size_bytes, 1000U);
  EXPECT_FALSE(left[0].in_use);
  EXPECT_LT(left[0].age_seconds, 60);

  EXPECT_DONE(write_object(*store_, "a/b", pattern(10)));
  EXPECT_DONE(store_->remove(left[0].name));
  EXPECT_TRUE(leftovers().empty());
  EXPECT_EQ(read_object(*store_, "a/b", 10), pattern(10));
}

TEST_P(DirectoryStoreTest, LeftoversTellWhetherTheyAreInUseAndTheirAge) {
  auto pending = store_->create("a/b");
  ASSERT_TRUE(pending.has_value()) << pending.error().text;
  auto left = leftovers();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_TRUE(left[0].in_use);
  const timespec two_hours_ago[2] = {{::time(nullptr) - 7200, 0}, {::time(nullptr) - 7200, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (directory_ / left[0].name).c_str(), two_hours_ago, 0), 0);
  left = leftovers();
  EXPECT_GE(left.at(0).age_seconds, 7200);
  EXPECT_LT(left.at(0).age_seconds, 7300);
  EXPECT_DONE((*pending)->publish());
  EXPECT_TRUE(leftovers().empty());
}

TEST_P(DirectoryStoreTest, MissingRootIsUnreachableAndNotMade) {
  const std::string root = directory_ / "unmounted";
  const auto store = make_directory_store(root, {}, GetParam());
  const auto probed = store->probe();
  EXPECT_EQ(kind_of(probed), ErrorKind::unreachable);
  EXPECT_EQ(probed.error().text,
            "directory \"" + root + "\" does not exist; perhaps its disk is not mounted");
  EXPECT_EQ(kind_of(store->open("a")), ErrorKind::unreachable);
  EXPECT_EQ(kind_of(store->create("a/b")), ErrorKind::unreachable);
  EXPECT_EQ(kind_of(store->make_durable("a/b")), ErrorKind::unreachable);
  EXPECT_EQ(kind_of(store->list("")), ErrorKind::unreachable);
  EXPECT_EQ(kind_of(store->list_directories("")), ErrorKind::unreachable);
  EXPECT_EQ(kind_of(store->list_leftovers("")), ErrorKind::unreachable);
  EXPECT_EQ(kind_of(store->remove("a")), ErrorKind::unreachable);
  EXPECT_FALSE(fs::exists(root));
}

TEST_P(DirectoryStoreTest, RootThatIsAFileIsUnreachable) {
  const auto store = make_directory_store(directory_.write("file", std::string_view("x")), {}, GetParam());
  EXPECT_EQ(kind_of(store->probe()), ErrorKind::unreachable);
}

TEST_P(DirectoryStoreTest, RootMayBeALink) {
  const TempDirectory other;
  fs::create_symlink(other.path(), directory_ / "link");
  const auto store = make_directory_store(directory_ / "link", {}, GetParam());
  EXPECT_DONE(write_object(*store, "a/b", pattern(10)));
  EXPECT_EQ(read_file(other / "a/b"), pattern(10));
}

// Sets the umask for as long as it lives.
class Umask {
 public:
  explicit Umask(mode_t mask) : before_(::umask(mask)) {}
  Umask(const Umask&) = delete;
  Umask& operator=(const Umask&) = delete;
  ~Umask() { ::umask(before_); }

 private:
  mode_t before_;
};

// A group that files can be given to and that they do not have by themselves, if there is one.
gid_t other_group() {
  if (::geteuid() == 0) return 4242;
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
  if (!groups.empty() && ::getgroups(static_cast<int>(groups.size()), groups.data()) > 0)
    return groups.back();
  return ::getegid();
}

TEST_P(DirectoryStoreTest, ModesAndGroupDoNotDependOnTheUmask) {
  const FileModes given{.file = 0664, .directory = 0775, .group = other_group()};
  for (const mode_t mask : {0000, 0022, 0077}) {
    const Umask umask(mask);
    const std::string top = "mask" + std::to_string(mask);
    EXPECT_DONE(write_object(*store_, top + "/default/b", pattern(10)));
    EXPECT_EQ(status_of(top).st_mode & 07777, 0750U);
    EXPECT_EQ(status_of(top + "/default").st_mode & 07777, 0750U);
    EXPECT_EQ(status_of(top + "/default/b").st_mode & 07777, 0640U);
    EXPECT_DONE(write_object(*make(given), top + "-given/b", pattern(10)));
    for (const std::string& name : {top + "-given", top + "-given/b"})
      EXPECT_EQ(status_of(name).st_gid, *given.group);
    EXPECT_EQ(status_of(top + "-given").st_mode & 07777, 0775U);
    EXPECT_EQ(status_of(top + "-given/b").st_mode & 07777, 0664U);
  }
}

TEST_P(DirectoryStoreTest, WhatTheSuperuserMakesBelongsToTheOwnerOfTheRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "not the superuser";
  constexpr uid_t kOwner = 4711;
  constexpr gid_t kGroup = 4712;
  ASSERT_EQ(::chown(directory_.path().c_str(), kOwner, kGroup), 0);
  EXPECT_DONE(write_object(*store_, "a/b/c", pattern(10)));
  for (const std::string name : {"a", "a/b", "a/b/c"}) {
    EXPECT_EQ(status_of(name).st_uid, kOwner) << name;
    EXPECT_EQ(status_of(name).st_gid, kGroup) << name;
  }
  EXPECT_EQ(status_of("a/b").st_mode & 07777, 0750U);
  EXPECT_EQ(status_of("a/b/c").st_mode & 07777, 0640U);
}

TEST_P(DirectoryStoreTest, DirectoriesThatHandDownTheirGroupGoOnDoingSo) {
  ASSERT_EQ(::chmod(directory_.path().c_str(), 02750), 0);
  EXPECT_DONE(write_object(*store_, "a/b", pattern(10)));
  EXPECT_EQ(status_of("a").st_mode & 07777, 02750U);
}

TEST_P(DirectoryStoreTest, LinksBelowTheRootAreRefused) {
  const TempDirectory outside;
  outside.write("secret", std::string_view("secret"));
  EXPECT_DONE(write_object(*store_, "real/object", pattern(10)));
  fs::create_symlink(outside.path(), directory_ / "directory");
  fs::create_symlink(outside / "secret", directory_ / "real/file");
  fs::create_symlink(outside / "nowhere", directory_ / "real/dangling");

  for (const std::string name : {"directory/secret", "real/file", "real/dangling"}) {
    EXPECT_EQ(kind_of(store_->open(name)), ErrorKind::bad_name) << name;
    EXPECT_EQ(kind_of(store_->make_durable(name)), ErrorKind::bad_name) << name;
    EXPECT_EQ(kind_of(write_object(*store_, name, pattern(10))), ErrorKind::bad_name) << name;
    EXPECT_EQ(kind_of(store_->remove(name)), ErrorKind::bad_name) << name;
  }
  EXPECT_EQ(kind_of(store_->list("directory")), ErrorKind::bad_name);
  const auto objects = store_->list("");
  ASSERT_TRUE(objects.has_value() && objects->size() == 1);
  EXPECT_EQ(objects->front().name, "real/object");
  EXPECT_EQ(*store_->list_directories(""), std::vector<std::string>{"real"});
  EXPECT_TRUE(leftovers().empty());
  EXPECT_FALSE(fs::exists(outside / "nowhere"));
  EXPECT_EQ(std::distance(fs::directory_iterator(outside.path()), {}), 1);
  EXPECT_TRUE(fs::is_symlink(directory_ / "real/file"));
}

TEST_P(DirectoryStoreTest, WhatIsNoFileIsNoObject) {
  fs::create_directory(directory_ / "directory");
  ASSERT_EQ(::mkfifo((directory_ / "pipe").c_str(), 0600), 0);
  for (const std::string name : {"directory", "pipe"}) {
    EXPECT_EQ(kind_of(store_->open(name)), ErrorKind::bad_name) << name;
    EXPECT_EQ(kind_of(write_object(*store_, name, pattern(10))), ErrorKind::bad_name) << name;
    EXPECT_EQ(kind_of(store_->remove(name)), ErrorKind::bad_name) << name;
  }
  EXPECT_DONE(write_object(*store_, "object", pattern(10)));
  EXPECT_EQ(kind_of(store_->create("object/below")), ErrorKind::bad_name);
  EXPECT_EQ(store_->list("")->size(), 1U);
}

TEST_P(DirectoryStoreTest, WhatOthersPutThereIsPassedOver) {
  fs::create_directories(directory_ / "lost+found");
  directory_.write("lost+found/12", std::string_view("x"));
  directory_.write(".nfs00001", std::string_view("x"));
  EXPECT_TRUE(store_->list("")->empty());
  EXPECT_TRUE(store_->list_directories("")->empty());
  EXPECT_TRUE(leftovers().empty());
}

TEST_P(DirectoryStoreTest, WritersThatMakeTheSameDirectoriesDoNotDisturbEachOther) {
  std::vector<StoreResult<void>> results(8);
  {
    std::vector<std::jthread> writers;
    writers.reserve(results.size());
    for (std::size_t i = 0; i < results.size(); ++i)
      writers.emplace_back(
          [&, i] { results[i] = write_object(*store_, "a/b/c/d/e/" + std::to_string(i), pattern(100)); });
  }
  for (const auto& result : results) EXPECT_TRUE(result.has_value()) << result.error().text;
  EXPECT_EQ(store_->list("a/b/c/d/e")->size(), results.size());
}

TEST(ClaimTest, IsExclusiveAndGivenBack) {
  const TempDirectory directory;
  const UniqueFd fd(::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY));
  {
    const auto claim = Claim::take(fd.get(), "object");
    ASSERT_TRUE(claim.has_value());
    EXPECT_TRUE(fs::exists(directory / Claim::file_name("object")));
    const auto second = Claim::take(fd.get(), "object");
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error(), EBUSY);
  }
  EXPECT_FALSE(fs::exists(directory / Claim::file_name("object")));
}

TEST(ClaimTest, OfAWriterThatDiedHereIsTakenOverAtOnce) {
  const TempDirectory directory;
  directory.write(Claim::file_name("object"), std::string_view(host_name()));
  const auto store = make_directory_store(directory.path(), {}, PlaceMethod::claim);
  EXPECT_EQ(store->list_leftovers("")->at(0).name, Claim::file_name("object"));
  EXPECT_DONE(write_object(*store, "object", pattern(10)));
  EXPECT_TRUE(store->list_leftovers("")->empty());
}

TEST(ClaimTest, OfAnotherHostIsTakenOverWhenItIsOld) {
  const TempDirectory directory;
  const std::string claim = directory.write(Claim::file_name("object"), std::string_view("elsewhere"));
  const auto store = make_directory_store(directory.path(), {}, PlaceMethod::claim);
  const auto refused = write_object(*store, "object", pattern(10));
  EXPECT_EQ(kind_of(refused), ErrorKind::io);
  EXPECT_NE(refused.error().text.find(claim), std::string::npos) << refused.error().text;
  const timespec before[2] = {{::time(nullptr) - 100, 0}, {::time(nullptr) - 100, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, claim.c_str(), before, 0), 0);
  EXPECT_DONE(write_object(*store, "object", pattern(10)));
  EXPECT_FALSE(fs::exists(claim));
}

TEST(PlaceFileTest, LostReplyIsTakenForSuccess) {
  const TempDirectory directory;
  const OpenDirectory open{.fd = UniqueFd(::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY)),
                           .path = directory.path()};
  const UniqueFd file(::open(directory.write("from", std::string_view("x")).c_str(), O_RDONLY));
  // As a server leaves it that has made the link and whose answer never came.
  fs::create_hard_link(directory / "from", directory / "to");
  EXPECT_DONE(place_file(open, file.get(), "from", "to", PlaceMethod::link));
  EXPECT_FALSE(fs::exists(directory / "from"));
  EXPECT_TRUE(fs::exists(directory / "to"));
}

}  // namespace
}  // namespace walkit
