#include "archiver/store_decorators.h"

#include <map>
#include <thread>

#include "tests/archiver/memory_store.h"
#include "tests/archiver/store_expectations.h"
#include "tests/segments/test_files.h"

namespace walkit {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr RetryPolicy kQuick{.attempts = 3, .first_delay = milliseconds(1)};

// Fails the first `times` calls of each operation, and counts all calls.
class FailsAtFirst {
 public:
  FailsAtFirst(ErrorKind kind, int times) : state_(std::make_shared<State>(kind, times)) {}

  std::optional<StoreError> operator()(StoreOperation operation, std::string_view) {
    if (state_->calls[operation]++ >= state_->times) return std::nullopt;
    return StoreError{state_->kind, "it failed"};
  }
  int calls(StoreOperation operation) const { return state_->calls[operation]; }

 private:
  struct State {
    State(ErrorKind the_kind, int the_times) : kind(the_kind), times(the_times) {}
    ErrorKind kind;
    int times;
    std::map<StoreOperation, int> calls;
  };
  std::shared_ptr<State> state_;
};

std::unique_ptr<Store> retrying(const FaultPlan& plan) {
  auto memory = std::make_unique<MemoryStore>();
  memory->plant("there", pattern(100));
  return make_retrying_store(make_faulty_store(std::move(memory), plan), kQuick);
}

TEST(RetryingStoreTest, RepeatsWhatFailedForTheMoment) {
  for (const ErrorKind kind : {ErrorKind::io, ErrorKind::unreachable}) {
    const auto store = retrying(FailsAtFirst(kind, 2));
    EXPECT_DONE(store->probe());
    EXPECT_EQ(read_object(*store, "there", 100), pattern(100));
    EXPECT_TRUE(store->create("new").has_value());
    EXPECT_TRUE(store->list("").has_value());
    EXPECT_DONE(store->make_durable("there"));
    EXPECT_DONE(store->remove("there"));
  }
}

TEST(RetryingStoreTest, GivesUpAndSaysAfterHowManyAttempts) {
  FailsAtFirst plan(ErrorKind::io, 1000);
  const auto store = retrying(plan);
  const auto opened = store->open("there");
  EXPECT_EQ(kind_of(opened), ErrorKind::io);
  EXPECT_EQ(opened.error().text, "it failed (after 3 attempts)");
  EXPECT_EQ(plan.calls(StoreOperation::open), 3);
}

TEST(RetryingStoreTest, TakesWhatIsFinalForFinal) {
  for (const ErrorKind kind :
       {ErrorKind::absent, ErrorKind::denied, ErrorKind::no_space, ErrorKind::timeout, ErrorKind::bad_name}) {
    FailsAtFirst plan(kind, 1);
    const auto store = retrying(plan);
    const auto opened = store->open("there");
    EXPECT_EQ(kind_of(opened), kind);
    EXPECT_EQ(opened.error().text, "it failed");
    EXPECT_EQ(plan.calls(StoreOperation::open), 1);
  }
}

TEST(RetryingStoreTest, NeverWritesTwice) {
  FailsAtFirst plan(ErrorKind::io, 1);
  const auto store = retrying(plan);
  auto pending = store->create("new");
  ASSERT_TRUE(pending.has_value()) << pending.error().text;
  EXPECT_EQ(kind_of((*pending)->write(pattern(10))), ErrorKind::io);
  EXPECT_EQ(kind_of((*pending)->publish()), ErrorKind::io);
  EXPECT_EQ(plan.calls(StoreOperation::write), 1);
  EXPECT_EQ(plan.calls(StoreOperation::publish), 1);
}

TEST(RetryingStoreTest, ObjectsOutliveTheStore) {
  auto store = retrying(FailsAtFirst(ErrorKind::io, 1));
  auto object = store->open("there");
  ASSERT_TRUE(object.has_value()) << object.error().text;
  store.reset();
  Bytes out(100);
  EXPECT_EQ((*object)->read_at(0, out), 100U);
}

TEST(DeadlineStoreTest, FailsWhateverBeginsTooLate) {
  auto memory = std::make_unique<MemoryStore>();
  memory->plant("there", pattern(100));
  const auto store = make_deadline_store(std::move(memory), steady_clock::now() + milliseconds(200));
  auto object = store->open("there");
  auto pending = store->create("new");
  ASSERT_TRUE(object.has_value() && pending.has_value());
  std::this_thread::sleep_for(milliseconds(250));

  Bytes out(10);
  EXPECT_EQ(kind_of((*object)->read_at(0, out)), ErrorKind::timeout);
  EXPECT_EQ(kind_of((*pending)->write(out)), ErrorKind::timeout);
  EXPECT_EQ(kind_of((*pending)->publish()), ErrorKind::timeout);
  EXPECT_EQ(kind_of(store->probe()), ErrorKind::timeout);
  EXPECT_EQ(kind_of(store->create("new")), ErrorKind::timeout);
  EXPECT_EQ(kind_of(store->list("")), ErrorKind::timeout);
  EXPECT_EQ(kind_of(store->list_directories("")), ErrorKind::timeout);
  EXPECT_EQ(kind_of(store->list_leftovers("")), ErrorKind::timeout);
  EXPECT_EQ(kind_of(store->remove("there")), ErrorKind::timeout);
  EXPECT_EQ(kind_of(store->make_durable("there")), ErrorKind::timeout);
  const auto opened = store->open("there");
  EXPECT_EQ(kind_of(opened), ErrorKind::timeout);
  EXPECT_EQ(opened.error().text, "could not open \"there\" in the time allowed");
}

TEST(FaultyStoreTest, FailsWhatItIsToldTo) {
  const auto store =
      make_faulty_store(std::make_unique<MemoryStore>(),
                        [](StoreOperation operation, std::string_view name) -> std::optional<StoreError> {
                          if (operation != StoreOperation::publish || name != "bad") return std::nullopt;
                          return StoreError{ErrorKind::no_space, "full"};
                        });
  EXPECT_EQ(kind_of(write_object(*store, "bad", pattern(10))), ErrorKind::no_space);
  EXPECT_EQ(kind_of(store->open("bad")), ErrorKind::absent);
  EXPECT_DONE(write_object(*store, "good", pattern(10)));
}

}  // namespace
}  // namespace walkit
