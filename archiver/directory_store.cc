#include "archiver/directory_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "archiver/directory_walk.h"
#include "archiver/durable_file.h"
#include "archiver/object_name.h"
#include "archiver/safe_path.h"

namespace walkit {
namespace {

class StoredFile final : public StoredObject {
 public:
  StoredFile(UniqueFd file, std::uint64_t size, std::string path)
      : file_(std::move(file)), size_(size), path_(std::move(path)) {}

  std::uint64_t size_bytes() const override { return size_; }

  StoreResult<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) override {
    if (offset >= size_) return 0;
    out = out.first(std::min<std::uint64_t>(out.size(), size_ - offset));
    std::size_t done = 0;
    while (done < out.size()) {
      const auto left = out.subspan(done);
      const ssize_t got = ::pread(file_.get(), left.data(), left.size(), static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return call_failed("read file", path_, errno);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

 private:
  UniqueFd file_;
  std::uint64_t size_;
  std::string path_;
};

// Whether somebody holds a lock on the file; one that cannot be opened is taken to be held.
bool is_locked(const FoundFile& file) {
  const UniqueFd opened(
      ::openat(file.directory, file.entry.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!opened.valid()) return errno != ENOENT;
  return !lock_file(opened.get(), LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
}

// Keeps no state, so it is any thread's and sees what is there at the moment.
class DirectoryStore final : public Store {
 public:
  DirectoryStore(std::string root, FileModes modes, PlaceMethod first)
      : root_(std::move(root)), modes_(modes), first_method_(first) {}

  const std::string& url() const override { return root_; }

  StoreResult<void> probe() override {
    const auto root = open_root(root_);
    if (!root) return std::unexpected(root.error());
    return {};
  }

  StoreResult<std::unique_ptr<StoredObject>> open(std::string_view name) override {
    const auto [directory, last] = split_name(name);
    if (auto good = check_object_name(name); !good) return std::unexpected(std::move(good).error());
    auto parent = open_directory(root_, directory);
    if (!parent) return std::unexpected(std::move(parent).error());
    struct stat status;
    auto file = open_regular(*parent, last, status);
    if (!file) return std::unexpected(std::move(file).error());
    return std::make_unique<StoredFile>(*std::move(file), static_cast<std::uint64_t>(status.st_size),
                                        parent->path_of(last));
  }

  StoreResult<std::unique_ptr<PendingObject>> create(std::string_view name) override {
    auto [directory, last] = split_name(name);
    if (auto good = check_object_name(name); !good) return std::unexpected(std::move(good).error());
    auto parent = make_directory(root_, directory, modes_);
    if (!parent) return std::unexpected(std::move(parent).error());
    return DurableFile::create(*std::move(parent), std::move(last), modes_, first_method_);
  }

  StoreResult<void> make_durable(std::string_view name) override {
    const auto [directory, last] = split_name(name);
    if (auto good = check_object_name(name); !good) return good;
    const auto parent = open_directory(root_, directory);
    if (!parent) return std::unexpected(parent.error());
    return sync_existing(*parent, last);
  }

  StoreResult<std::vector<ListedObject>> list(std::string_view directory) override {
    return list_with(walk_files, directory);
  }
  StoreResult<std::vector<ListedObject>> list_files(std::string_view directory) override {
    return list_with(visit_files, directory);
  }

  StoreResult<std::vector<std::string>> list_directories(std::string_view directory) override;

  StoreResult<std::vector<Leftover>> list_leftovers(std::string_view directory) override {
    std::vector<Leftover> leftovers;
    const auto walked = walk(walk_files, directory, [&](const FoundFile& file) {
      if (is_leftover_component(file.entry))
        leftovers.push_back({.name = file.name,
                             .size_bytes = static_cast<std::uint64_t>(file.status.st_size),
                             .age_seconds = age_seconds(file.status),
                             .in_use = is_locked(file)});
      return true;
    });
    if (!walked) return std::unexpected(walked.error());
    std::ranges::sort(leftovers, {}, &Leftover::name);
    return leftovers;
  }

  StoreResult<void> remove(std::string_view name) override;

 private:
  using Walk = decltype(walk_files);
  StoreResult<bool> walk(Walk& walk, std::string_view directory, const FileVisitor& visit) const;
  StoreResult<std::vector<ListedObject>> list_with(Walk& walk, std::string_view directory) const;

  std::string root_;
  FileModes modes_;
  PlaceMethod first_method_;
};

StoreResult<bool> DirectoryStore::walk(Walk& walk, std::string_view directory,
                                       const FileVisitor& visit) const {
  if (auto good = check_directory_name(directory); !good) return std::unexpected(std::move(good).error());
  const auto opened = open_directory(root_, directory);
  if (!opened && opened.error().kind == StoreError::Kind::absent) return true;
  if (!opened) return std::unexpected(opened.error());
  return walk(*opened, std::string(directory), visit);
}

StoreResult<std::vector<ListedObject>> DirectoryStore::list_with(Walk& how,
                                                                 std::string_view directory) const {
  std::vector<ListedObject> objects;
  const auto walked = walk(how, directory, [&](const FoundFile& file) {
    if (!is_leftover_component(file.entry))
      objects.push_back({file.name, static_cast<std::uint64_t>(file.status.st_size)});
    return true;
  });
  if (!walked) return std::unexpected(walked.error());
  std::ranges::sort(objects, {}, &ListedObject::name);
  return objects;
}

StoreResult<std::vector<std::string>> DirectoryStore::list_directories(std::string_view directory) {
  if (auto good = check_directory_name(directory); !good) return std::unexpected(std::move(good).error());
  const auto parent = open_directory(root_, directory);
  if (!parent && parent.error().kind == StoreError::Kind::absent) return std::vector<std::string>();
  if (!parent) return std::unexpected(parent.error());
  auto names = directories_with_objects(*parent, std::string(directory));
  if (names) std::ranges::sort(*names);
  return names;
}

StoreResult<void> DirectoryStore::remove(std::string_view name) {
  const auto [directory, last] = split_name(name);
  if (auto good = check_removable_name(name); !good) return good;
  const auto parent = open_directory(root_, directory);
  if (!parent && parent.error().kind == StoreError::Kind::absent) return {};
  if (!parent) return std::unexpected(parent.error());
  struct stat status;
  if (::fstatat(parent->fd.get(), last.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
      !S_ISREG(status.st_mode))
    return std::unexpected(not_regular(parent->path_of(last)));
  if (::unlinkat(parent->fd.get(), last.c_str(), 0) != 0 && errno != ENOENT)
    return call_failed("remove file", parent->path_of(last), errno);
  // Also where it was gone already: whoever removed it may have died before this.
  return sync_directory(*parent);
}

}  // namespace

std::unique_ptr<Store> make_directory_store(std::string root, FileModes modes) {
  return make_directory_store(std::move(root), modes, PlaceMethod::rename);
}

std::unique_ptr<Store> make_directory_store(std::string root, FileModes modes, PlaceMethod first) {
  return std::make_unique<DirectoryStore>(std::move(root), modes, first);
}

}  // namespace walkit
