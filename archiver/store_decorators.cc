#include "archiver/store_decorators.h"

#include <fmt/format.h>

#include <array>
#include <thread>
#include <utility>

namespace walkit {
namespace {

// Calls that failed for a moment's reason are made again; the last error says how often.
template <typename Call>
auto with_retries(const RetryPolicy& policy, const Call& call) -> decltype(call()) {
  auto delay = policy.first_delay;
  for (int attempt = 1;; ++attempt, delay *= 2) {
    auto result = call();
    if (result) return result;
    if (attempt >= policy.attempts || !result.error().transient()) {
      if (attempt > 1) result.error().text += fmt::format(" (after {} attempts)", attempt);
      return result;
    }
    std::this_thread::sleep_for(delay);
  }
}

// Opened anew after a failure: over a network the file may have to be looked up again. Objects never change.
class RetryingObject final : public StoredObject {
 public:
  RetryingObject(std::shared_ptr<Store> store, RetryPolicy policy, std::string name,
                 std::unique_ptr<StoredObject> object)
      : store_(std::move(store)),
        policy_(policy),
        name_(std::move(name)),
        size_(object->size_bytes()),
        object_(std::move(object)) {}

  std::uint64_t size_bytes() const override { return size_; }

  StoreResult<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) override {
    return with_retries(policy_, [&] { return read_once(offset, out); });
  }

 private:
  StoreResult<std::size_t> read_once(std::uint64_t offset, std::span<std::byte> out) {
    if (!object_) {
      auto opened = store_->open(name_);
      if (!opened) return std::unexpected(std::move(opened).error());
      object_ = *std::move(opened);
    }
    auto got = object_->read_at(offset, out);
    if (!got) object_.reset();
    return got;
  }

  std::shared_ptr<Store> store_;
  RetryPolicy policy_;
  std::string name_;
  std::uint64_t size_;
  std::unique_ptr<StoredObject> object_;  ///< none after a failure
};

class RetryingStore final : public Store {
 public:
  RetryingStore(std::unique_ptr<Store> store, RetryPolicy policy)
      : store_(std::move(store)), policy_(policy) {}

  const std::string& url() const override { return store_->url(); }
  StoreResult<void> probe() override {
    return with_retries(policy_, [&] { return store_->probe(); });
  }
  StoreResult<std::unique_ptr<StoredObject>> open(std::string_view name) override {
    auto object = with_retries(policy_, [&] { return store_->open(name); });
    if (!object) return object;
    return std::make_unique<RetryingObject>(store_, policy_, std::string(name), *std::move(object));
  }
  StoreResult<std::unique_ptr<PendingObject>> create(std::string_view name) override {
    return with_retries(policy_, [&] { return store_->create(name); });
  }
  StoreResult<void> make_durable(std::string_view name) override {
    return with_retries(policy_, [&] { return store_->make_durable(name); });
  }
  StoreResult<std::vector<ListedObject>> list(std::string_view directory) override {
    return with_retries(policy_, [&] { return store_->list(directory); });
  }
  StoreResult<std::vector<ListedObject>> list_files(std::string_view directory) override {
    return with_retries(policy_, [&] { return store_->list_files(directory); });
  }
  StoreResult<std::vector<std::string>> list_directories(std::string_view directory) override {
    return with_retries(policy_, [&] { return store_->list_directories(directory); });
  }
  StoreResult<std::vector<Leftover>> list_leftovers(std::string_view directory) override {
    return with_retries(policy_, [&] { return store_->list_leftovers(directory); });
  }
  StoreResult<void> remove(std::string_view name) override {
    return with_retries(policy_, [&] { return store_->remove(name); });
  }

 private:
  std::shared_ptr<Store> store_;  ///< also of the objects that were opened
  RetryPolicy policy_;
};

// Asks before each operation whether it may begin; any thread may be the one that asks.
class Gate {
 public:
  explicit Gate(FaultPlan plan) : plan_(std::move(plan)) {}

  template <typename Call>
  auto pass(StoreOperation operation, std::string_view name, const Call& call) const -> decltype(call()) {
    if (auto error = plan_(operation, name)) return std::unexpected(*std::move(error));
    return call();
  }

 private:
  FaultPlan plan_;
};

class GatedObject final : public StoredObject {
 public:
  GatedObject(std::shared_ptr<const Gate> gate, std::string name, std::unique_ptr<StoredObject> object)
      : gate_(std::move(gate)), name_(std::move(name)), object_(std::move(object)) {}

