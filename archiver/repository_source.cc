#include "archiver/repository_source.h"

#include <fmt/format.h>

#include <utility>

#include "archiver/archived_object.h"
#include "archiver/inventory.h"
#include "segments/raw_input.h"

namespace walkit {
namespace {

class StoredBytes final : public ByteReader {
 public:
  explicit StoredBytes(std::unique_ptr<StoredObject> object) : object_(std::move(object)) {}

  std::expected<std::size_t, InputError> read_at(std::uint64_t position, std::span<std::byte> out) override {
    auto got = object_->read_at(position, out);
    if (!got) return std::unexpected(InputError{.errno_value = 0, .detail = std::move(got).error().text});
    return *got;
  }

 private:
  std::unique_ptr<StoredObject> object_;
};

FileError file_error(const ArchiveError& error, std::string file) {
  using Kind = FileError::Kind;
  const bool absent = error.kind == ArchiveError::Kind::store && error.store == StoreError::Kind::absent;
  const bool damaged = error.kind == ArchiveError::Kind::damaged;
  return {.kind = absent    ? Kind::not_found
                  : damaged ? Kind::invalid_content
                            : Kind::io,
          .file = std::move(file),
          .detail = error.text};
}

ArchiveResult<std::string> find_copy(const Repository& repository, const ClusterIdentity& identity,
                                     const std::string& file) {
  const auto absent = [&] {
    return std::unexpected(ArchiveError{.kind = ArchiveError::Kind::store,
                                        .text = fmt::format("\"{}\" is not archived", file),
                                        .hint = {},
                                        .store = StoreError::Kind::absent});
  };
  const auto name = parse_wal_file_name(file);
  if (!name) return absent();
  const auto objects = find_objects(repository, identity.system_identifier, file, *name);
  if (!objects) return std::unexpected(objects.error());
  if (objects->empty()) return absent();
  if (objects->size() == 1) return objects->front();
  const auto choice = choose_object(repository.store(), *objects);
  if (!choice) return std::unexpected(choice.error());
  return choice->object ? choice->object->name() : objects->front();
}

}  // namespace

SegmentFile::Result open_archived_file(Store& store, const std::string& object, FileOptions options) {
  auto opened = store.open(object);
  if (!opened) return std::unexpected(file_error(archive_error(opened.error()), object));
  return SegmentFile::from_reader(std::make_unique<StoredBytes>(*std::move(opened)), object, options);
}

SegmentOpener archived_segments(const Repository& repository, const ClusterIdentity& identity,
                                FileOptions options, bool partial) {
  return [=, &repository](const std::string& segment) -> SegmentFile::Result {
    std::optional<ArchiveError> error;
    for (const std::string_view suffix : {std::string_view(), kPartialSuffix}) {
      if (!suffix.empty() && !partial) break;
      const auto object = find_copy(repository, identity, segment + std::string(suffix));
      if (object) return open_archived_file(repository.store(), *object, options);
      if (object.error().store != StoreError::Kind::absent || !error) error = object.error();
      if (object.error().store != StoreError::Kind::absent) break;
    }
    return std::unexpected(file_error(*error, segment));
  };
}

ArchiveResult<TimelineHistory> read_archived_history(const Repository& repository,
                                                     const ClusterIdentity& identity, TimelineId timeline) {
  const std::string file = history_name(timeline);
  const auto object = find_copy(repository, identity, file);
  if (!object && object.error().store == StoreError::Kind::absent) return TimelineHistory(timeline);
  if (!object) return std::unexpected(object.error());
  const auto text = read_text_object(repository.store(), *object);
  if (!text) return std::unexpected(text.error());
  auto history = TimelineHistory::parse(timeline, *text);
  if (history) return *std::move(history);
  return std::unexpected(
      ArchiveError{.kind = ArchiveError::Kind::damaged,
                   .text = fmt::format("archived \"{}\" is damaged: {}", *object, describe(history.error())),
                   .hint = {}});
}

}  // namespace walkit
