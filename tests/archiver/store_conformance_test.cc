#include "tests/archiver/store_conformance.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "archiver/directory_store.h"
#include "archiver/place_file.h"
#include "archiver/store_decorators.h"
#include "tests/archiver/memory_store.h"

namespace walkit {

TEST_P(StoreConformance, IsThereAndHasAName) {
  EXPECT_DONE(store_->probe());
  EXPECT_FALSE(store_->url().empty());
  EXPECT_EQ(listed(""), Names());
  EXPECT_EQ(directories(""), Names());
}

TEST_P(StoreConformance, PublishedObjectsHoldWhatWasWritten) {
  const Bytes bytes = pattern(100'000);
  auto pending = store_->create("main/1/000000010000000000000001.zst");
  ASSERT_TRUE(pending.has_value()) << pending.error().text;
  EXPECT_DONE((*pending)->write(std::span(bytes).first(1)));
  EXPECT_DONE((*pending)->write({}));
  EXPECT_DONE((*pending)->write(std::span(bytes).subspan(1)));
  EXPECT_DONE((*pending)->publish());
  EXPECT_EQ(content("main/1/000000010000000000000001.zst"), bytes);
  pending->reset();
  EXPECT_EQ(content("main/1/000000010000000000000001.zst"), bytes);
  EXPECT_DONE(store_->make_durable("main/1/000000010000000000000001.zst"));
}

TEST_P(StoreConformance, AnObjectMayBeEmpty) {
  write("empty", 0);
  EXPECT_EQ(content("empty"), Bytes());
  EXPECT_EQ(listed(""), Names{"empty"});
}

TEST_P(StoreConformance, UnpublishedObjectsAreInvisibleAndDiscarded) {
  {
    auto pending = store_->create("a/b");
    ASSERT_TRUE(pending.has_value()) << pending.error().text;
    EXPECT_DONE((*pending)->write(pattern(1000)));
    EXPECT_EQ(kind_of(store_->open("a/b")), ErrorKind::absent);
    EXPECT_EQ(listed(""), Names());
    EXPECT_EQ(directories(""), Names());
  }
  EXPECT_EQ(kind_of(store_->open("a/b")), ErrorKind::absent);
  const auto leftovers = store_->list_leftovers("");
  ASSERT_TRUE(leftovers.has_value()) << leftovers.error().text;
  EXPECT_TRUE(leftovers->empty()) << leftovers->front().name;
}

TEST_P(StoreConformance, TheFirstOfTwoObjectsOfANameStays) {
  write("a/b", 100, 1);
  auto second = store_->create("a/b");
  ASSERT_TRUE(second.has_value()) << second.error().text;
  EXPECT_DONE((*second)->write(pattern(200, 2)));
  EXPECT_EQ(kind_of((*second)->publish()), ErrorKind::exists);
  second->reset();
  EXPECT_EQ(content("a/b"), pattern(100, 1));
  EXPECT_EQ(listed(""), Names{"a/b"});
}

TEST_P(StoreConformance, PublishingTwiceIsAnErrorAndHarmless) {
  auto pending = store_->create("a/b");
  ASSERT_TRUE(pending.has_value()) << pending.error().text;
  EXPECT_DONE((*pending)->write(pattern(100)));
  EXPECT_DONE((*pending)->publish());
  EXPECT_FALSE((*pending)->publish().has_value());
  EXPECT_FALSE((*pending)->write(pattern(1)).has_value());
  pending->reset();
  EXPECT_EQ(content("a/b"), pattern(100));
}

TEST_P(StoreConformance, OfWritersRacingForANameOneWins) {
  constexpr std::uint32_t kWriters = 8;
  for (int round = 0; round < 5; ++round) {
    const std::string name = "race/" + std::to_string(round);
    std::vector<StoreResult<void>> results(kWriters);
    {
      std::vector<std::jthread> writers;
      writers.reserve(kWriters);
      for (std::uint32_t i = 0; i < kWriters; ++i)
        writers.emplace_back([&, i] { results[i] = write_object(*store_, name, pattern(50'000 + i, i)); });
    }
    std::uint32_t winner = kWriters;
    for (std::uint32_t i = 0; i < kWriters; ++i) {
      if (!results[i]) {
        EXPECT_EQ(results[i].error().kind, ErrorKind::exists) << results[i].error().text;
        continue;
      }
      EXPECT_EQ(winner, kWriters) << "two writers published one name";
      winner = i;
    }
    ASSERT_LT(winner, kWriters) << "nobody published";
    EXPECT_EQ(content(name), pattern(50'000 + winner, winner));
  }
}

TEST_P(StoreConformance, RefusesNamesThatAreNoPathsBelowItsRoot) {
  const std::string with_nul("a\0b", 3);
  for (const std::string& name :
       {std::string(), std::string("/a"), std::string("../a"), std::string("a/../b"), std::string("a//b"),
        std::string(".hidden"), std::string("a/.tmp-b"), std::string("a/"), std::string("."),
        std::string("a/./b"), std::string("a\\b"), std::string("a\nb"), with_nul, std::string(129, 'x'),
        std::string("a/.b.claim")}) {
    EXPECT_EQ(kind_of(store_->open(name)), ErrorKind::bad_name) << name;
    EXPECT_EQ(kind_of(store_->create(name)), ErrorKind::bad_name) << name;
    EXPECT_EQ(kind_of(store_->make_durable(name)), ErrorKind::bad_name) << name;
  }
  for (const std::string name :
       {"/a", "../a", "a/../b", "a//b", ".", "a/", "..", "../.tmp-x", ".tmp-x/a", "/.tmp-a"}) {
    EXPECT_EQ(kind_of(store_->remove(name)), ErrorKind::bad_name) << name;
    EXPECT_EQ(kind_of(store_->list(name)), ErrorKind::bad_name) << name;
    EXPECT_EQ(kind_of(store_->list_directories(name)), ErrorKind::bad_name) << name;
    EXPECT_EQ(kind_of(store_->list_leftovers(name)), ErrorKind::bad_name) << name;
  }
  EXPECT_EQ(listed(""), Names());
}

TEST_P(StoreConformance, TakesTheNamesOfAnArchive) {
  const Names names = {"main/7403/000000010000002A/000000010000002A000000FE~0123456789abcdef.zst",
                       "main/7403/000000010000002A0000000F.00000028.backup.zst", "main/walkit.json",
                       std::string(128, 'x')};
  for (const std::string& name : names) write(name);
  for (const std::string& name : names) EXPECT_EQ(content(name), pattern(100)) << name;
  EXPECT_EQ(listed(""), names);
}

TEST_P(StoreConformance, ListsWhatIsBelowADirectoryInOrder) {
  for (const std::string name : {"b/2/y", "b/10", "b/2/x", "bb/1", "b-/1", "a", "b/1/1/1"})
    write(name, name.size());
  EXPECT_EQ(listed(""), (Names{"a", "b-/1", "b/1/1/1", "b/10", "b/2/x", "b/2/y", "bb/1"}));
  EXPECT_EQ(listed("b"), (Names{"b/1/1/1", "b/10", "b/2/x", "b/2/y"}))
      << "a directory, not a prefix of strings";
  EXPECT_EQ(listed("b/2"), (Names{"b/2/x", "b/2/y"}));
  EXPECT_EQ(listed("c/d"), Names());
  const auto files = store_->list_files("b");
  ASSERT_TRUE(files.has_value() && files->size() == 1) << "what lies deeper is not in it";
  EXPECT_EQ(files->front().name, "b/10");
  EXPECT_TRUE(store_->list_files("c")->empty());
  const auto objects = store_->list("b/1");
  ASSERT_TRUE(objects.has_value() && objects->size() == 1);
  EXPECT_EQ(objects->front().size_bytes, std::string("b/1/1/1").size());
}

TEST_P(StoreConformance, ListsDirectoriesThatHoldObjects) {
  for (const std::string name : {"b/2/y/z", "b/10", "b/2/x", "bb/1", "a", "b/1/1/1"}) write(name);
  EXPECT_EQ(directories(""), (Names{"b", "bb"}));
  EXPECT_EQ(directories("b"), (Names{"1", "2"}));
  EXPECT_EQ(directories("b/1/1"), Names());
  EXPECT_EQ(directories("nowhere"), Names());
  EXPECT_DONE(store_->remove("bb/1"));
  EXPECT_EQ(directories(""), Names{"b"});
}

TEST_P(StoreConformance, RemovedObjectsAreGone) {
  write("a/b");
  write("a/c");
  EXPECT_DONE(store_->remove("a/b"));
  EXPECT_EQ(kind_of(store_->open("a/b")), ErrorKind::absent);
  EXPECT_EQ(listed(""), Names{"a/c"});
  EXPECT_DONE(store_->remove("a/b"));
  EXPECT_DONE(store_->remove("never/was"));
  write("a/b", 50, 2);
  EXPECT_EQ(content("a/b"), pattern(50, 2));
}

TEST_P(StoreConformance, WhatIsAbsentIsSaidToBe) {
  EXPECT_EQ(kind_of(store_->open("a")), ErrorKind::absent);
  EXPECT_EQ(kind_of(store_->open("a/b/c")), ErrorKind::absent);
  EXPECT_EQ(kind_of(store_->make_durable("a/b/c")), ErrorKind::absent);
  EXPECT_EQ(kind_of(read_object(*store_, "a", 10)), ErrorKind::absent);
  EXPECT_EQ(listed(""), Names()) << "asking made something";
}

TEST_P(StoreConformance, BigObjectsAreReadAnywhere) {
  constexpr std::size_t kSize = (std::size_t{20} << 20) + 7;
  const Bytes bytes = pattern(kSize);
  EXPECT_DONE(write_object(*store_, "big", bytes));
  auto object = store_->open("big");
  ASSERT_TRUE(object.has_value()) << object.error().text;
  EXPECT_EQ((*object)->size_bytes(), kSize);
  Bytes out(1 << 20);
  for (const std::size_t offset :
       {std::size_t{0}, kSize - 1, kSize, kSize + 1000, std::size_t{12'345'678}, kSize - 100}) {
    const auto got = (*object)->read_at(offset, out);
    ASSERT_TRUE(got.has_value()) << got.error().text;
    const std::size_t expected = offset < kSize ? std::min(out.size(), kSize - offset) : 0;
    ASSERT_EQ(*got, expected) << offset;
    EXPECT_TRUE(std::ranges::equal(std::span(out).first(*got),
                                   std::span(bytes).subspan(std::min(offset, kSize), *got)));
  }
}

TEST_P(StoreConformance, SmallObjectsAreReadWholeOrNotAtAll) {
  write("small", 100);
  EXPECT_EQ(read_object(*store_, "small", 100), pattern(100));
  EXPECT_EQ(kind_of(read_object(*store_, "small", 99)), ErrorKind::io);
}

TEST_P(StoreConformance, AnOpenObjectSurvivesItsRemoval) {
  write("a", 100);
  auto object = store_->open("a");
  ASSERT_TRUE(object.has_value()) << object.error().text;
  EXPECT_DONE(store_->remove("a"));
  Bytes out(100);
  EXPECT_EQ((*object)->read_at(0, out), 100U);
  EXPECT_EQ(out, pattern(100));
}

namespace {

using std::chrono::steady_clock;

const StoreUnderTest kStores[] = {
    {"Directory", [](const std::string& root) { return make_directory_store(root); }},
    {"DirectoryByLink",
     [](const std::string& root) { return make_directory_store(root, {}, PlaceMethod::link); }},
    {"DirectoryByClaim",
     [](const std::string& root) { return make_directory_store(root, {}, PlaceMethod::claim); }},
    {"Retrying", [](const std::string& root) { return make_retrying_store(make_directory_store(root)); }},
    {"WithDeadline",
     [](const std::string& root) {
       return make_deadline_store(make_directory_store(root), steady_clock::now() + std::chrono::hours(1));
     }},
    {"WithoutFaults",
     [](const std::string& root) {
       return make_faulty_store(make_directory_store(root), [](auto, auto) { return std::nullopt; });
     }},
    {"Memory", [](const std::string&) { return std::make_unique<MemoryStore>(); }},
};

INSTANTIATE_TEST_SUITE_P(All, StoreConformance, testing::ValuesIn(kStores), name_of);

}  // namespace
}  // namespace walkit