  std::uint64_t size_bytes() const override { return object_->size_bytes(); }
  StoreResult<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) override {
    return gate_->pass(StoreOperation::read, name_, [&] { return object_->read_at(offset, out); });
  }

 private:
  std::shared_ptr<const Gate> gate_;
  std::string name_;
  std::unique_ptr<StoredObject> object_;
};

class GatedPending final : public PendingObject {
 public:
  GatedPending(std::shared_ptr<const Gate> gate, std::string name, std::unique_ptr<PendingObject> object)
      : gate_(std::move(gate)), name_(std::move(name)), object_(std::move(object)) {}

  StoreResult<void> write(ByteSpan bytes) override {
    return gate_->pass(StoreOperation::write, name_, [&] { return object_->write(bytes); });
  }
  StoreResult<void> publish() override {
    return gate_->pass(StoreOperation::publish, name_, [&] { return object_->publish(); });
  }

 private:
  std::shared_ptr<const Gate> gate_;
  std::string name_;
  std::unique_ptr<PendingObject> object_;
};

class GatedStore final : public Store {
 public:
  GatedStore(std::unique_ptr<Store> store, FaultPlan plan)
      : store_(std::move(store)), gate_(std::make_shared<const Gate>(std::move(plan))) {}

  const std::string& url() const override { return store_->url(); }
  StoreResult<void> probe() override {
    return gate_->pass(StoreOperation::probe, url(), [&] { return store_->probe(); });
  }
  StoreResult<std::unique_ptr<StoredObject>> open(std::string_view name) override {
    auto object = gate_->pass(StoreOperation::open, name, [&] { return store_->open(name); });
    if (!object) return object;
    return std::make_unique<GatedObject>(gate_, std::string(name), *std::move(object));
  }
  StoreResult<std::unique_ptr<PendingObject>> create(std::string_view name) override {
    auto object = gate_->pass(StoreOperation::create, name, [&] { return store_->create(name); });
    if (!object) return object;
    return std::make_unique<GatedPending>(gate_, std::string(name), *std::move(object));
  }
  StoreResult<void> make_durable(std::string_view name) override {
    return gate_->pass(StoreOperation::publish, name, [&] { return store_->make_durable(name); });
  }
  StoreResult<std::vector<ListedObject>> list(std::string_view directory) override {
    return gate_->pass(StoreOperation::list, directory, [&] { return store_->list(directory); });
  }
  StoreResult<std::vector<ListedObject>> list_files(std::string_view directory) override {
    return gate_->pass(StoreOperation::list, directory, [&] { return store_->list_files(directory); });
  }
  StoreResult<std::vector<std::string>> list_directories(std::string_view directory) override {
    return gate_->pass(StoreOperation::list, directory, [&] { return store_->list_directories(directory); });
  }
  StoreResult<std::vector<Leftover>> list_leftovers(std::string_view directory) override {
    return gate_->pass(StoreOperation::list, directory, [&] { return store_->list_leftovers(directory); });
  }
  StoreResult<void> remove(std::string_view name) override {
    return gate_->pass(StoreOperation::remove, name, [&] { return store_->remove(name); });
  }

 private:
  std::unique_ptr<Store> store_;
  std::shared_ptr<const Gate> gate_;  ///< also of the objects that were opened
};

// In the order of StoreOperation.
constexpr std::array<std::string_view, 8> kVerbs{"reach", "open",    "read", "create",
                                                 "write", "publish", "list", "remove"};

}  // namespace

std::unique_ptr<Store> make_retrying_store(std::unique_ptr<Store> store, RetryPolicy policy) {
  return std::make_unique<RetryingStore>(std::move(store), policy);
}

std::unique_ptr<Store> make_deadline_store(std::unique_ptr<Store> store, Deadline deadline) {
  const auto passed = [deadline](StoreOperation operation,
                                 std::string_view name) -> std::optional<StoreError> {
    if (std::chrono::steady_clock::now() < deadline) return std::nullopt;
    return StoreError{StoreError::Kind::timeout,
                      fmt::format("could not {} \"{}\" in the time allowed",
                                  kVerbs[static_cast<std::size_t>(operation)], name)};
  };
  return std::make_unique<GatedStore>(std::move(store), passed);
}

std::unique_ptr<Store> make_faulty_store(std::unique_ptr<Store> store, FaultPlan fault) {
  return std::make_unique<GatedStore>(std::move(store), std::move(fault));
}

}  // namespace walkit
