// A store in memory: what the interface asks for and nothing else, for tests of those who use stores.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "archiver/object_name.h"
#include "archiver/store.h"

namespace walkit {

class MemoryStore final : public Store {
 public:
  using Bytes = std::vector<std::byte>;

  explicit MemoryStore(std::string url = "memory:") : url_(std::move(url)) {}

  /// Puts an object there as it is, or another in its place: what no store would do, but disks and people.
  void plant(std::string_view name, Bytes bytes) {
    const std::scoped_lock lock(contents_->mutex);
    contents_->objects.insert_or_assign(std::string(name), std::make_shared<const Bytes>(std::move(bytes)));
  }
  std::size_t object_count() const {
    const std::scoped_lock lock(contents_->mutex);
    return contents_->objects.size();
  }

  const std::string& url() const override { return url_; }
  StoreResult<void> probe() override { return {}; }

  StoreResult<std::unique_ptr<StoredObject>> open(std::string_view name) override {
    auto bytes = find(name);
    if (!bytes) return std::unexpected(bytes.error());
    return std::make_unique<Reader>(*std::move(bytes));
  }
  StoreResult<std::unique_ptr<PendingObject>> create(std::string_view name) override {
    if (const auto good = check_object_name(name); !good) return std::unexpected(good.error());
    return std::make_unique<Writer>(contents_, std::string(name));
  }
  StoreResult<void> make_durable(std::string_view name) override {
    const auto bytes = find(name);
    if (!bytes) return std::unexpected(bytes.error());
    return {};
  }

  StoreResult<std::vector<ListedObject>> list(std::string_view directory) override {
    if (const auto good = check_directory_name(directory); !good) return std::unexpected(good.error());
    const std::string prefix = prefix_of(directory);
    std::vector<ListedObject> listed;
    const std::scoped_lock lock(contents_->mutex);
    for (const auto& [name, bytes] : contents_->objects)
      if (name.starts_with(prefix)) listed.push_back({name, bytes->size()});
    return listed;
  }
  StoreResult<std::vector<ListedObject>> list_files(std::string_view directory) override {
    auto listed = list(directory);
    const std::size_t depth = prefix_of(directory).size();
    if (listed)
      std::erase_if(*listed, [&](const ListedObject& o) { return o.name.find('/', depth) != o.name.npos; });
    return listed;
  }
  StoreResult<std::vector<std::string>> list_directories(std::string_view directory) override {
    const auto listed = list(directory);
    if (!listed) return std::unexpected(listed.error());
    std::vector<std::string> names;
    for (const ListedObject& object : *listed) {
      const std::string rest = object.name.substr(prefix_of(directory).size());
      if (rest.find('/') != rest.npos) names.push_back(rest.substr(0, rest.find('/')));
    }
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
    return names;
  }
  StoreResult<std::vector<Leftover>> list_leftovers(std::string_view directory) override {
    if (const auto good = check_directory_name(directory); !good) return std::unexpected(good.error());
    return std::vector<Leftover>();
  }
  StoreResult<void> remove(std::string_view name) override {
    if (const auto good = check_removable_name(name); !good) return good;
    const std::scoped_lock lock(contents_->mutex);
    contents_->objects.erase(std::string(name));
    return {};
  }

 private:
  using SharedBytes = std::shared_ptr<const Bytes>;

  struct Contents {
    std::mutex mutex;
    std::map<std::string, SharedBytes> objects;
  };

  class Reader final : public StoredObject {
   public:
    explicit Reader(SharedBytes bytes) : bytes_(std::move(bytes)) {}
    std::uint64_t size_bytes() const override { return bytes_->size(); }
    StoreResult<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) override {
      const ByteSpan left = ByteSpan(*bytes_).subspan(std::min<std::uint64_t>(offset, bytes_->size()));
      const std::size_t size = std::min(left.size(), out.size());
      std::ranges::copy(left.first(size), out.begin());
      return size;
    }

   private:
    SharedBytes bytes_;
  };

  class Writer final : public PendingObject {
   public:
    Writer(std::shared_ptr<Contents> contents, std::string name)
        : contents_(std::move(contents)), name_(std::move(name)) {}
    StoreResult<void> write(ByteSpan bytes) override {
      if (done_) return fail(StoreError::Kind::io, name_, "was published before");
      bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
      return {};
    }
    StoreResult<void> publish() override {
      if (done_) return fail(StoreError::Kind::io, name_, "was published before");
      done_ = true;
      const std::scoped_lock lock(contents_->mutex);
      const auto bytes = std::make_shared<const Bytes>(std::move(bytes_));
      if (contents_->objects.try_emplace(name_, bytes).second) return {};
      return fail(StoreError::Kind::exists, name_, "exists");
    }

   private:
    std::shared_ptr<Contents> contents_;
    std::string name_;
    Bytes bytes_;
    bool done_ = false;
  };

  static std::unexpected<StoreError> fail(StoreError::Kind kind, std::string_view name,
                                          std::string_view how) {
    return std::unexpected(StoreError{kind, "object \"" + std::string(name) + "\" " + std::string(how)});
  }
  static std::string prefix_of(std::string_view directory) {
    return directory.empty() ? std::string() : std::string(directory) + "/";
  }
  StoreResult<SharedBytes> find(std::string_view name) const {
    if (const auto good = check_object_name(name); !good) return std::unexpected(good.error());
    const std::scoped_lock lock(contents_->mutex);
    const auto found = contents_->objects.find(std::string(name));
    if (found == contents_->objects.end()) return fail(StoreError::Kind::absent, name, "does not exist");
    return found->second;
  }

  std::string url_;
  std::shared_ptr<Contents> contents_ = std::make_shared<Contents>();
};

}  // namespace walkit
